"""How much of a capstone mark is luck, for the page's interactive figure."""

import numpy as np

from .capstone import EVERYTHING, NOTHING


def luck_of_a_mark(accuracy, spread, n, tasks, points=12):
    """Mean and standard deviation of a mark over the draw of alphabets and images; a mark is the mean over `tasks`.

    A task's accuracy is taken as normal around `accuracy`; to the spread over alphabets (a standard deviation), n test
    images add the binomial's. By the midpoint rule over the normal density.
    """
    z = (np.arange(-1600, 1600) + 0.5) / 200
    density = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    observed = accuracy + np.sqrt(spread**2 + accuracy * (1 - accuracy) / n) * z
    share = points * np.clip((observed - NOTHING) / (EVERYTHING - NOTHING), 0, 1)
    mean = density @ share
    return mean, np.sqrt(density @ (share - mean) ** 2 / tasks)
