import pytest

from lib.book.contract import Contract
from lib.book.exercise import Exercise, judged


@pytest.fixture
def fault():
    """Return a function that says what is wrong with an answer, in one word or a few."""
    def find(answer, reference=lambda x: 2 * x, cases=None, use=None, **contract):
        exercise = Exercise(
            reference=reference,
            cases=cases or (lambda r: (r.tensor(*r.sizes(2, least=1)),)),
            use=use,
            contract=Contract(**contract),
            mistakes={},
        )
        outcome = judged(exercise, answer)
        return None if outcome.fault is None else outcome.fault.kind

    return find
