"""Exercises of start/environment."""

from itertools import zip_longest

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

NAMES = ("torch", "numpy", "scikit-learn", "scikit_learn", "Pillow", "pillow", "Nbval")
NOISE = ("", "# numpy==1.0", "-e git+https://x/y.git#egg=torch", "tqdm @ file:///tqdm")


def is_at_least(version, minimum):
    def numbers(text):
        parts = text.partition("+")[0].split(".")
        return [int(part) for part in parts]

    pairs = list(zip_longest(numbers(version), numbers(minimum), fillvalue=0))
    have, want = [a for a, _ in pairs], [b for _, b in pairs]
    return have >= want


def _versions(r: Draw) -> tuple:
    parts = [r.choice(0, 1, 2, 6, 9, 10, 15) for _ in range(r.int(1, 3))]
    other = [r.choice(part, part, part + 1, 10) for part in parts]
    other = [*other, 0, 0][: r.int(1, 4)]
    build = r.choice("", "", "+cu126", "+cpu", "+rocm6.4")
    return ".".join(map(str, parts)) + build, ".".join(map(str, other))


def choose_build(driver, oldest):
    if driver is None:
        return "cpu"

    def number(version):
        return [int(part) for part in version.split(".")]

    found = [build for build in oldest if number(driver) >= number(oldest[build])]
    return max(found, key=lambda build: number(oldest[build]), default="cpu")


def _drivers(r: Draw) -> tuple:
    oldest = {"cu118": "450.80.02", "cu126": "525", "cu130": "580", "cu9": "96.43"}
    builds = r.shuffled(list(oldest))[: r.int(0, 4)]
    driver = r.choice(None, "96.43", "390.157", "450.80.02", "525.60", "580.65.06")
    return driver, {build: oldest[build] for build in builds}


def differing_packages(wanted, installed):
    def pins(text):
        lines = [line.strip() for line in text.splitlines()]
        lines = [line for line in lines if "==" in line and line[0] not in "#-"]
        found = [line.split("==") for line in lines]
        return {name.lower().replace("_", "-"): version for name, version in found}

    want, have = pins(wanted), pins(installed)
    pairs = {name: (want.get(name), have.get(name)) for name in want}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _lists(r: Draw) -> tuple:
    def text():
        pins = [f"{name}=={r.choice('1.0', '2.15.0')}"
                for name in r.shuffled(NAMES)[: r.int(0, 6)]]  # fmt: skip
        return "\n".join(r.shuffled([*pins, *r.shuffled(NOISE)[: r.int(0, 4)]])) + "\n"

    return text(), text()


EXERCISES = {
    "is_at_least": Exercise(
        reference=is_at_least,
        cases=_versions,
        fixed=lambda: [("2.15.0", "2.6"), ("2.6", "2.6.1"), ("2.6.0+cu126", "2.6.1")],
        mistakes={
            "As strings, 2.15 comes before 2.6.":
                lambda version, minimum: version >= minimum,
            "A version is no decimal number: 2.15 is newer than 2.6.":
                "[int(part) for part in parts] -> [float('.'.join([*parts, '0'][:2]))]",
            "What follows the plus is the build.": '.partition("+")[0] -> '
                '.translate(str.maketrans("", "", "+cpurom"))',
            "A shorter list counts as older: missing numbers are 0.":
                "fillvalue=0 -> fillvalue=-1",
            "At least: the minimum itself is enough.": "have >= want -> have > want",
            "The first number that differs decides, those behind it do not count.":
                "have >= want -> all(a >= b for a, b in pairs)",
            "Turned round: the minimum is the second argument.": "have >= -> have <=",
            "Only the first two numbers are compared.":
                "have >= want -> have[:2] >= want[:2]",
        },
    ),
    "choose_build": Exercise(
        reference=choose_build,
        cases=_drivers,
        fixed=lambda: [("550.54", {"cu126": "525", "cu118": "450.80", "cu132": "580"})],
        mistakes={
            "The first that runs; a later one may ask for a newer driver.":
                "max(found, key=lambda build: number(oldest[build]), -> "
                "min(found, key=list(oldest).index,",
            "The last that runs; the order in the dictionary means nothing.":
                "max(found, key=lambda build: number(oldest[build]), -> "
                "max(found, key=list(oldest).index,",
            "The newest name need not ask for the newest driver: read its number.":
                "number(oldest[build]), default -> build, default",
            "As strings, 96 is newer than 450.":
                "number(driver) >= number(oldest[build]) -> "
                "driver >= oldest[build]",
            "The oldest driver that runs a build does run it.": ">= -> >",
            "No driver is a case of its own: what is left then?":
                "driver is None -> False",
            "Where nothing runs, the CPU is left.": 'default="cpu" -> default=""',
            "The oldest that runs, not the newest.": "max -> min",
            "The caller's builds are deleted.":
                "return max(found -> [oldest.pop(build) "
                "for build in [*oldest] if build not in found]\n    return max(found",
        },
    ),
    "differing_packages": Exercise(
        reference=differing_packages,
        cases=_lists,
        fixed=lambda: [
            ("torch==2.0\n", "torch==1.0\n"), ("Pillow==1.0\n", "pillow==1.0")
        ],
        contract=Contract(exact=True),
        mistakes={
            "scikit_learn and Scikit-Learn are one package.":
                "name.lower().replace(\"_\", \"-\") -> name",
            "Lower case is not enough: what of _ and -?":
                "lower().replace(\"_\", \"-\") -> lower()",
            "Names are to be written with -.":
                "replace(\"_\", \"-\") -> replace('-', '_')",
            "A package that is missing differs, too.":
                "in want}\n -> in want if name in have}\n",
            "Packages that nobody asked for do not count.":
                "in want}\n -> in want | have}\n",
            "The wanted version comes first.":
                "(want.get(name), have.get(name)) -> (have.get(name), want.get(name))",
            "The pair is missing; this is the wanted version alone.":
                "name: pair for -> name: pair[0] for",
            "A comment is no package.": '"#-" -> "-"',
            "Lines without == are no pins; unpacking them fails.":
                '"==" in line and line[0] not in "#-" -> '
                "line and line[0] != '#'",
        },
    ),
}
