"""What interactive figures have in common: words that every one of them prints, from book/strings.yml."""

import re
from html import escape

from tnn.pages.words import words

COMMON = ["reset", "link", "copied"]


def give_words(body, language="en"):
    """A page's HTML, in which each interactive figure has the attributes data-reset, data-link and data-copied."""
    say = words(language)
    given = " ".join(f'data-{key}="{escape(say[key])}"' for key in COMMON)
    return re.sub(r'(?=\bdata-widget=")', lambda _: given + " ", body)
