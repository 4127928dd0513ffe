"""Links from a page to the course's repository: edit it, report a mistake, open it in Colab.

Where the repository's address isn't set, there are none.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

COLAB = "https://colab.research.google.com/github"
NOTEBOOKS = "notebooks"  # the branch that the workflow publishes the pages' notebooks on


@dataclass(frozen=True)
class Repository:
    """The repository at `url`, without a slash at its end, and the branch that is edited."""

    url: str
    branch: str

    def edit(self, path):
        """Where a file is changed; GitHub's way and, without its dash, that of its look-alikes."""
        return f"{self.url}/{'-/' if 'gitlab' in self.url else ''}edit/{self.branch}/{quote(path)}"

    def report(self, title, body):
        """Where a mistake is reported, with the form filled in."""
        if "gitlab" in self.url:
            return f"{self.url}/-/issues/new?{urlencode({'issue[title]': title, 'issue[description]': body})}"
        return f"{self.url}/issues/new?{urlencode({'title': title, 'body': body})}"

    def colab(self, path):
        """Where a notebook opens in Colab, by its path on the site; None outside of GitHub."""
        found = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)", self.url)
        return found and f"{COLAB}/{found[1]}/blob/{NOTEBOOKS}/{quote(path)}"


def repository(config):
    """The Repository of a Sphinx configuration, or None."""
    options = config.html_theme_options
    url = options.get("repository_url")
    return Repository(url, options.get("repository_branch") or "main") if url else None


def last_change(root, path):
    """(date, short commit) of a file's last change, or None where git doesn't know it."""
    command = ["git", "log", "-1", "--format=%cs %h", "--abbrev=10", "--", path]
    try:
        done = subprocess.run(command, cwd=Path(root), capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(done.stdout.split()) or None
