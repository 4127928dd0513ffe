"""A chapter's first cell, its imports and settings, is folded: a line that says what is inside stands in its place."""

from docutils import nodes
from myst_nb.sphinx_ import HideInputCells
from sphinx.transforms.post_transforms import SphinxPostTransform

from tnn.pages.words import words


class FoldSetupCell(SphinxPostTransform):
    """Treats the first cell as if it had the tag hide-input, if it imports and prints nothing."""

    default_priority = HideInputCells.default_priority - 1
    formats = ("html",)

    def run(self, **kwargs):
        cells = (node for node in self.document.findall(nodes.container) if node.get("nb_element") == "cell_code")
        cell = next(cells, None)
        if cell is None or cell.get("hide_mode") or len(cell.children) != 1 or not imports(cell.astext()):
            return
        said = words(self.config.language)
        cell["hide_mode"] = "input"
        cell["prompt_show"], cell["prompt_hide"] = said["setup_show"], said["setup_hide"]
        cell["classes"].append("tnn-setup")


def imports(code):
    return any(line.startswith(("import ", "from ")) for line in code.splitlines())


def setup(app):
    app.add_post_transform(FoldSetupCell)
