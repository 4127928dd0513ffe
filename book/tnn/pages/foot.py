"""The foot of every page: when it was executed and with what, licence and citation, links to the repository."""

import json
import platform
from importlib.metadata import version
from pathlib import Path

from jupyter_cache import get_cache

from tnn.pages.editions import place, site_address
from tnn.pages.repository import last_change, repository
from tnn.pages.words import front_matter, words

CITE = "changelog.html#how-to-cite"
ARCHIVE = "training-neural-networks.zip"  # the whole site; tnn.offline writes it


def cache_folder(app):
    """Where executed pages are kept: myst-nb's own place, or the one that the editions share."""
    return Path(app.config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")


def executions(folder):
    """{path of a page: date of its execution, UTC}, from the cache; so two builds say the same."""
    records = get_cache(folder).list_cache_records() if folder.exists() else []
    return {Path(record.uri): record.created.date().isoformat() for record in records}


def add_foot(app, pagename, templatename, context, doctree):
    """What the template of the foot shows, as context["tnn_foot"]."""
    say = words(app.config.language)
    in_book = pagename.startswith("book/")
    foot = {"say": say, "cite": (f"book/{app.config.language}/" if not in_book else "") + CITE, "links": []}
    if doctree is not None and in_book:
        source = Path(app.env.doc2path(pagename))
        if "kernelspec" in front_matter(source.read_text(encoding="utf-8")):
            foot["executed"] = executed(app, source, say)
        foot |= links(app, pagename, context.get("title", ""), source, say)
    if base := site_address(app):
        foot["archive"] = base + ARCHIVE
    context["tnn_foot"] = foot
    context["tnn_progress"] = json.dumps(say["progress"], ensure_ascii=False, sort_keys=True)


def executed(app, source, say):
    """The sentence on a page's execution; None if the cache doesn't know it.

    An edition with the same cells as another shares its execution. The versions are the installed ones, and those of
    the execution too: the cache gives up a page when one changes.
    """
    if not hasattr(app, "tnn_executions"):
        app.tnn_executions = executions(cache_folder(app))
    shared = [date for path, date in app.tnn_executions.items() if path.name == source.name]
    date = app.tnn_executions.get(source) or next(iter(shared), None)
    if date is None:
        return None
    return say["executed"].format(date=date, python=platform.python_version(),
                                  torch=version("torch").partition("+")[0], numpy=version("numpy"))  # fmt: skip


def links(app, pagename, title, source, say):
    """{changed, links} of a page, where the repository is known."""
    there = repository(app.config)
    if there is None:
        return {}
    path = source.relative_to(app.srcdir).as_posix()
    change = last_change(app.srcdir, path)
    at = f"{pagename}, {' '.join(change)}" if change else pagename
    report = there.report(say["report_title"].format(title=title), say["report_body"].format(page=at))
    found = [(say["edit"], there.edit(path)), (say["report"], report)]
    if "kernelspec" in front_matter(source.read_text(encoding="utf-8")):
        address = there.colab(f"{place(app.config.language)}{pagename}.ipynb")
        found += [(say["colab"], address)] if address else []
    changed = say["changed"].format(date=change[0], version=change[1]) if change else None
    return {"changed": changed, "links": [{"text": text, "address": address} for text, address in found]}


def setup(app):
    app.connect("html-page-context", add_foot)
