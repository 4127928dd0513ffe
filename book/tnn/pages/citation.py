"""The directive `citation`: how to cite the course, in words and as BibTeX, from CITATION.cff."""

import yaml
from docutils import nodes

from tnn.pages import html
from tnn.pages.editions import site_address
from tnn.pages.furniture import Furniture
from tnn.pages.repository import repository

KEY = "training_neural_networks"


class Citation(Furniture):
    """A box with a line to quote and a BibTeX entry to copy."""

    has_content = False

    def run(self):
        path = self.root() / "CITATION.cff"
        self.env.note_dependency(str(path))
        facts = yaml.safe_load(path.read_text(encoding="utf-8"))
        there = repository(self.config)
        address = site_address(self.env.app) or (there.url if there else "")
        code = nodes.literal_block("", bibtex(facts, address), language="bibtex")
        return [html.make("aside", html.make("p", text=in_words(facts, address)), code,
                          classes=["tnn-citation"], aria_label=self.say("cite"))]  # fmt: skip


def author(facts):
    return " and ".join(person["name"] for person in facts["authors"])


def year(facts):
    return str(facts["date-released"])[:4]


def in_words(facts, address):
    """One line: authors, year, title, version, and the address if there is one."""
    line = f"{author(facts)} ({year(facts)}). {facts['title']}, version {facts['version']}."
    return f"{line} {address}".strip()


def bibtex(facts, address):
    fields = {"title": facts["title"], "author": "{" + author(facts) + "}", "year": year(facts),
              "note": f"Version {facts['version']}"} | ({"url": address} if address else {})  # fmt: skip
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{{KEY},", *lines, "}"])


def setup(app):
    app.add_directive("citation", Citation)
