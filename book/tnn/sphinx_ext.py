"""The course's own Sphinx extension: fresh outputs, mathematics without a network, two repairs to the pages.

Jupyter Book's execution cache looks at a page's cells only. When an imported kernel changes, the page keeps
its old numbers, silently. So a page leaves the cache when the code behind it changes.
"""

import json
import os
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import nbformat
import rjsmin
from jupyter_cache import get_cache
from sphinx.errors import ExtensionError

from tnn import pages
from tnn.inputs import code_hash, page_hashes, rendering_hash
from tnn.pages.foot import cache_folder
from tnn.pages.notebooks import clean_notebook
from tnn.pages.repository import repository
from tnn.pages.widgets import give_words


def setup(app):
    pages.setup(app)
    # "env": Sphinx reads every page again when the value differs from the last build's.
    app.add_config_value("tnn_code_hash", code_hash(app.srcdir), "env")
    app.add_config_value("tnn_rendering_hash", rendering_hash(app.srcdir), "env")
    app.connect("config-inited", forget_stale_outputs)
    app.connect("html-page-context", add_scripts)
    app.connect("html-page-context", repair_page)
    app.connect("build-finished", copy_mathjax)
    app.connect("build-finished", shrink_scripts)
    app.connect("build-finished", write_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def forget_stale_outputs(app, config):
    """Take out of the execution cache every page that computes with other code than when it was executed."""
    folder = cache_folder(app)
    stamps, current = folder / "pages.json", page_hashes(app.srcdir)
    if not stamps.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    else:
        executed_with, cache = json.loads(stamps.read_text()), get_cache(folder)
        for record in cache.list_cache_records():
            page = os.path.relpath(record.uri, app.srcdir)
            if page not in current or executed_with.get(page) != current[page]:
                cache.remove_cache(record.pk)
    stamps.write_text(json.dumps(current, indent=1))


def add_scripts(app, pagename, templatename, context, doctree):
    """Give a page the scripts that it uses, and no others. A widget's script is named after it."""
    body = context.get("body", "")
    widgets = sorted(set(re.findall(r'data-widget="([a-z-]+)"', body)))
    wanted = ["quiz.js"] * ("tnn-quiz" in body) + ["widget.js"] * bool(widgets)
    for script in [*wanted, *(f"{name.replace('-', '_')}.js" for name in widgets)]:
        app.add_js_file(script, loading_method="defer")


def repair_page(app, pagename, templatename, context, doctree):
    """Mend what the tools get wrong on every page."""
    # docutils gives the bibliography roles that ARIA has withdrawn or doesn't allow there.
    body = context.get("body", "").replace(' role="doc-biblioentry"', "")
    body = body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    # A folded cell's button says "Show code cell source"; its label for screen readers should say no other thing.
    body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    # A line may break behind a formula, so that a full stop begins the next one.
    body = re.sub(r'(<span class="math notranslate nohighlight">[^<]*</span>)([.,;:?!)]+)',
                  r'<span class="tnn-together">\1\2</span>', body)  # fmt: skip
    context["body"] = give_words(body, app.config.language)
    # A script that an extension adds when the builder starts comes twice, once named None and once "".
    # The list is changed in place because the theme's own handler appends to it later.
    scripts = context.get("script_files", [])
    scripts[:] = {(s.filename or "", repr(s.attributes)): s for s in scripts}.values()


def copy_mathjax(app, exception):
    """Copy what the pages use of MathJax: two scripts of the package's many, and its fonts."""
    if exception or app.builder.format != "html":
        return
    source = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    fonts = "output/chtml/fonts/woff-v2"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source / "tex-chtml.js", target)
    (target / "ui").mkdir(exist_ok=True)
    shutil.copy2(source / "ui" / "lazy.js", target / "ui")
    shutil.copytree(source / fonts, target / fonts, dirs_exist_ok=True)


def shrink_scripts(app, exception):
    """Publish the course's own scripts without their comments and indentation: a third of their bytes."""
    if exception or app.builder.format != "html":
        return
    for source in sorted(Path(app.srcdir, "book", "assets").glob("*.js")):
        text = source.read_text(encoding="utf-8")
        Path(app.outdir, "_static", source.name).write_text(rjsmin.jsmin(text), encoding="utf-8")


def write_downloads(app, exception):
    """Put beside each executed page its notebook, and into assignments/ what the pages' openings link to."""
    if exception or app.builder.format != "html":
        return
    for name in app.env.found_docs:
        source = Path(app.env.doc2path(name)).read_text(encoding="utf-8")
        if re.search(r"^kernelspec:", source, re.M):
            try:
                notebook = clean_notebook(source, app.config.language, repository(app.config))
            except ValueError as error:
                raise ExtensionError(f"{name} can't be made a notebook: {error}") from None
            Path(app.outdir, f"{name}.ipynb").write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    write_assignments(Path(app.srcdir), Path(app.outdir) / "assignments")


def write_assignments(root, target):
    """Each released assignment's notebook, and the zip that a student gets."""
    from autograder.course import Course
    from autograder.release import write_bundle

    course = Course(root)
    for name in course.assignments:
        released = root / "exercises" / name / f"{name}.ipynb"
        if released.exists():
            target.mkdir(exist_ok=True)
            shutil.copyfile(released, target / released.name)
            write_bundle(course, name, target / f"{name}.zip")
