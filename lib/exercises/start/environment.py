"""Exercises of start/environment."""

from collections.abc import Callable, Iterable
from itertools import zip_longest

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

Pins = dict[str, str]
APOLOGY = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. "
    "Make sure that the latest NVIDIA driver is installed and running.\n"
)
NAMES = ("torch", "numpy", "scikit-learn", "scikit_learn", "Pillow", "pillow", "Nbval")
NOISE = ("", "# numpy==1.0", "-e git+https://x/y.git#egg=torch", "tqdm @ file:///tmp/tqdm")


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.partition("+")[0].split(".")]


def _at_least(
    numbers: Callable = _numbers, fill: bool = True,
    holds: Callable = lambda have, want: have >= want,
) -> Callable:
    """Build a comparison of versions; each argument is a place for a fault."""

    def is_at_least(version: str, minimum: str) -> bool:
        have, want = numbers(version), numbers(minimum)
        if fill and isinstance(have, list):
            pairs = list(zip_longest(have, want, fillvalue=0))
            have, want = [a for a, _ in pairs], [b for _, b in pairs]
        return holds(have, want)

    return is_at_least


def _versions(r: Draw) -> tuple:
    parts = [r.choice(0, 1, 2, 6, 9, 10, 15) for _ in range(r.int(1, 3))]
    other = [r.choice(part, part, part + 1, 10) for part in parts]
    other = [*other, 0, 0][: r.int(1, 4)]
    build = r.choice("", "", "+cu126", "+cpu", "+rocm6.4")
    return ".".join(map(str, parts)) + build, ".".join(map(str, other))


def _build_for(
    runs: Callable = lambda driver, needed: _numbers(driver) >= _numbers(needed),
    best: Callable = lambda found: max(found, key=lambda pair: _numbers(pair[1])),
    none: str = "cpu", ask: bool = True,
) -> Callable:
    """Build a choice of a build; each argument is a place for a fault."""

    def choose_build(driver: str | None, oldest: Pins) -> str:
        if ask and driver is None:
            return none
        found = [pair for pair in oldest.items() if runs(driver, pair[1])]
        return best(found)[0] if found else none

    return choose_build


def _removed(driver: str | None, oldest: Pins) -> str:
    for build, needed in list(oldest.items()):
        if driver is None or _numbers(driver) < _numbers(needed):
            del oldest[build]
    return max(oldest, key=lambda build: _numbers(oldest[build]), default="cpu")


def _drivers(r: Draw) -> tuple:
    oldest = {"cu118": "450.80.02", "cu126": "525", "cu130": "580", "cu9": "96.43"}
    builds = r.shuffled(list(oldest))[: r.int(0, 4)]
    driver = r.choice(None, "96.43", "390.157", "450.80.02", "525.60", "580.65.06")
    return driver, {build: oldest[build] for build in builds}


def _smi(
    first: Iterable[str] = ("Driver Version:", "KMD Version:"),
    second: Iterable[str] = ("CUDA Version:", "CUDA UMD Version:"),
    make: Callable = str, missing: object = None,
) -> Callable:
    """Build a reading of nvidia-smi; each argument is a place for a fault."""

    def read_smi(text: str) -> tuple:
        behind = [[word for label in labels
                   for word in text.partition(label)[2].split()[:1]]
                  for labels in (first, second)]
        driver, cuda = (words[0] if words else missing for words in behind)
        return driver, make(cuda) if cuda else cuda

    return read_smi


def _output(r: Draw) -> tuple:
    driver = r.choice("390.157", "550.54.15", "610.43.02", "470.82.01")
    tool, cuda = r.choice(driver, "545.36"), r.choice("12.4", "11.10", "13.0")
    old = f"NVIDIA-SMI {tool}    Driver Version: {driver}    CUDA Version: {cuda}"
    new = f"NVIDIA-SMI {tool}    KMD Version: {driver}    CUDA UMD Version: {cuda}"
    line = r.choice(old, old, new, new, old.partition("CUDA")[0], APOLOGY)
    head = r.choice("Thu Nov 26 10:00:00 2026\n", "")
    return (f"{head}+{'-' * 60}+\n| {line:<70} |\n+{'-' * 60}+\n",)


def _differing(
    name: Callable = lambda name: name.lower().replace("_", "-"),
    keep: Callable = lambda line: "==" in line and line[0] not in "#-",
    pair: Callable = lambda want, have: (want, have),
    select: Callable = lambda want, have: want,
) -> Callable:
    """Build a comparison of lists of packages; arguments are places for faults."""

    def pins(text: str) -> Pins:
        lines = [line.strip() for line in text.splitlines()]
        found = [line.split("==", 1) for line in lines if line and keep(line)]
        return {name(package): version for package, version in found}

    def differing_packages(wanted: str, installed: str) -> dict:
        want, have = pins(wanted), pins(installed)
        return {package: pair(want.get(package), have.get(package))
                for package in select(want, have)
                if want.get(package) != have.get(package)}

    return differing_packages


