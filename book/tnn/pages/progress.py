"""The directive `progress`: each chapter with what the reader has read and answered; assets/progress.js fills it in."""

import re
from pathlib import Path

from tnn.pages import html
from tnn.pages.furniture import Furniture

CHAPTER = re.compile(r"^(\d\d_|capstone)")


class Progress(Furniture):
    """A table of the chapters, with a button that clears what the browser keeps."""

    has_content = False

    def run(self):
        folder = Path(self.env.doc2path(self.env.docname)).parent
        pages = [path for path in sorted(folder.glob("*.md")) if CHAPTER.match(path.stem)]
        heads = [html.make("th", text=text, scope="col") for text in self.say("progress_head").split(" | ")]
        table = html.make("table", html.make("thead", html.make("tr", *heads)), classes=["table"])
        table += html.make("tbody", *map(self.row, pages))
        return [html.make("div", table, classes=["tnn-progress"])]

    def row(self, path):
        self.env.note_dependency(str(path))
        source = path.read_text(encoding="utf-8")
        title = html.link(re.search(r"^# (.+)$", source, re.M)[1], f"{path.stem}.html")
        state = html.make("td", text=self.say("progress_none"), data_progress=path.stem,
                          data_of=quizzes(source), data_none=self.say("progress_none"))  # fmt: skip
        return html.make("tr", html.make("td", title), html.make("td", text=str(quizzes(source))), state)


def quizzes(source):
    """How many quiz questions a page's source has."""
    return len(re.findall(r"^`{3,}\{quiz\}", source, re.M))


def setup(app):
    app.add_directive("progress", Progress)
