"""The spoken digits: every speaker says each digit 50 times, in one split only."""

from collections import Counter

import pytest
import torch

from lib.data.embedded_files import SPLITS
from lib.data.padding import pad_sequences
from lib.data.speech import load_spoken_digits

SPEAKERS = {"train": {"george", "jackson", "lucas", "nicolas"}, "validation": {"theo"},
            "test": {"yweweler"}}


@pytest.mark.parametrize("split", SPLITS)
def test_counts(split):
    mfccs, labels, speakers = load_spoken_digits(split)
    assert len(mfccs) == len(labels) == len(speakers)
    wanted = {(speaker, digit): 50 for speaker in SPEAKERS[split] for digit in range(10)}
    assert Counter(zip(speakers, labels.tolist(), strict=True)) == wanted


def test_shapes_and_types():
    mfccs, labels, _ = load_spoken_digits("validation")
    assert labels.dtype == torch.int64
    assert all(m.shape[1:] == (13,) and m.dtype == torch.float32 for m in mfccs)
    assert all(m.isfinite().all() for m in mfccs)
    assert pad_sequences(mfccs[:7]).values.shape == (7, max(map(len, mfccs[:7])), 13)


def test_all_utterances_are_there_and_differ():
    mfccs = [m for split in SPLITS for m in load_spoken_digits(split).mfccs]
    assert (len(mfccs), sum(map(len, mfccs))) == (3000, 53_999)
    assert (min(map(len, mfccs)), max(map(len, mfccs))) == (6, 92)
    assert len({m.numpy().tobytes() for m in mfccs}) == 3000


def test_a_voice_can_be_told_from_another():
    """The names of the speakers are inferred; their means must be far apart for the error."""
    mfccs, _, speakers = load_spoken_digits("train")
    means = torch.stack([m.mean(dim=0) for m in mfccs])  # (N, 13)
    by_speaker = torch.stack([means[torch.tensor([s == name for s in speakers])].mean(dim=0)
                              for name in sorted(SPEAKERS["train"])])
    nearest = torch.cdist(means, by_speaker).argmin(dim=1)
    right = [sorted(SPEAKERS["train"])[i] for i in nearest.tolist()]
    assert sum(map(str.__eq__, right, speakers)) / len(speakers) > 0.6  # by chance 0.25


def test_unknown_split():
    with pytest.raises(ValueError, match="split must be one of 'train', 'validation', 'test', got"):
        load_spoken_digits("val")
