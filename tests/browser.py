"""Fixtures that open the built site in Chromium, from the file system, and note what goes wrong."""

import shutil
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
           "--disable-background-networking", "--disable-component-update"]  # fmt: skip


@pytest.fixture(scope="session")
def chromium():
    """One browser for the whole run. Its absence is a failure: these checks must not vanish silently."""
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path)
        if not Path(path).exists():
            pytest.fail(f"The site's tests need Chromium: none of {', '.join(NAMES)} is installed, nor "
                        "Playwright's own (playwright install chromium).")  # fmt: skip
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def opened(browser, path, loaded=None, **options):
    """Open a page of the site and yield (page, problems), once its mathematics is set.

    loaded: a set to which the files that the page asks for are added.
    options: those of a playwright context (viewport, color_scheme, java_script_enabled).
    """
    with browser.new_context(**options) as context:
        page, problems = context.new_page(), []
        page.on("console", lambda message: message.type == "error" and problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("requestfailed", lambda request: problems.extend(failure(request)))
        page.on("request", lambda request: problems.extend(requests_elsewhere(request.url)))
        if loaded is not None:
            page.on("request", lambda request: loaded.update(files(request.url)))
        page.goto(path.as_uri())
        if options.get("java_script_enabled", True):
            page.evaluate("""async () => {
                if (!window.MathJax) { return; }
                await MathJax.startup.promise;
                await MathJax.startup.document.lazyTypesetAll();  // else those out of sight come later
            }""")
        yield page, problems


def failure(request):
    """A request that failed; one that was on its way when the page was left didn't."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"failed: {request.url}"]


def requests_elsewhere(url):
    return [] if url.startswith(("file:", "data:", "blob:")) else [f"asks for {url}"]


def files(url):
    """The file that a request is for, or nothing."""
    return [Path(url2pathname(urlparse(url).path))] if url.startswith("file:") else []


def accessibility_violations(page, within=None):
    """What axe-core finds, in a part of the page or all of it, one line each.

    Its preload would fetch style sheets, which file: doesn't allow.
    """
    still = "* { animation: none !important; transition: none !important }"  # or it meets colours that fade in
    page.add_style_tag(content=still)
    options = {"resultTypes": ["violations"], "preload": False}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [f"{rule['id']}: {node['html'][:150]}" for rule in found for node in rule["nodes"]]
