"""The appendices that are made from data files: sources and corrections, and the glossary."""

from docutils import nodes

from tnn.pages import html
from tnn.pages.furniture import Furniture, row_anchor, verdict
from tnn.pages.words import BOOK, read_yaml


class SourcesList(Furniture):
    """The claims of one chapter, by their letter, as a list: what the notes say, the verdict, what is true."""

    required_arguments = 1
    has_content = False

    def run(self):
        self.env.note_dependency(str(BOOK / "sources.yml"))
        letter = self.arguments[0]
        rows = [row for row in read_yaml("sources.yml")["claims"] if row["id"].startswith(letter)]
        return [html.make("ul", *map(self.row, rows), classes=["tnn-sources"])]

    def row(self, row):
        number = html.make("strong", text=row["id"])
        head = html.make("p", number, nodes.Text(" "), verdict(row["verdict"], self.config.language))
        head += html.make("span", text=f" {self.say('source')}: {', '.join(row['source'].split())}")
        return html.make("li", head, self.part("claimed", *html.parse_inline(self, row["claim"])),
                         self.part("statement", *html.parse_inline(self, row["statement"])),
                         self.part("shown", *self.places(row)), ids=[row_anchor(row["id"])])  # fmt: skip

    def part(self, key, *children):
        return html.make("p", html.make("span", text=f"{self.say(key)}: ", classes=["name"]), *children)

    def places(self, row):
        for i, place in enumerate(shown_places(row)):
            if i:
                yield nodes.Text(", ")
            page, _, target = place.partition("#")
            if place == "pending":
                yield nodes.Text(self.say("pending"))
            elif place.startswith("tests/"):
                yield nodes.literal("", place)
            else:
                text = self.say("place", chapter=int(page[:2]), target=target.replace("-", " "))
                yield html.link(text, f"{page}.html#{target}")


def shown_places(row):
    """Where a claim's verdict is shown: a list of PAGE#anchor, tests/file.py::test, or pending."""
    return row["shown"] if isinstance(row["shown"], list) else [row["shown"]]


class GlossaryTable(Furniture):
    """The glossary's terms, or its traps, as a table."""

    required_arguments = 1
    has_content = False

    def run(self):
        self.env.note_dependency(str(BOOK / "glossary.yml"))
        name = self.arguments[0]
        columns = {"terms": ["english", "korean", "meaning"], "traps": ["term", "in_the_notes", "here"]}[name]
        head = html.make("tr", *(html.make("th", text=self.say(key), scope="col") for key in columns))
        rows = [getattr(self, name)(entry) for entry in read_yaml("glossary.yml")[name]]
        table = html.make("table", html.make("thead", head), html.make("tbody", *rows), classes=["table"])
        return [html.make("div", table, classes=["tnn-table", name])]

    def terms(self, entry):
        meaning = html.make("td", *html.parse_inline(self, entry["meaning"]))
        english = html.make("th", text=entry["en"], scope="row")
        return html.make("tr", english, html.make("td", text=entry["ko"], lang="ko"), meaning)

    def traps(self, entry):
        cells = [html.make("td", *html.parse_inline(self, entry[key])) for key in ("notes", "here")]
        korean = None if entry["term"].isascii() else "ko"
        return html.make("tr", html.make("th", text=entry["term"], scope="row", lang=korean), *cells)


def setup(app):
    app.add_directive("sources-list", SourcesList)
    app.add_directive("glossary-table", GlossaryTable)
