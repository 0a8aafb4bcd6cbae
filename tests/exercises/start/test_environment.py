"""Typical mistakes in the exercises of start/environment; every one must be refused."""


def numbers(version):
    return [int(part) for part in version.partition("+")[0].split(".")]


def compared_as_text(version, minimum):
    return version >= minimum


def compared_as_decimal_numbers(version, minimum):
    return float(".".join(version.split(".")[:2])) >= float(".".join(minimum.split(".")[:2]))


def build_read_as_a_number(version, minimum):
    return [int(n) for n in version.split(".")] >= [int(n) for n in minimum.split(".")]


def without_filling_up(version, minimum):
    return numbers(version) >= numbers(minimum)


def newer_only(version, minimum):
    return numbers(version) > numbers(minimum)


def every_number_at_least(version, minimum):
    pairs = zip(numbers(version), numbers(minimum), strict=False)
    return all(have >= want for have, want in pairs)


def digits_of_the_build_too(version, minimum):
    have = [int("".join(c for c in n if c.isdigit())) for n in version.split(".")]
    want = numbers(minimum)
    length = max(len(have), len(want))
    return have + [0] * (length - len(have)) >= want + [0] * (length - len(want))


def runs(driver, needed):
    return numbers(driver) >= numbers(needed)


def first_that_runs(driver, oldest):
    if driver is None:
        return "cpu"
    return next((build for build, needed in oldest.items() if runs(driver, needed)), "cpu")


def last_that_runs(driver, oldest):
    found = [build for build, needed in oldest.items() if driver and runs(driver, needed)]
    return found[-1] if found else "cpu"


def drivers_as_text(driver, oldest):
    found = [build for build, needed in oldest.items() if driver and driver >= needed]
    return max(found, key=oldest.get, default="cpu")


def without_asking_for_a_driver(driver, oldest):
    found = [build for build, needed in oldest.items() if runs(driver, needed)]
    return max(found, key=oldest.get, default="cpu")


def newer_than_the_oldest(driver, oldest):
    found = [build for build, needed in oldest.items()
             if driver and numbers(driver) > numbers(needed)]
    return max(found, key=oldest.get, default="cpu")


def none_for_none(driver, oldest):
    found = [build for build, needed in oldest.items() if driver and runs(driver, needed)]
    return max(found, key=oldest.get) if found else ""


def builds_removed_on_the_way(driver, oldest):
    for build, needed in list(oldest.items()):
        if driver is None or not runs(driver, needed):
            del oldest[build]
    return max(oldest, key=oldest.get, default="cpu")


def by_the_place_of_the_words(text):
    words = text.splitlines()[1].split()
    return words[2], words[-2]


def the_first_number(text):
    words = text.split()
    cuda = words[words.index("CUDA") + 2] if "CUDA" in words else None
    return words[words.index("NVIDIA-SMI") + 1], cuda


def cuda_as_a_number(text):
    driver, cuda = (text.partition(f"{label} Version:")[2].split() for label in ("Driver", "CUDA"))
    return (driver[0] if driver else None), (float(cuda[0]) if cuda else None)


def cuda_as_two_digits(text):
    driver, cuda = (text.partition(f"{label} Version:")[2].split() for label in ("Driver", "CUDA"))
    return (driver[0] if driver else None), (cuda[0][:4] if cuda else None)


def labels_that_must_be_there(text):
    return tuple(text.split(f"{label} Version:")[1].split()[0] for label in ("Driver", "CUDA"))


def driver_that_must_be_there(text):
    cuda = text.partition("CUDA Version:")[2].split()
    return text.split("Driver Version:")[1].split()[0], cuda[0] if cuda else None


def old_labels_only(text):
    found = [text.partition(f"{label} Version:")[2].split() for label in ("Driver", "CUDA")]
    return tuple(words[0] if words else None for words in found)


def pins(text):
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def names_as_they_are(wanted, installed):
    want, have = pins(wanted), pins(installed)
    return {name: (want[name], have.get(name)) for name in want if want[name] != have.get(name)}


def without_the_missing(wanted, installed):
    want, have = pins(wanted), pins(installed)
    return {name: (want[name], have[name]) for name in want
            if name in have and want[name] != have[name]}


def with_what_nobody_wanted(wanted, installed):
    want, have = pins(wanted), pins(installed)
    return {name: (want.get(name), have.get(name)) for name in {**want, **have}
            if want.get(name) != have.get(name)}


def comments_as_packages(wanted, installed):
    want, have = (dict(line.split("==") for line in text.splitlines())
                  for text in (wanted, installed))
    return {name: (want[name], have.get(name)) for name in want if want[name] != have.get(name)}


def pairs_turned_round(wanted, installed):
    return {name: pair[::-1] for name, pair in names_as_they_are(wanted, installed).items()}


def names_in_lower_case_only(wanted, installed):
    return names_as_they_are(wanted.lower(), installed.lower())


def names_with_underscores(wanted, installed):
    return names_as_they_are(*(text.lower().replace("-", "_") for text in (wanted, installed)))


WRONG = {
    "is_at_least": [
        compared_as_text,
        compared_as_decimal_numbers,
        build_read_as_a_number,
        without_filling_up,
        newer_only,
        every_number_at_least,
        digits_of_the_build_too,
    ],
    "choose_build": [
        first_that_runs,
        last_that_runs,
        drivers_as_text,
        without_asking_for_a_driver,
        newer_than_the_oldest,
        none_for_none,
        builds_removed_on_the_way,
    ],
    "read_smi": [
        by_the_place_of_the_words,
        the_first_number,
        cuda_as_a_number,
        cuda_as_two_digits,
        labels_that_must_be_there,
        driver_that_must_be_there,
        old_labels_only,
    ],
    "differing_packages": [
        names_as_they_are,
        without_the_missing,
        with_what_nobody_wanted,
        comments_as_packages,
        pairs_turned_round,
        names_in_lower_case_only,
        names_with_underscores,
    ],
}
