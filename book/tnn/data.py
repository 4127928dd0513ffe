"""The small real data sets of the chapters, split in ways that don't flatter a model."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits

# scikit-learn's digits repeat one list of 130 labels fourteen times: people filled in the same form, one after
# another. A form starts at each of these rows (tests/test_tnn.py finds them again from the labels).
FORMS = (0, 130, 256, 386, 516, 646, 776, 905, 1029, 1157, 1287, 1415, 1545, 1667, 1797)


@dataclass(frozen=True)
class Split:
    """Images as rows of 64 pixels, float64, and their labels, for training, validation and test."""

    x_train: np.ndarray  # (N, 64)
    y_train: np.ndarray  # (N,)
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(standardize=False, train_forms=9, val_forms=2):
    """Split the digits by form: the first 9 forms to train, 2 to validate, the last 3 to test.

    A shuffled split would put the same handwriting on both sides. Pixels are scaled from 0..16 to 0..1, or, with
    `standardize`, to mean 0 and deviation 1 of the *training* pixels (pixels that never vary stay at 0).
    """
    data = load_digits()
    x, y = data.data / 16.0, data.target
    first, second = FORMS[train_forms], FORMS[train_forms + val_forms]
    if standardize:
        mean, std = x[:first].mean(axis=0), x[:first].std(axis=0)
        x = (x - mean) / np.where(std > 0, std, 1.0)
    return Split(x[:first], y[:first], x[first:second], y[first:second], x[second:], y[second:])
