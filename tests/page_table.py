"""What was measured of each page in a browser: printed as one table when the tests end, and kept in build/pages.json.

A test gives a page's figures with `record_property("page", {"page": name, ...})`; they travel with its report, so they
arrive from every worker. The file is written when all pages were measured: a part of them would replace the whole.
"""

import json

from site_fixture import ROOT, pages_in_contents

TARGET = ROOT / "build" / "pages.json"
COLUMNS = [  # (heading, key, format)
    ("page", "page", "{:22}"), ("kB", "kB", "{:6.0f}"), ("requests", "requests", "{:8}"),
    ("own share", "own_share", "{:9.0%}"), ("own JS kB", "script_kB", "{:9.1f}"),
    ("figures kB", "figure_kB", "{:10.0f}"), ("axe light", "axe_light", "{:9}"), ("axe dark", "axe_dark", "{:8}"),
    ("console", "console_errors", "{:7}"), ("maths", "maths_errors", "{:5}"),
]  # fmt: skip


def collected(reports):
    """The figures of each page, by its name: what several tests and both themes say of it is put together."""
    pages = {}
    for report in reports:
        for name, found in getattr(report, "user_properties", []):
            if name == "page":
                pages.setdefault(found["page"], {}).update(found)
    return pages


def complete(rows):
    return [row for row in rows if all(key in row for _, key, _ in COLUMNS)]


def table(rows):
    """The rows as lines of text, under headings as wide as their columns."""
    head = "  ".join(f"{title:{'' if i == 0 else '>'}{len(form.format(0 if i else ''))}}"
                     for i, (title, _, form) in enumerate(COLUMNS))  # fmt: skip
    return [head, *("  ".join(form.format(row[key]) for _, key, form in COLUMNS) for row in rows)]


def write(rows, target=TARGET):
    fresh = target.with_name(target.name + ".new")
    fresh.write_text(json.dumps(rows, indent=1) + "\n")
    fresh.replace(target)


def pytest_terminal_summary(terminalreporter):
    found = collected(report for reports in terminalreporter.stats.values() for report in reports)
    if not found:
        return
    order = pages_in_contents()
    rows = complete([found[name] for name in order if name in found])
    terminalreporter.section("pages: a cold load, and what axe-core, the console and MathJax complain of")
    terminalreporter.write_line("\n".join(table(rows)))
    if len(rows) == len(order):
        write(rows)
