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
        return _FONT.sub("", _SCRIPT.sub("", page)).replace("<head>", f"<head>\n{POLICY}", 1), resources
