"""group_means: an answer that reads a data file, which lies in the folder it runs in."""

import csv

import numpy as np

from autograder.question import Property, Question, Tolerance, unharmed


def full(rng):
    """Groups without an empty cell in this column, one with a comma in its name; in the alphabet's order."""
    return {"filename": "growth.csv", "column": "height", "groups": ["control", "light, strong"]}


def empty_cells(rng):
    """All groups, in an order that is never the alphabet's."""
    rest = [str(group) for group in rng.permutation(["control", "light, strong", "light, weak"])]
    return {"filename": "growth.csv", "column": "width", "groups": ["shade", *rest]}


def backwards(rng):
    """An order that is neither the file's nor the alphabet's, one group asked for twice."""
    return {"filename": "growth.csv", "column": "height", "groups": ["shade", "light, weak", "control", "shade"]}


def reference(filename, column, groups):
    totals = {}
    with open(filename, newline="") as file:  # noqa: PTH123
        for row in csv.DictReader(file):
            if row[column] != "":
                total, count = totals.get(row["group"], (0.0, 0))
                totals[row["group"]] = total + float(row[column]), count + 1
    return [totals[g][0] / totals[g][1] for g in groups]


question = Question(
    name="group_means",
    assignment="90_kinds_of_answers",
    reference=reference,
    result_name="the list of means",
    properties=[
        Property("value", 2, full, "groups whose cells are all filled", cases=1),
        Property("empty cells", 1, empty_cells, "the column width, where cells are empty"),
        Property("order", 1, backwards, "groups in an order of their own, one of them twice", cases=1),
        Property("inputs unharmed", 0.5, backwards, "any groups", judge=unharmed("groups"), cases=1),
    ],
    tolerance=Tolerance(
        rtol=1e-5,
        atol=0.0,
        why="float32 answers use a hundredth of it; the nearest misconception exceeds it 1000 times",
    ),
    equivalent_mutants={
        "with Path(filename).open(newline=None) as file:": "the file has no line ends inside its cells",
    },
)


@question.accepts("by hand: the name in quotes is split off first")
def group_means(filename, column, groups):
    with open(filename) as file:  # noqa: PTH123
        header, *lines = file.read().splitlines()
    place = header.split(",").index(column) - 3
    table = {}
    for line in lines:
        group = line.rsplit(",", 2)[0].strip('"')
        if cell := line.split(",")[place]:
            table.setdefault(group, []).append(float(cell))
    return tuple(sum(table[g]) / len(table[g]) for g in groups)


@question.accepts("csv.reader and NumPy's mean without NaN, returns an array")
def group_means(filename, column, groups):
    import csv

    with open(filename, newline="") as file:  # noqa: PTH123
        header, *rows = csv.reader(file)
    names = np.array([row[0] for row in rows])
    values = np.array([float(row[header.index(column)] or "nan") for row in rows])
    return np.array([np.nanmean(values[names == g]) for g in groups])


@question.accepts("statistics.fmean, one pass over the file for each group")
def group_means(filename, column, groups):
    import csv
    from pathlib import Path
    from statistics import fmean

    text = Path(filename).read_text()

    def mean(group):
        rows = csv.DictReader(text.splitlines())
        return fmean(float(row[column]) for row in rows if row["group"] == group and row[column].strip())

    return list(map(mean, groups))


question.misconception(
    "empty_as_zero",
    "You counted empty cells as 0. They are unknown, not 0: leave them out of the sum and of the count.",
    seen="float(cell or 0)",
    replace=(
        'float(row[column]) for row in rows if row["group"] == group and row[column]',
        'float(row[column] or 0) for row in rows if row["group"] == group',
    ),
)
question.misconception(
    "whole_rows_dropped",
    "You dropped every row with an empty cell. Only the column that is asked for must be filled.",
    seen="dropna() before a column is chosen",
    replace=('row["group"] == group and row[column]', 'row["group"] == group and all(row.values())'),
)
question.misconception(
    "summed",
    "You returned the sums. Divide each by the number of values in it.",
    seen="sum(values), its division forgotten",
    replace=("sum(values) / len(values)", "sum(values)"),
)
question.misconception(
    "median",
    "You returned the medians. The mean is the sum divided by the number of values.",
    seen="statistics.median",
    replace=("sum(values) / len(values)", "np.median(values)"),
)
question.misconception(
    "other_column",
    "You always average the height. The argument column says which column is meant.",
    seen="a column's name written into the function while it was tried out",
    replace=("float(row[column])", 'float(row["height"] or "nan")'),
)
question.misconception(
    "alphabetical",
    "Your means stand in the order of the alphabet. They belong in the order of the argument groups.",
    seen="groupby, which sorts the groups",
    replace=("for group in groups:", "for group in sorted(groups):"),
)
question.misconception(
    "groups_sorted",
    "You sorted the list of groups that you were given, and your means with it. Leave the list as it is.",
    seen="groups.sort()",
    replace=("    means = []\n", "    means = []\n    groups.sort()\n"),
)
