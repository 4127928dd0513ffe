"""Files that a spreadsheet will open: text that is no formula there, numbers that stay numbers.

A spreadsheet runs what begins with = + - or @ as a formula, quoted or not, and students choose their names. OWASP's
advice on CSV injection is followed: an apostrophe before such a text, and quotation marks around every text, so that
no separator in it begins a new cell. Only text gets the apostrophe; a negative number is written as it is.
"""

import csv
import os
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from . import inert

_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # the last four are their wide forms, which some spreadsheets read alike
BOM = "\ufeff"


def cell(value):
    """A value for `write_csv`: numbers and None unchanged, anything else as harmless text of one line.

    Line ends and tabs become spaces, control characters go. A text that a spreadsheet would take for a formula gets
    an apostrophe in front.
    """
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    text = inert.text(value).replace("\n", " ").replace("\t", " ").strip()
    return f"'{text}" if text.startswith(_STARTS) else text


def number(value, decimals=2):
    """A number with a fixed count of decimals, 5 rounded away from 0 as people round; never "-0.00"."""
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return abs(rounded) if rounded.is_zero() else rounded


def write_csv(path, rows, bom=False):
    """Write rows, texts quoted and numbers bare, in one step: a reader never meets half a file. Returns the path.

    With `bom`, the file begins with a byte-order mark, by which Excel knows that it is UTF-8.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.write(BOM if bom else "")
            writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
            writer.writerows([cell(value) for value in row] for row in rows)
        return partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
