"""The addresses inside pages that others may link to: book/anchors.txt lists them, and a test fails if one vanishes.

A heading that is reworded keeps its old address by a label above it: (old-address)=
"""

import re
import sys
from pathlib import Path

LIST = "book/anchors.txt"
# Sphinx numbers these by their order, so nobody can rely on them.
PASSING = re.compile(r"^(id\d+|index-\d+|cite.*|equation-\d+|codecell\d+|.*-question|footnote.*|fnref.*)$")


def published(site):
    """{page#id} of the English pages in the folder of a built site."""
    found = set()
    for path in sorted(Path(site).glob("book/en/*.html")):
        article = path.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
        names = re.findall(r'<[^<>]*\sid="([^"]+)"', article)  # in text and code, < and " are escaped
        found |= {f"{path.stem}#{name}" for name in names if not PASSING.match(name)}
    return found


def listed(root):
    """The addresses that were promised, from book/anchors.txt of the checkout."""
    path = Path(root) / LIST
    return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()


def main(root, add):
    """List the built site's addresses, new ones marked; with `add` write those into the list. Returns the status."""
    site = root / "build" / "site"
    if not (site / "index.html").exists():
        print("There is no site to look at: build it first.", file=sys.stderr)
        return 2
    promised, there = listed(root), published(site)
    for address in sorted(promised | there):
        print(f"{address}{'' if address in promised else '  new'}{'' if address in there else '  GONE'}")
    if add and there - promised:
        (root / LIST).write_text("".join(f"{address}\n" for address in sorted(promised | there)), encoding="utf-8")
    return 1 if promised - there else 0