def _lists(r: Draw) -> tuple:
    def text() -> str:
        pins = [f"{name}=={r.choice('1.0', '2.15.0')}"
                for name in r.shuffled(NAMES)[: r.int(0, 6)]]
        return "\n".join(r.shuffled([*pins, *r.shuffled(NOISE)[: r.int(0, 4)]])) + "\n"

    return text(), text()


EXERCISES = {
    "is_at_least": Exercise(
        reference=_at_least(),
        cases=_versions,
        fixed=lambda: [
            ("2.15.0", "2.6"), ("2.6", "2.6.0"), ("2.6", "2.6.1"),
            ("2.6.0+cu126", "2.6.1")],
        mistakes={
            "As texts, 2.15 comes before 2.6.": _at_least(lambda version: version),
            "A version is no decimal number: 2.15 is newer than 2.6.": _at_least(
                lambda version: float(".".join(
                    [*version.partition("+")[0].split("."), "0"][:2]))),
            "What stands behind the plus is the build.": _at_least(lambda version: [
                int("".join(c for c in part if c.isdigit()) or 0)
                for part in version.split(".")]),
            "A shorter list counts as older: missing numbers are 0.":
                _at_least(fill=False),
            "At least: the minimum itself is enough.": _at_least(
                holds=lambda have, want: have > want),
            "The first number that differs decides, those behind it do not count.":
                _at_least(holds=lambda have, want: all(
                    a >= b for a, b in zip(have, want, strict=True))),
            "Turned round: the minimum is the second argument.": _at_least(
                holds=lambda have, want: have <= want),
            "Only the first two numbers are compared.": _at_least(
                lambda version: [*_numbers(version), 0][:2]),
        },
    ),
    "choose_build": Exercise(
        reference=_build_for(),
        cases=_drivers,
        fixed=lambda: [
            ("550.54.15", {"cu126": "525", "cu118": "450.80", "cu132": "580"})],
        mistakes={
            "The first that runs; a later one may ask for a newer driver.":
                _build_for(best=lambda found: found[0]),
            "The last that runs; the order in the dictionary means nothing.":
                _build_for(best=lambda found: found[-1]),
            "The newest name need not ask for the newest driver: read its number.":
                _build_for(best=max),
            "As texts, 96 is newer than 450.": _build_for(
                lambda driver, needed: driver >= needed),
            "The oldest driver that runs a build does run it.": _build_for(
                lambda driver, needed: _numbers(driver) > _numbers(needed)),
            "No driver is a case of its own: what is left then?": _build_for(ask=False),
            "Where nothing runs, the CPU is left.": _build_for(none=""),
            "The oldest that runs, not the newest.": _build_for(
                best=lambda found: min(found, key=lambda pair: _numbers(pair[1]))),
            "The caller's builds are deleted.": _removed,
        },
    ),
    "read_smi": Exercise(
        reference=_smi(),
        cases=_output,
        fixed=lambda: [
            (f"| {APOLOGY} |",), ("| NVIDIA-SMI 390.157  Driver Version: 390.157 |",)],
        contract=Contract(exact=True),
        mistakes={
            "Beside NVIDIA-SMI stands the version of the command.":
                _smi(first=("NVIDIA-SMI",)),
            "Only the labels of the old generation are read.":
                _smi(("Driver Version:",), ("CUDA Version:",)),
            "Only the labels of the new generation are read.":
                _smi(("KMD Version:",), ("CUDA UMD Version:",)),
            "As a number, 11.10 is 11.1.": _smi(make=float),
            "What is missing is None, not an empty text.": _smi(missing=""),
            "The label of the driver has two forms, too.": _smi(("Driver Version:",)),
            "The label of CUDA has two forms, too.": _smi(second=("CUDA Version:",)),
            "A version may be longer than four characters.": _smi(
                make=lambda cuda: cuda[:4]),
            "The label need not be there.": lambda text: (
                text.split("Driver Version:")[1].split()[0], _smi()(text)[1]),
        },
    ),
    "differing_packages": Exercise(
        reference=_differing(),
        cases=_lists,
        fixed=lambda: [
            ("torch==2.0\n", "torch==1.0\n"), ("Pillow==1.0\n", "pillow==1.0")],
        contract=Contract(exact=True),
        mistakes={
            "scikit_learn and Scikit-Learn are one package.": _differing(
                name=lambda name: name),
            "Lower case is not enough: what of _ and -?": _differing(name=str.lower),
            "Names are to be written with -.": _differing(
                name=lambda name: name.lower().replace("-", "_")),
            "A package that is missing differs, too.": _differing(
                select=lambda want, have: [name for name in want if name in have]),
            "Packages that nobody asked for do not count.": _differing(
                select=lambda want, have: {**want, **have}),
            "The wanted version comes first.": _differing(
                pair=lambda want, have: (have, want)),
            "The pair is missing; this is the wanted version alone.": _differing(
                pair=lambda want, have: want),
            "A comment is no package.": _differing(
                keep=lambda line: "==" in line and line[0] != "-"),
            "Lines without == are no pins; unpacking them fails.": lambda w, i: (
                [name for name, _ in (line.split("==") for line in (w + i).split("\n")
                                      if line and line[0] != "#")],
                _differing()(w, i))[1],
        },
    ),
}
