import pytest
import torch

from lib.book.checks import NotWritten, leaves_inputs_unchanged, raises, returns, satisfies

SHARED = torch.tensor([3.0, 4.0])


def share():
    return (SHARED,)


def test_returns_compares_with_a_value_or_a_reference():
    by_value = returns("doubles", share, torch.tensor([6.0, 8.0]), hint="Twice.")
    by_reference = returns("doubles", share, lambda x: x + x, hint="Twice.")
    for check in (by_value, by_reference):
        assert check.says == "doubles"
        assert check.test(lambda x: 2 * x) is None
        assert check.test(lambda x: 3 * x) == (
            "element [0]: wanted 6, got 9 (2 of 2 elements differ)\nTwice."
        )
    assert returns("", share, torch.tensor([6.0, 8.0]), rtol=1.0).test(lambda x: 3 * x) is None
    assert returns("", share, torch.tensor([6.0, 8.0]), atol=9.0).test(lambda x: 3 * x) is None
    assert returns("", share, 1.0).test(lambda x: 2.0) == "wanted 1, got 2"


def test_a_missing_return_is_named():
    def forgetful(x):
        x.add(1)

    wanted = "wanted a tensor, got None\nthe function returned None: is `return` missing?\nAdd 1."
    assert returns("", share, SHARED + 1, hint="Add 1.").test(forgetful) == wanted
    law = satisfies("", share, lambda result, x: True, hint="Add 1.")
    assert law.test(forgetful) == "the function returned None: is `return` missing?\nAdd 1."


def test_a_candidate_cannot_spoil_the_arguments_of_later_cases():
    def spoil(x):
        return x.mul_(0)

    law = satisfies("", share, lambda result, x: bool((x == SHARED).all()), hint="")
    for check in (returns("", share, SHARED * 0), law, leaves_inputs_unchanged(share)):
        check.test(spoil)
        assert SHARED.tolist() == [3.0, 4.0]
    assert law.test(spoil) is None


def test_a_reference_or_law_cannot_spoil_them_either():
    returns("", share, lambda x: x.mul_(0)).test(lambda x: x)
    satisfies("", share, lambda result, x: bool(x.mul_(0).sum() == 0), hint="").test(lambda x: x)
    assert SHARED.tolist() == [3.0, 4.0]


def test_satisfies_takes_truth_or_a_hint_of_its_own():
    def law(result, x):
        if result.shape != x.shape:
            return "The shape changed."
        return bool((result > x).all())

    check = satisfies("grows", share, law, hint="It must grow.")
    assert check.test(lambda x: x + 1) is None
    assert check.test(lambda x: x - 1) == "It must grow."
    assert check.test(lambda x: x[:1]) == "The shape changed."
    assert satisfies("", share, lambda result, x: None, hint="h").test(lambda x: x) is None
    assert check.test(lambda x: [1]) == (
        "the result, a list, cannot be used: 'list' object has no attribute 'shape'\nIt must grow."
    )


def test_changed_arguments_are_named():
    check = leaves_inputs_unchanged(lambda: (1.0, torch.tensor([3.0, 4.0]), [5]))
    assert check.test(lambda a, x, items: x * 2) is None
    assert check.test(lambda a, x, items: x.mul_(2)) == (
        "argument 2 was changed: element [0]: it was 3, it is 6 (2 of 2 elements differ)"
    )
    assert check.test(lambda a, x, items: items.append(6)) == (
        "argument 3 was changed: it was length 1, it is length 2"
    )


def test_raises_wants_the_error_and_its_message():
    check = raises("refuses 0", lambda: (0,), ValueError, match=r"must be > 0, got \d",
                   hint="Name the number.")

    def right(n):
        raise ValueError(f"n must be > 0, got {n}")

    def vague(n):
        raise ValueError("bad")

    assert check.test(right) is None
    assert check.test(vague) == "the message of your ValueError says: bad\nName the number."
    assert check.test(lambda n: 1) == "wanted a ValueError, but got an int back\nName the number."
    with pytest.raises(ZeroDivisionError):
        check.test(lambda n: 1 / n)
    with pytest.raises(ValueError, match="hint must say in words"):
        raises("refuses 0", lambda: (0,), ValueError, match=r"\d")


@pytest.mark.parametrize(
    "check",
    [
        returns("", share, 1.0),
        satisfies("", share, lambda result, x: True, hint=""),
        leaves_inputs_unchanged(share),
        raises("", share, ValueError),
    ],
)
def test_dots_are_not_an_answer(check):
    with pytest.raises(NotWritten):
        check.test(lambda x: ...)
