"""The words that the pages' own parts print, from book/strings.yml, so that an edition is one file's matter."""

from functools import cache
from pathlib import Path

import yaml
from sphinx.util import logging

BOOK = Path(__file__).parents[2]

log = logging.getLogger(__name__)


class MissingTextError(LookupError):
    """book/strings.yml has no such text in any language: a slip in the code that asks for it."""


class Words(dict):
    """{key: text} of one language. Where it has none, English stands in, with a warning, which stops our build."""

    def __init__(self, language, texts):
        super().__init__(texts.get(language, {}))
        self.language, self.english = language, texts["en"]

    def __missing__(self, key):
        if key not in self.english:
            raise MissingTextError(f"book/strings.yml has no text {key!r}, neither in {self.language!r} nor in English")
        log.warning("book/strings.yml has no text %r in %r; the English one stands in", key, self.language)
        self[key] = self.english[key]  # said once
        return self[key]


@cache
def words(language="en"):
    """The texts of a language, by key. Raises MissingTextError for a key that not even English has."""
    return Words(language, read_yaml("strings.yml"))


def read_yaml(name):
    """A data file of the book."""
    return yaml.safe_load((BOOK / name).read_text(encoding="utf-8"))


def front_matter(source):
    """The YAML that a page's source opens with, as a dict; empty if there is none."""
    if not source.startswith("---\n"):
        return {}
    return yaml.safe_load(source[4:].partition("\n---\n")[0]) or {}
