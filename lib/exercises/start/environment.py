"""Checks of the exercises in start/environment."""

from lib.book.checks import Check, leaves_inputs_unchanged, returns

BUILDS = {"cu126": "525", "cu118": "450.80.02", "cu132": "580"}
HEADER = """\
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI {versions:<77}|
|-----------------------------------------+------------------------+----------------------+
| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |
"""
FAILED = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. "
    "Make sure that the latest NVIDIA driver is installed and running.\n"
)
WANTED = "# tested\ntorch==2.15.0\n\nnumpy==2.4.6\nscikit_learn==1.9.1\nPillow==13.0.0\n"


def _at_least(says: str, version: str, minimum: str, expected: bool, hint: str) -> Check:
    return returns(says, lambda: (version, minimum), expected, hint=hint)


def _build(says: str, driver: str | None, builds: dict[str, str], build: str, hint: str) -> Check:
    return returns(says, lambda: (driver, builds), build, hint=hint)


def _smi(says: str, smi: str, driver: str, cuda: str | None, hint: str) -> Check:
    label = f"CUDA Version: {cuda}" if cuda else ""
    text = HEADER.format(versions=f"{smi:<22} Driver Version: {driver:<14} {label}")
    return returns(says, lambda: (text,), (driver, cuda), hint=hint)


def _new_smi(says: str, driver: str, cuda: str, hint: str) -> Check:
    text = HEADER.format(
        versions=f"{driver:<22} KMD Version: {driver:<13} CUDA UMD Version: {cuda}"
    )
    return returns(says, lambda: (text,), (driver, cuda), hint=hint)


def _differing(says: str, installed: str, expected: dict, hint: str) -> Check:
    return returns(says, lambda: (WANTED, installed), expected, hint=hint)


CHECKS: dict[str, tuple[Check, ...]] = {
    "is_at_least": (
        _at_least("2.9.1 and 2.6.0", "2.9.1", "2.6.0", True, "2.9 comes after 2.6."),
        _at_least("2.15.0 and 2.6.0", "2.15.0", "2.6.0", True,
                  "Fifteen is more than six: compare integers, not texts or decimal numbers."),
        _at_least("2.6.0 and 2.15.0", "2.6.0", "2.15.0", False,
                  "Six is less than fifteen: compare integers, not texts or decimal numbers."),
        _at_least("the minimum itself", "2.6.0", "2.6.0", True, "At least: equal is enough."),
        _at_least("a build behind the plus", "2.15.0+cu126", "2.6", True,
                  "Cut the version off at the plus before you read its numbers."),
        _at_least("the same number behind the plus", "2.6.0+cu126", "2.6.1", False,
                  "The build cu126 is no part of the version."),
        _at_least("a shorter way to write it", "2.6", "2.6.0", True,
                  "Missing numbers are 0: fill the shorter list with zeros."),
        _at_least("3.0 and 2.6.1", "3.0", "2.6.1", True,
                  "The first place where they differ decides; what follows does not count."),
    ),
    "choose_build": (
        _build("a driver between two limits", "550.54.15", BUILDS, "cu126",
               "cu126 needs 525 and runs; cu132 needs 580 and does not."),
        _build("a driver that runs every build", "580.65.06", BUILDS, "cu132",
               "All run here: take the one that asks for the newest driver, wherever it stands."),
        _build("no driver", None, BUILDS, "cpu", "Without a driver only the CPU is left."),
        _build("a driver too old for all", "390.157", BUILDS, "cpu",
               "No build runs here, so the CPU is left."),
        _build("a driver of two digits", "96.43.23", BUILDS, "cpu",
               "96 is less than 450: compare numbers, not texts."),
        _build("exactly the oldest driver", "450.80.02", BUILDS, "cu118",
               "The oldest driver that runs a build does run it."),
        leaves_inputs_unchanged(lambda: ("550.54.15", BUILDS)),
    ),
    "read_smi": (
        _smi("a driver of 2024", "550.54.15", "550.54.15", "12.4",
             "The words behind 'Driver Version:' and 'CUDA Version:', as texts."),
        _smi("inside WSL", "550.54.10", "551.61", "12.4",
             "Beside NVIDIA-SMI stands the version of the command, not of the driver."),
        _smi("a CUDA version with two digits at its end", "470.82.01", "470.82.01", "11.10",
             "Keep versions as texts: as a decimal number 11.10 is 11.1."),
        _smi("an old driver", "390.157", "390.157", None,
             "Where there is no 'CUDA Version:', the second of the pair is None."),
        _new_smi("a driver of 2026", "610.43.02", "13.3",
                 "Since 610 the labels are 'KMD Version:' and 'CUDA UMD Version:'."),
        returns("the command has failed", lambda: (FAILED,), (None, None),
                hint="Where a label is missing, its version is None."),
    ),
    "differing_packages": (
        _differing("one other version", WANTED.replace("torch==2.15.0", "torch==2.6.0"),
                   {"torch": ("2.15.0", "2.6.0")}, "Only torch differs: wanted 2.15.0, has 2.6.0."),
        _differing("nothing differs", WANTED, {}, "For equal lists the dict is empty."),
        _differing("a missing package", WANTED.replace("numpy==2.4.6\n", ""),
                   {"numpy": ("2.4.6", None)}, "A package that is missing has the version None."),
        _differing("more than wanted", WANTED + "tqdm==4.70.1\n", {},
                   "Packages that nobody asked for do not count."),
        _differing("other ways to write a name",
                   "Torch==2.15.0\nnumpy==2.4.6\nscikit-learn==1.9.1\npillow==13.0.0\n", {},
                   "Scikit-Learn and scikit_learn are one package: lower case, and - for _."),
        _differing("the name in the answer", "torch==2.15.0\nnumpy==2.4.6\npillow==13.0.0\n",
                   {"scikit-learn": ("1.9.1", None)}, "Write the name in lower case with -."),
    ),
}  # fmt: skip
