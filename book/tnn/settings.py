"""The book's configuration, with what differs from place to place taken from the environment.

_config.yml doesn't know where the course's repository and its site are, because a fork has its own. Whoever publishes
says so: in _config.yml, or in these variables, as .github/workflows/pages.yml does.
"""

import os
from pathlib import Path

import yaml

from tnn.pages.editions import FIRST, place

VARIABLES = {
    "REPOSITORY_URL": ("repository", "url"),  # https://github.com/owner/name
    "REPOSITORY_BRANCH": ("repository", "branch"),
    "SITE_URL": ("html", "baseurl"),  # https://owner.github.io/name/
}


class SettingError(ValueError):
    """A setting can't be used; the message says which and why."""


def configuration(root, environment=None):
    """_config.yml of the checkout `root` as a dict, with the environment's values. Raises SettingError."""
    environment = os.environ if environment is None else environment
    config = yaml.safe_load((Path(root) / "_config.yml").read_text(encoding="utf-8"))
    for variable, (section, key) in VARIABLES.items():
        given = environment.get(variable, "").strip()
        value = given or config.get(section, {}).get(key) or ""
        if value and key != "branch" and not value.startswith(("https://", "http://")):
            source = variable if given else f"{section}: {key} in _config.yml"
            raise SettingError(f"{source} must be an address that begins with https://, not {value!r}")
        config.setdefault(section, {})[key] = value
    config["repository"]["url"] = config["repository"]["url"].rstrip("/").removesuffix(".git")
    if config["html"]["baseurl"]:
        config["html"]["baseurl"] = config["html"]["baseurl"].rstrip("/") + "/"
    return config


def of_edition(config, root, language):
    """The configuration and the contents of one edition, from those of the book: (config, contents) as dicts."""
    root = Path(root)
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    if language == FIRST:
        return config, contents
    from tnn.pages.words import words

    texts = words(language)
    config = {**config, "title": texts["title"]}
    config["html"] = {**config["html"]}
    if config["html"]["baseurl"]:
        config["html"]["baseurl"] += place(language)
    config["execute"] = {**config["execute"], "cache": str(root / "_build" / ".jupyter_cache")}
    sphinx = {**config["sphinx"]["config"], "language": language, "html_title": texts["title"]}
    config["sphinx"] = {**config["sphinx"], "config": sphinx}
    return config, translated(contents, root, language, texts)


def translated(contents, root, language, texts):
    """The contents of an edition: the pages that it has, under its own captions."""
    def own(name):
        return name.replace(f"book/{FIRST}/", f"book/{language}/", 1)

    parts = []
    for part in contents["parts"]:
        chapters = [{"file": own(chapter["file"])} for chapter in part["chapters"]]
        chapters = [chapter for chapter in chapters if (root / f"{chapter['file']}.md").exists()]
        if chapters:
            parts.append({"caption": texts["parts"].get(part["caption"], part["caption"]), "chapters": chapters})
    return {**contents, "root": own(contents["root"]), "parts": parts}
