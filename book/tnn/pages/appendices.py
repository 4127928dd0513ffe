"""The appendices that are made from data files: sources and corrections, and the glossary."""

from docutils import nodes

from tnn.pages import html
from tnn.pages.furniture import Furniture, row_anchor, verdict
from tnn.pages.words import BOOK, read_yaml


def named(name, content):
    """A paragraph that opens with a name, such as Shown."""
    return html.make("p", html.make("span", text=f"{name}: ", classes=["name"]), *content)


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
        said = named(self.say("claimed"), html.parse_inline(self, row["claim"]))
        true = named(self.say("statement"), html.parse_inline(self, row["statement"]))
        shown = named(self.say("shown"), self.places(row))
        return html.make("li", head, said, true, shown, ids=[row_anchor(row["id"])])

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
                text = self.say("place", chapter=int(page[:2]))
                more = "" if target.startswith("claim-") else f" ({target.replace('-', ' ')})"
                yield html.link(text + more, f"{page}.html#{target}")


def shown_places(row):
    """Where a claim's verdict is shown: a list of PAGE#anchor, tests/file.py::test, or pending."""
    return row["shown"] if isinstance(row["shown"], list) else [row["shown"]]


class GlossaryList(Furniture):
    """The glossary's terms, or its traps, as a description list."""

    required_arguments = 1
    has_content = False

    def run(self):
        self.env.note_dependency(str(BOOK / "glossary.yml"))
        name = self.arguments[0]
        entries = [part for entry in read_yaml("glossary.yml")[name] for part in getattr(self, name)(entry)]
        return [html.make("dl", *entries, classes=["tnn-glossary"])]

    def terms(self, entry):
        korean = html.make("span", text=entry["ko"], lang="ko")
        yield html.make("dt", nodes.Text(f"{entry['en']} "), korean, ids=["term-" + nodes.make_id(entry["en"])])
        yield html.make("dd", *html.parse_inline(self, entry["meaning"]))

    def traps(self, entry):
        yield html.make("dt", text=entry["term"], lang=None if entry["term"].isascii() else "ko")
        notes = named(self.say("in_the_notes"), html.parse_inline(self, entry["notes"]))
        yield html.make("dd", notes, named(self.say("here"), html.parse_inline(self, entry["here"])))


def setup(app):
    app.add_directive("sources-list", SourcesList)
    app.add_directive("glossary-list", GlossaryList)
