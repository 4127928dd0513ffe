"""What a page of the site costs a reader, and the same text in a Jupyter Book as it comes. Takes some ten minutes.

    python benchmarks/pages.py [--runs N] [--stock CHAPTER] [--record] [PAGE ...]

Lighthouse (the npm package, put into a temporary folder) with its phone profile and simulated throttling opens each
page, served on the loopback compressed as a web host would; the median of N runs counts. The stock page is a
chapter's text as plain Markdown with the same outputs, in Jupyter Book's own configuration. What it asks of other hosts
is answered with an error, so its bytes are those of its own host alone.
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlparse

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "book"), str(ROOT / "tests"), str(Path(__file__).parent)]

import nbformat  # noqa: E402
from grading import record  # noqa: E402
from jupyter_cache import get_cache  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from tnn import site as builder  # noqa: E402
from tnn.pages.notebooks import clean_notebook  # noqa: E402

PACKAGE = "lighthouse@12"
JUPYTER_BOOK = [sys.executable, "-c", builder.JUPYTER_BOOK]
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
SCORES = ("performance", "accessibility", "best-practices", "seo")
TIMES = {"lcp_ms": "largest-contentful-paint", "tbt_ms": "total-blocking-time", "cls": "cumulative-layout-shift",
         "fcp_ms": "first-contentful-paint", "bytes": "total-byte-weight"}  # fmt: skip
COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".txt", ".xml"}


class Compressing(SimpleHTTPRequestHandler):
    """Serves a folder as a web host does: text compressed, and a type for every file."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if path.suffix not in COMPRESSED or not path.is_file():
            super().do_GET()
            return
        body = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600")  # GitHub Pages' own
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def served(folder):
    """The folder's address on the loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressing, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


# Lighthouse ---------------------------------------------------------------------------------------------------


def install(folder):
    """Put Lighthouse into a folder; returns its command and its version."""
    subprocess.run(["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error", PACKAGE],
                   check=True, capture_output=True)  # fmt: skip
    command = folder / "node_modules" / ".bin" / "lighthouse"
    return command, json.loads((folder / "node_modules" / "lighthouse" / "package.json").read_text())["version"]


def audit(command, url, report):
    """One run of Lighthouse's phone profile: scores from 0 to 100, times in milliseconds, bytes sent."""
    subprocess.run([command, url, "--quiet", "--output=json", f"--output-path={report}", f"--chrome-flags={FLAGS}",
                    "--throttling-method=simulate", "--form-factor=mobile", "--max-wait-for-load=90000"],
                   check=True, capture_output=True, timeout=300)  # fmt: skip
    found = json.loads(report.read_text())
    row = {name: round(100 * (found["categories"][name]["score"] or 0)) for name in SCORES}
    row["benchmark_index"] = found["environment"]["benchmarkIndex"]  # how fast this machine was: 1,500 and more if idle
    row |= {name: round(found["audits"][key]["numericValue"], 3) for name, key in TIMES.items()}
    counted = {key: a for key, a in found["audits"].items() if a["scoreDisplayMode"] in ("binary", "numeric")}
    failed = [f"{key}: {a['title']}" for key, a in counted.items() if (a["score"] or 0) < 0.9]
    return row, sorted(failed)


def medians(rows):
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


# A stock Jupyter Book page ------------------------------------------------------------------------------------


def with_outputs(name):
    """A chapter as plain Markdown and code, with the outputs that its site shows."""
    source = ROOT / "book" / "en" / f"{name}.md"
    notebook = clean_notebook(source.read_text(encoding="utf-8"))
    cache = get_cache(ROOT / "_build" / ".jupyter_cache")
    record = next(r for r in cache.list_cache_records() if Path(r.uri).name == source.name)
    executed = [c for c in cache.get_cache_bundle(record.pk).nb.cells if c.cell_type == "code"]
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    assert [c.source for c in cells] == [c.source for c in executed], f"{name} was changed since it was executed"
    for cell, done in zip(cells, executed, strict=True):
        cell["outputs"] = done.outputs
    return notebook


def stock_book(name, folder):
    """Build the chapter as the only page of a new Jupyter Book, with the configuration that `create` gives."""
    subprocess.run([*JUPYTER_BOOK, "create", folder / "new"], check=True, capture_output=True)
    book = folder / "book"
    book.mkdir()
    config = (folder / "new" / "_config.yml").read_text()
    # Its outputs are in it already: the one thing that is not as `create` made it.
    config = config.replace("execute_notebooks: force", 'execute_notebooks: "off"')
    for line in ("bibtex_bibfiles:\n  - references.bib\n", "logo: logo.png\n"):
        config = config.replace(line, "")
    (book / "_config.yml").write_text(config)
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: {name}\n")
    nbformat.write(with_outputs(name), book / f"{name}.ipynb")
    subprocess.run([*JUPYTER_BOOK, "build", book], check=True, capture_output=True)
    return book / "_build" / "html"


# One page in a browser ----------------------------------------------------------------------------------------


def cold_load(address, themes=("light", "dark")):
    """Requests, bytes (uncompressed) and other hosts of a first visit, console errors, and axe-core's findings."""
    from browser import OPTIONS, accessibility_violations

    row, sizes, elsewhere, errors = {}, {}, set(), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
        for theme in themes:
            page = browser.new_context(color_scheme=theme).new_page()
            page.route(lambda url: urlparse(url).hostname != "127.0.0.1", lambda route: route.abort())
            if theme == themes[0]:
                page.on("request", lambda r: elsewhere.add(r.url) if urlparse(r.url).hostname != "127.0.0.1" else None)
                page.on("response", lambda r: sizes.update({r.url: len(r.body())}))
                page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
            page.goto(address, wait_until="load")
            page.wait_for_timeout(3000)
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            row[f"axe_{theme}"] = len(accessibility_violations(page))
        browser.close()
    own = len(sizes)
    return row | {"requests": own + len(elsewhere), "third_party_requests": len(elsewhere),
                  "third_parties": sorted({urlparse(url).hostname for url in elsewhere}),
                  "kB_uncompressed": round(sum(sizes.values()) / 1000), "console_errors": len(errors)}  # fmt: skip


def measure(label, folder, path, command, runs, scratch):
    """One row: a cold load, and the median of some runs of Lighthouse."""
    with served(folder) as address:
        row = {"assignment": label, "n": 1, "path": path} | cold_load(f"{address}/{path}")
        audits = [audit(command, f"{address}/{path}", scratch / "report.json") for _ in range(runs)]
    row |= medians([scores for scores, _ in audits]) | {"runs": runs, "below_90": audits[-1][1]}
    row["load"] = round(os.getloadavg()[0], 2)
    print(json.dumps(row, indent=1), flush=True)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="*", default=["intro", "04_batch_normalization"], metavar="PAGE")
    parser.add_argument("--stock", default="04_batch_normalization", metavar="CHAPTER")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="keep the figures in benchmarks/results.json")
    given = parser.parse_args()
    index, _ = builder.build(ROOT)
    with tempfile.TemporaryDirectory(prefix="pages-") as temporary:
        scratch = Path(temporary)
        command, lighthouse = install(scratch)
        todo = [(name, index.parent, f"book/en/{name}.html") for name in given.pages]
        if given.stock:
            todo.append((f"{given.stock}, stock", stock_book(given.stock, scratch), f"{given.stock}.html"))
        for label, folder, path in todo:
            row = measure(label, folder, path, command, given.runs, scratch)
            if given.record:  # each at once
                record("pages", [row | {"tools": {"lighthouse": lighthouse, "jupyter-book": version("jupyter-book")}}])


if __name__ == "__main__":
    main()
