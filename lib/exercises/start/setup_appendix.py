"""Exercises of start/setup_appendix."""

from lib.book.contract import Contract
from lib.book.draw import Draw
from lib.book.exercise import Exercise

APOLOGY = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. "
    "Make sure that the latest NVIDIA driver is installed and running.\n"
)


def decode_cuda(number):
    major, rest = divmod(number, 1000)
    return f"{major}.{rest // 10}"


def read_smi(text):
    found = [[word for label in labels for word in text.partition(label)[2].split()[:1]]
             for labels in (("Driver Version:", "KMD Version:"),
                            ("CUDA Version:", "CUDA UMD Version:"))]  # fmt: skip
    driver, cuda = (words[0] if words else None for words in found)
    return driver, cuda


def _output(r: Draw) -> tuple:
    driver = r.choice("390.157", "550.54.15", "610.43.02", "470.82.01")
    tool, cuda = r.choice(driver, "545.36"), r.choice("12.4", "11.10", "13.0")
    old = f"NVIDIA-SMI {tool}    Driver Version: {driver}    CUDA Version: {cuda}"
    new = f"NVIDIA-SMI {tool}    KMD Version: {driver}    CUDA UMD Version: {cuda}"
    line = r.choice(old, old, new, new, old.partition("CUDA")[0], APOLOGY)
    head = r.choice("Thu Nov 26 10:00:00 2026\n", "")
    return (f"{head}+{'-' * 60}+\n| {line:<70} |\n+{'-' * 60}+\n",)


def visible_cards(setting, num_cards):
    if setting is None:
        return list(range(num_cards))
    cards = []
    for entry in setting.split(","):
        if not entry.isdecimal() or int(entry) >= num_cards:
            break
        cards.append(int(entry))
    return [] if len(set(cards)) < len(cards) else cards


def _setting(r: Draw) -> tuple:
    num_cards = r.int(0, 4)
    entries = r.shuffled([str(i) for i in range(num_cards)])[: r.int(0, 4)]
    if r.choice(True, False):
        entries.insert(r.int(0, len(entries)), r.choice("7", "-1", str(num_cards), "0"))
    return r.choice(None, *[",".join(entries)] * 6), num_cards


EXERCISES = {
    "decode_cuda": Exercise(
        reference=decode_cuda,
        cases=lambda r: (1000 * r.int(1, 14) + 10 * r.int(0, 12) + r.choice(0, 0, 5),),
        fixed=lambda: [(11040,), (9000,), (13000,), (12100,)],
        contract=Contract(exact=True),
        mistakes={
            "The major version may have one digit or two.":
                "return f\"{major}.{rest // 10}\" -> "
                "return f\"{str(number)[:2]}.{str(number)[2:4].lstrip('0') or 0}\"",
            "A hundred is no thousand.": "1000 -> 100",
            "The minor version is multiplied by 10 there.": "rest // 10 -> rest",
            "A minor version of ten or more has two digits.":
                "rest // 10 -> rest // 10 % 10",
            "A minor version of 4 is written 4, not 04.":
                "{rest // 10} -> {rest // 10:02d}",
            "A string is wanted: as a number, 12.10 is 12.1.":
                "return f\"{major}.{rest // 10}\" -> "
                "return float(f\"{major}.{rest // 10}\")",
            "Division by / leaves a fraction.": "rest // 10 -> rest / 10",
            "Where is the minor version?": ".{rest // 10} -> .0",
        },
    ),
    "read_smi": Exercise(
        reference=read_smi,
        cases=_output,
        fixed=lambda: [
            (APOLOGY,), ("| NVIDIA-SMI 390.157  Driver Version: 390.157 |",)
        ],
        contract=Contract(exact=True),
        mistakes={
            "Beside NVIDIA-SMI stands the version of the command.":
                '"Driver Version:", "KMD Version:" -> "NVIDIA-SMI",',
            "Only the labels of the old generation are read.": "KMD -> Driver",
            "Only the labels of the new generation are read.": "Driver -> KMD",
            "As a number, 11.10 is 11.1.":
                "driver, cuda\n -> driver, cuda and float(cuda)\n",
            "What is missing is None, not an empty string.": "else None -> else ''",
            "The label of CUDA has two forms, too.": ', "CUDA UMD Version:" -> ,',
            "A version may be longer than four characters.":
                "driver, cuda\n -> driver, cuda and cuda[:4]\n",
            "The label need not be there.": "words[0] if words else None -> words[0]",
        },
    ),
    "visible_cards": Exercise(
        reference=visible_cards,
        cases=_setting,
        fixed=lambda: [("1,0", 2), ("0,7,1", 2), ("", 2), (None, 2), ("0,0", 2)],
        contract=Contract(exact=True),
        mistakes={
            "What does not exist is skipped here; it also hides what follows.":
                "break -> continue",
            "The cards are sorted, but the setting decides which is cuda:0.":
                "else cards -> else sorted(cards)",
            "A variable that is not set hides nothing.": "list(range(num_cards)) -> []",
            "A card named twice is there twice.": "[] if len -> cards if len",
            "A card named twice is there once; CUDA then shows none.":
                "return [] if -> return list(dict.fromkeys(cards)) if",
            "Cards are counted from 0: the last one has which number?": ">= -> >",
            "An empty string is not the same as no string.":
                "setting is None -> not setting",
            "PyTorch counts anew: these are its numbers, not those of the cards.":
                "else cards -> else list(range(len(cards)))",
        },
    ),
}
