"""The table of attacks on the grader, from what benchmarks/attacks_table.py recorded."""

import json

from docutils import nodes

from tnn.pages import html
from tnn.pages.furniture import Furniture
from tnn.pages.words import BOOK

RECORD = BOOK / "attacks.json"


class AttacksList(Furniture):
    """Every recorded attack: what it tries, what that gains where it succeeds, what it gains here."""

    has_content = False

    def run(self):
        self.env.note_dependency(str(RECORD))
        rows = json.loads(RECORD.read_text())["attacks"]
        heads = [html.make("th", text=self.say(f"attack_{name}"), scope="col") for name in ("tries", "there", "here")]
        table = html.make("table", html.make("thead", html.make("tr", *heads)), classes=["table", "tnn-attacks"])
        table += html.make("tbody", *map(self.row, rows))
        held = sum(row["here"] == "nothing" for row in rows)
        summary = self.say("attacks", all=len(rows), held=held, explained=len(rows) - held)
        return [html.make("p", text=summary), table]

    def row(self, row):
        name = html.make("strong", text=row["attack"].replace("_", " ").capitalize() + ".")
        there = f"{self.say('against_' + row['against'])}: {row['there']}"
        here = row["here"] + (f" ({row['because']})" if row["because"] else "")
        tries = html.make("td", name, nodes.Text(" " + row["tries"]))
        return html.make("tr", tries, html.make("td", text=there), html.make("td", text=here))


def setup(app):
    app.add_directive("attacks-list", AttacksList)
