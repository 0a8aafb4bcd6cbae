"""Each sequence comes once, beside others of its length, in an order set by the generator."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.seed import make_generator
from lib.sequences.buckets import BucketSampler


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 7), st.integers(0, 2**32))
def test_buckets_hold_each_sentence_once(lengths, batch_size, seed):
    sampler = BucketSampler(lengths, batch_size, make_generator(seed % 2**32))
    batches = list(sampler)
    assert len(batches) == len(sampler)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(len(batch) <= batch_size for batch in batches)
    ranges = sorted(
        (min(lengths[i] for i in batch), max(lengths[i] for i in batch)) for batch in batches
    )
    assert all(a[1] <= b[0] for a, b in pairwise(ranges))


def test_buckets_change_with_the_epoch_and_repeat_with_the_seed():
    first, second = (BucketSampler([3] * 23, 5, make_generator(0)) for _ in range(2))
    epochs = [list(first), list(first)]
    assert epochs == [list(second), list(second)]
    assert epochs[0] != epochs[1]
    assert [sorted(batch) for batch in epochs[0]] != epochs[0]


def test_without_a_generator_the_shortest_come_first():
    sampler = BucketSampler([3, 1, 2, 1, 5], 2)
    assert list(sampler) == list(sampler) == [[1, 3], [2, 0], [4]]


def test_a_batch_of_no_sequences_is_refused():
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        BucketSampler([1], 0, make_generator(0))
