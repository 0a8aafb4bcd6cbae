"""The digest of code changes with what the code does, and with nothing else."""

import pytest

from lib.core.code_digest import code_digest, data_files, digest_of, essence, module_file, reached

CODE = """\
\"\"\"Old words.\"\"\"

def f(x: int = 3) -> str:
    \"\"\"More old words.\"\"\"
    # a remark
    return f"{x:>{2}} and " 'more'
"""


@pytest.fixture
def root(tmp_path):
    files = {
        "lib/__init__.py": "",
        "lib/part/__init__.py": "",
        "lib/part/top.py": "def g():\n    from lib.part.base import f\n    return f()\n",
        "lib/part/base.py": CODE,
        "lib/part/apart.py": "import torch\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Old words", "New words"),
        ("    # a remark\n", "\n\n"),
        ("x: int = 3", "x:int=3"),
        ("\"{x:>{2}} and \" 'more'", "'{x:>{2}} and more'"),
        ("3)", "\n    3\n)"),
    ],
)
def test_words_and_layout_do_not_count(old, new):
    assert old in CODE
    assert essence(CODE.replace(old, new)) == essence(CODE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("= 3", "= 3.0"),
        ("= 3", "= '3'"),
        ("int = 3", "int"),
        ("def f", "def g"),
        (" and ", " or "),
        (">{2}", "<{2}"),
        ("return ", ""),
        ("x: int", "*, x: int"),
        ("    return", "    None\n    return"),
    ],
)
def test_what_the_code_does_counts(old, new):
    assert old in CODE
    assert essence(CODE.replace(old, new)) != essence(CODE)


def test_a_text_in_a_list_or_a_name_is_no_docstring():
    assert essence("x = ['']") != essence("x = []")
    assert essence("x = 'y'") != essence("x = y")
    assert essence("x = 'a'") != essence("x = 'b'")


def test_what_is_no_python_counts_as_it_is():
    assert essence("def (:\r\n") == b"def (:\n"


def test_modules_reached_through_imports(root):
    names = {"lib", "lib.part", "lib.part.top", "lib.part.base", "lib.part.apart"}
    assert set(reached(["lib.part.top", "torch"], root)) == names - {"lib.part.apart"}
    assert set(reached(["lib.part.apart"], root)) == {"lib", "lib.part", "lib.part.apart"}
    assert reached(["lib.part.none"], root).keys() == {"lib", "lib.part"}
    assert module_file("lib.part.base.f", root) is None


def test_digest_of_a_module_covers_what_it_imports(root):
    def changed_by(name, text):
        before = code_digest(["lib.part.top"], root)
        path = root / "lib/part" / name
        path.write_text(path.read_text() + text)
        return code_digest(["lib.part.top"], root) != before

    assert changed_by("base.py", "Y = 1\n")
    assert not changed_by("base.py", "# a remark\n")
    assert not changed_by("apart.py", "Y = 1\n")


def test_data_named_by_the_code_is_part_of_it(root):
    before = code_digest(["lib.part.top"], root)
    path = root / "lib/part/top.py"
    text = "open('data/words.txt')\n"
    path.write_text(path.read_text() + text)
    (root / "lib/part/data").mkdir()
    (root / "lib/part/data/words.txt").write_bytes(b"a")
    (root / "lib/part/unread.txt").write_bytes(b"a")
    assert data_files(path, text) == {root / "lib/part/data/words.txt"}
    digests = {before, code_digest(["lib.part.top"], root)}
    (root / "lib/part/data/words.txt").write_bytes(b"b")
    assert len({*digests, code_digest(["lib.part.top"], root)}) == 3


def test_a_list_of_checksums_is_no_data(root):
    path = root / "lib/part/top.py"
    (root / "lib/part/SHA256SUMS").write_bytes(b"a")
    assert data_files(path, "open('SHA256SUMS')\n") == set()


def test_names_contents_and_their_borders_count_their_order_does_not():
    assert digest_of({"a": b"1", "b": b"2"}) == digest_of({"b": b"2", "a": b"1"})
    assert digest_of({"a": b"1", "b": b"2"}) != digest_of({"a": b"2", "b": b"1"})
    assert digest_of({"a": b"1", "b": b"2"}) != digest_of({"a": b"1b\n2"})


def test_in_a_folder_with_checksums_files_count_by_their_own_names(root):
    folder = root / "lib/part/packed"
    folder.mkdir()
    for name in ("a.xz", "b.xz"):
        (folder / name).write_bytes(b"1")
    path = root / "lib/part/reader.py"
    text = "open('packed/a.xz'); FOLDER = 'packed'\n"
    assert data_files(path, text) == {folder / "a.xz", folder / "b.xz"}
    (folder / "SHA256SUMS").write_bytes(b"1")
    assert data_files(path, text) == {folder / "a.xz"}
