"""The words that the pages' own parts print, from book/strings.yml, so that an edition is one file's matter."""

from functools import cache
from pathlib import Path

import yaml

BOOK = Path(__file__).parents[2]


@cache
def words(language="en"):
    """{key: text} of a language."""
    return read_yaml("strings.yml")[language]


def read_yaml(name):
    """A data file of the book."""
    return yaml.safe_load((BOOK / name).read_text(encoding="utf-8"))
