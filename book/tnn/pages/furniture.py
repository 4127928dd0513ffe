"""What pages are furnished with: the directives `opening`, `claim`, `recorded` and `live`."""

import json
import re
from pathlib import Path

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from tnn import evidence
from tnn.pages import html
from tnn.pages.editions import place
from tnn.pages.repository import repository
from tnn.pages.words import BOOK, read_yaml, words


class Furniture(SphinxDirective):
    """A directive that knows its page's language and how to say what went wrong."""

    has_content = True

    def say(self, key, **values):
        return words(self.config.language)[key].format(**values)

    def page(self):
        return self.env.docname.rpartition("/")[2]

    def root(self):
        return Path(self.env.srcdir)


class Opening(Furniture):
    """The top of a chapter: what the reader will be able to do, one sentence, minutes, assignment, notebook."""

    option_spec = {"remember": directives.unchanged_required, "assignment": directives.unchanged,
                   "minutes": directives.positive_int}  # fmt: skip

    def run(self):
        self.assert_has_content()
        if "remember" not in self.options:
            raise self.error("an opening needs `:remember:`, one sentence to remember")
        box = html.make("aside", classes=["tnn-opening"], aria_label=self.say("opening"))
        box += html.make("p", text=self.say("opening"), classes=["title"])
        box += html.parse(self, self.content)
        remember = html.make("strong", text=self.say("remember") + ": ")
        box += html.make("p", remember, *html.parse_inline(self, self.options["remember"]), classes=["remember"])
        box += html.make("ul", *self.facts(), classes=["facts"])
        return [box]

    def facts(self):
        minutes = self.options.get("minutes") or reading_minutes(Path(self.get_source_info()[0]).read_text())
        yield html.make("li", text=self.say("minutes", n=minutes))
        yield html.make("li", *self.assignment())
        yield html.make("li", html.link(self.say("notebook"), f"{self.page()}.ipynb"), *self.colab())

    def colab(self):
        there = repository(self.config)
        if there and (address := there.colab(f"{place(self.config.language)}{self.env.docname}.ipynb")):
            return [html.make("span", text=", "), html.link(self.say("colab"), address)]
        return []

    def assignment(self):
        name = self.options.get("assignment")
        if not name:
            return [html.make("span", text=self.say("no_assignment"))]
        facts = assignment_facts(self.root() / "exercises" / name / f"{name}.ipynb")
        if facts is None:
            raise self.error(f"there is no released assignment {name}")
        up = "../" * (self.env.docname.count("/"))
        return [html.link(self.say("assignment", **facts), f"{up}assignments/{name}.ipynb"),
                html.make("span", text=", "),
                html.link(self.say("bundle"), f"{up}assignments/{name}.zip")]  # fmt: skip


def reading_minutes(source):
    """Minutes that a page takes: 180 words a minute, half a minute a cell, two a question or figure to play with.

    Rounded to five: it is an estimate.
    """
    source = source.partition("\n---\n")[2] or source
    cells = len(re.findall(r"^```\{code-cell\}", source, re.M))
    active = len(re.findall(r"^`{3,}\{quiz\}|data-widget=", source, re.M))
    prose = re.sub(r"^```\{(code-cell|raw)\}.*?^```", "", source, flags=re.M | re.S)
    minutes = len(re.findall(r"\w+", prose)) / 180 + cells / 2 + 2 * active
    return max(5, 5 * round(minutes / 5))


def assignment_facts(path):
    """{title, questions, points} of a released notebook, or None if there is none."""
    if not path.exists():
        return None
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    points = [mark["points"] for mark in marks if mark.get("grade") and mark["points"]]
    heading = "".join(cells[0]["source"]).splitlines()[0].lstrip("# ")
    return {"title": heading.rpartition("· ")[2], "questions": len(points), "points": f"{sum(points):g}"}


class Claim(Furniture):
    """A claim of the study notes with its verdict, from book/sources.yml; the content is what the page found."""

    required_arguments = 1

    def run(self):
        number = self.arguments[0]
        self.env.note_dependency(str(BOOK / "sources.yml"))
        row = next((row for row in read_yaml("sources.yml")["claims"] if row["id"] == number), None)
        if row is None:
            raise self.error(f"book/sources.yml has no claim {number}")
        box = html.make("aside", classes=["tnn-claim"], ids=[anchor(number)],
                        aria_label=f"{self.say('claim')}: {number}")  # fmt: skip
        title = html.make("span", text=f"{self.say('claim')}: ")
        box += html.make("p", title, verdict(row["verdict"], self.config.language), classes=["title"])
        box += html.make("p", *html.parse_inline(self, row["claim"]), classes=["said"])
        box += html.parse(self, self.content or row["statement"])
        box += html.make("p", html.link(self.say("row", id=number), f"sources.html#{row_anchor(number)}"))
        return [box]


def verdict(name, language):
    return html.make("span", text=words(language)["verdicts"][name], classes=["tnn-verdict", name])


def anchor(number):
    return f"claim-{number.lower()}"


def row_anchor(number):
    return f"row-{number.lower()}"


class Recorded(Furniture):
    """Says that what stands here was recorded, how long it took and with what; fails if it is stale."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        try:
            found = evidence.load(name, self.root())
        except (evidence.StaleError, KeyError) as error:
            raise self.error(str(error)) from None
        self.env.note_dependency(str(evidence.result_path(name, self.root())))
        text = self.say("recorded", name=name, seconds=evidence.duration(found.seconds),
                        torch=found.versions["torch"].partition("+")[0], numpy=found.versions["numpy"])  # fmt: skip
        note = html.make("p", *html.parse_inline(self, text), classes=["tnn-recorded"])
        return [note, *html.parse(self, self.content)]


class Live(Furniture):
    """Says that what stands here is computed when the site is built."""

    def run(self):
        return [html.make("p", text=self.say("live"), classes=["tnn-recorded", "live"])]


def setup(app):
    for name, directive in (("opening", Opening), ("claim", Claim), ("recorded", Recorded), ("live", Live)):
        app.add_directive(name, directive)
