"""Say what was measured: intervals, differences that can or can't be told apart, tables in a page."""

import numpy as np
from IPython.display import Markdown
from scipy import stats


def interval(values, confidence=0.95):
    """(mean, half-width) of the t-interval for the mean of independent `values`."""
    values = np.asarray(values, dtype=float)
    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean(), half


def plus_minus(values, digits=3):
    """'0.914 ± 0.004': mean and half of the 95 % interval."""
    mean, half = interval(values)
    return f"{mean:.{digits}f} ± {half:.{digits}f}"


def difference(values, digits=3):
    """The same for paired differences, with the verdict when the interval holds 0."""
    mean, half = interval(values)
    told = "" if abs(mean) > half else f", not distinguishable at {len(values)} seeds"
    return f"{mean:+.{digits}f} ± {half:.{digits}f}{told}"


def middle(values, limit=None, digits=0):
    """'90 (40 to 145)': median, least and greatest; what is infinite is shown as more than `limit`."""
    numbers = np.median(values), np.min(values), np.max(values)
    mid, low, high = (f"{n:.{digits}f}" if np.isfinite(n) else beyond(limit, digits) for n in numbers)
    return mid if mid == low == high else f"{mid} ({low} to {high})"


def beyond(limit, digits=0):
    return "never" if limit is None else f"> {limit:.{digits}f}"


def table(head, rows):
    """A Markdown table from its head and rows of texts; the first column is left-aligned, the others right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return Markdown("\n".join(f"| {' | '.join(map(str, line))} |" for line in lines))
