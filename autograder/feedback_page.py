"""The page of feedback that a student gets: one file that loads nothing and runs nothing.

nbgrader's template would load MathJax from another machine. Without it formulas stay as their TeX, which is what
the student's own notebook renders.
"""

import re

from nbconvert.exporters import HTMLExporter

from .inert import POLICY

_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL | re.IGNORECASE)
_FONT = re.compile(r"@font-face\s*\{[^}]*url\((?!['\"]?data:)[^}]*\}")  # one that lies beside no page


class FeedbackPage(HTMLExporter):
    """nbgrader's page of feedback less its scripts. Named in its configuration, so its own command uses it too."""

    def from_notebook_node(self, nb, resources=None, **kw):
        page, resources = super().from_notebook_node(nb, resources, **kw)
        page = _FONT.sub("", _SCRIPT.sub("", page)).replace("<head>", f"<head>\n{POLICY}", 1)
        return page.replace("</h4>", f"</h4>\n{_handed_in(nb)}", 1), resources


def _handed_in(nb):
    """A line that says which file was graded, if that is known: the student can compare it with theirs."""
    own = nb.metadata.get("autograder", {}).get("handed_in")
    if not own:
        return ""
    sha256 = re.sub("[^0-9a-f]", "", str(own["sha256"]))
    return f"<p>This is what came of one file, of {int(own['bytes'])} bytes and SHA-256 <code>{sha256}</code>.</p>"
