"""The map of the chapters: what builds on what, with minutes, questions and points, as links made at build time.

The edges and the places stand in book/chapters.yml; all else comes from the pages and the released assignments.
"""

import html as escape
import re

from docutils import nodes

from tnn.pages import html
from tnn.pages.furniture import assignment_facts, reading_minutes
from tnn.pages.plans import Plan
from tnn.pages.words import BOOK, read_yaml

ROW, GAP = 5, 2.2  # rem: a card's height and what lies between two rows; tnn.css has the same


class ChapterMap(Plan):
    """A list of cards, one a page. In a wide window they stand in rows with lines between them, else below another."""

    has_content = False

    def run(self):
        self.env.note_dependency(str(BOOK / "chapters.yml"))
        entries = read_yaml("chapters.yml")
        for complaint in complaints(entries, {path.stem for path in self.pages().glob("*.md")}):
            raise self.error(f"book/chapters.yml: {complaint}")
        holder = html.make("div", classes=["tnn-map"])
        holder += nodes.raw("", lines(entries), format="html")
        cards = [self.card(entry) for entry in entries]
        holder += html.make("ol", *(card for card, _ in cards), aria_label=self.say("map"))
        total = {key: sum(facts[key] for _, facts in cards) for key in ("minutes", "questions", "points")}
        said = self.say("map_total", hours=round(total["minutes"] / 60), questions=total["questions"],
                        points=f"{total['points']:g}")  # fmt: skip
        return [holder, html.make("p", text=said, classes=["tnn-map-total"])]

    def card(self, entry):
        """The card of a page, and its {minutes, questions, points}."""
        name, (row, column) = entry["page"], entry["at"]
        page = self.pages() / f"{name}.md"
        text = page.read_text(encoding="utf-8")
        heading = re.search(r"^# (.+)$", text, re.M)[1]
        notebook = self.notebook(re.search(r"^:assignment: (\S+)$", text, re.M)[1])
        released = assignment_facts(notebook)
        facts = {"minutes": reading_minutes(text), "questions": released["questions"],
                 "points": float(released["points"])}  # fmt: skip
        self.env.note_dependency(str(page))
        card = html.make("li", classes=["card-of-map"], style=f"--row: {row}; --column: {column}")
        number, _, title = heading.rpartition(": ") if re.match(r"\w+ \d+: ", heading) else ("", "", heading)
        title = title.partition(":")[0]
        link = html.make("a", href=f"{name}.html")
        if number:
            link += html.make("span", text=number.rpartition(" ")[2], classes=["number"])
            title = f" {title}"
        link += nodes.Text(title)
        card += link
        said = self.say("map_card", minutes=facts["minutes"], questions=facts["questions"], points=released["points"])
        card += html.make("span", text=said, classes=["facts"])
        if entry["needs"]:
            numbers = ", ".join(str(int(need.partition("_")[0])) for need in entry["needs"])
            card += html.make("span", text=self.say("map_needs", numbers=numbers), classes=["needs"])
        card += html.make("span", data_progress=name)
        return card, facts


def complaints(entries, pages):
    """What is wrong with the map's data, in words: unknown pages, shared places, a page that isn't below its needs."""
    places = {entry["page"]: entry["at"] for entry in entries}
    for name, at in places.items():
        if name not in pages:
            yield f"there is no page {name}"
        if list(places.values()).count(at) > 1:
            yield f"another page stands where {name} does, at {at}"
    for entry in entries:
        for need in entry["needs"]:
            if need not in places:
                yield f"{entry['page']} needs {need}, which isn't on the map"
            elif places[need][0] >= entry["at"][0]:
                yield f"{entry['page']} must stand below {need}, which it needs"


def lines(entries):
    """The lines of the map as an SVG that is stretched over the grid: 100 units a column, in rem downwards."""
    places = {entry["page"]: entry["at"] for entry in entries}
    columns, rows = (max(at[i] for at in places.values()) for i in (1, 0))
    height = rows * ROW + (rows - 1) * GAP
    paths = []
    for entry in entries:
        for need in entry["needs"]:
            (r0, c0), (r1, c1) = places[need], entry["at"]
            x0, y0 = 100 * c0 - 50 + 12 * (c1 > c0) - 12 * (c1 < c0), r0 * ROW + (r0 - 1) * GAP
            x1, y1 = 100 * c1 - 50 - 12 * (c1 > c0) + 12 * (c1 < c0), (r1 - 1) * (ROW + GAP)
            bend = y1 - GAP / 2 if r1 - r0 > 1 else (y0 + y1) / 2
            start = y1 - GAP if r1 - r0 > 1 else y0
            paths.append(f"M{x0} {y0:.2f}V{start:.2f}C{x0} {bend + 0.6:.2f} {x1} {bend - 0.6:.2f} {x1} {y1:.2f}")
    drawn = "".join(f'<path d="{escape.escape(path)}"/>' for path in paths)
    return (f'<svg class="lines" viewBox="0 0 {100 * columns} {height:.2f}" preserveAspectRatio="none" '
            f'aria-hidden="true">{drawn}</svg>')  # fmt: skip


def setup(app):
    app.add_directive("chapter-map", ChapterMap)
