"""Say what was measured: intervals, differences that can or can't be told apart, tables in a page."""

from html import escape

import numpy as np
from scipy import stats

NO_BREAK = "\u00a0"  # a space at which a table's cell doesn't break


def interval(values, confidence=0.95):
    """(mean, half-width) of the t-interval for the mean of independent `values`."""
    values = np.asarray(values, dtype=float)
    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean(), half


def plus_minus(values, digits=3):
    """'0.914 ± 0.004': mean and half of the 95 % interval."""
    mean, half = interval(values)
    return f"{mean:.{digits}f}{NO_BREAK}±{NO_BREAK}{half:.{digits}f}"


def difference(values, digits=3):
    """The same for paired differences, with the verdict when the interval holds 0."""
    told = "" if distinguishable(values) else ", not distinguishable"
    mean, half = interval(values)
    return f"{mean:+.{digits}f}{NO_BREAK}±{NO_BREAK}{half:.{digits}f}{told}"


def distinguishable(values):
    """Whether the 95 % interval for the mean of these differences leaves 0 out."""
    mean, half = interval(values)
    return bool(abs(mean) > half)


def middle(values, limit=None, digits=0):
    """'90 (40 to 145)': median, least and greatest; what is infinite is shown as more than `limit`."""
    numbers = np.median(values), np.min(values), np.max(values)
    mid, low, high = (f"{n:.{digits}f}" if np.isfinite(n) else beyond(limit, digits) for n in numbers)
    return mid if mid == low == high else f"{mid} ({low}{NO_BREAK}to{NO_BREAK}{high})"


def beyond(limit, digits=0):
    return "never" if limit is None else f">{NO_BREAK}{limit:.{digits}f}"


class Table:
    """Rows of texts under a head: HTML on a page and in a notebook, aligned columns in a terminal."""

    def __init__(self, head, rows):
        self.head, self.rows = [str(name) for name in head], [[str(cell) for cell in row] for row in rows]

    def _repr_html_(self):
        def line(tag, cells):
            first, *others = cells
            named = f'<th scope="row">{escape(first)}</th>' if tag == "td" else column(first)
            return f"<tr>{named}{''.join(f'<td>{escape(c)}</td>' if tag == 'td' else column(c) for c in others)}</tr>"

        def column(name):
            return f'<th scope="col">{escape(name)}</th>' if name else "<td></td>"

        body = "".join(line("td", row) for row in self.rows)
        # It scrolls sideways on a phone, so the keyboard must be able to reach it.
        return (f'<div class="tnn-table" tabindex="0" role="group" aria-label="{escape(" · ".join(self.head))}" '
                f'style="overflow-x: auto"><table class="table dataframe"><thead>{line("th", self.head)}</thead>'
                f"<tbody>{body}</tbody></table></div>")  # fmt: skip

    def __repr__(self):
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
        lines = [self.head, ["-" * width for width in widths], *self.rows]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)
