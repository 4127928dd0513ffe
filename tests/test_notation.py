"""One letter for one idea: what formulas use is in the table of notation, or is named on its page."""

import re

import prose
import pytest
from site_fixture import ROOT, pages_in_contents

PAGES = {name: (ROOT / "book" / "en" / f"{name}.md").read_text() for name in pages_in_contents()}
NOTATION = PAGES["notation"]
CHAPTERS = [name for name in PAGES if re.match(r"\d\d_", name) or "capstone" in name]
EVERYWHERE = ["Sizes and data", "Networks and training", "Statistics"]
GREEK = (
    r"\\(alpha|beta|gamma|delta|(var)?epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|(var)?phi|chi|psi"
    r"|omega|ell|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega)"
)
WORDS = r"\\(?:text|mathrm|operatorname|begin|end)\*?\{[^{}]*\}"


def formulas(text):
    """The formulas of a page, displayed and inline."""
    found = re.findall(r"\$\$(.*?)\$\$|(?<!\\)\$([^$]+?)(?<!\\)\$", prose.without_code(strip_code(text)), re.S)
    return [displayed or inline for displayed, inline in found]


def strip_code(text):
    return re.sub(r"(?<!`)`[^`\n]+`(?!`)", "", text)


def letters(formula):
    """Its letters, Latin and Greek, without words and names of functions."""
    found = re.findall(r"\\[A-Za-z]+|[A-Za-z]", re.sub(WORDS, " ", formula))
    return {name for name in found if len(name) == 1 or re.fullmatch(GREEK, name)}


def tables():
    """{section: [(symbols, names in code, meaning)]} of the page on notation."""
    parts = re.split(r"^## (.+)$", NOTATION, flags=re.M)[1:]
    rows = {head: re.findall(r"^\| (.*?) ?\| (.*?) ?\| (.*) \|$", body, re.M)[1:]
            for head, body in zip(parts[::2], parts[1::2], strict=True)}  # fmt: skip
    return {head: [row for row in found if not row[0].startswith("--")] for head, found in rows.items()}


TABLES = tables()


def letters_of(section):
    return {letter for row in TABLES[section] for formula in formulas(" ".join(row)) for letter in letters(formula)}


def title(name):
    return re.search(r"^# (?:Chapter \d+: )?(.+)$", PAGES[name], re.M)[1]


def named_on(text):
    """Letters that a page defines: in a formula of their own, `$h$` or `$h_j$`, or before a sign, `$s = a + b$`."""
    alone = set()
    for formula in formulas(text):
        for part in formula.split(","):
            part = re.split(r"=|>|\\(?:ge|le|in)(?![a-z])", part)[0]
            bare = re.sub(r"\\(hat|bar|tilde)\s*|[{}\s]|[_^](\{[^{}]*\}|\\[a-z]+|.)|'", "", part)
            alone |= {bare} if bare in letters(bare) else set()
    return alone


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_letter_of_a_page_is_in_the_notation_or_named_there(name):
    used = {letter for formula in formulas(PAGES[name]) for letter in letters(formula)}
    known = set().union(*(letters_of(section) for section in EVERYWHERE), named_on(PAGES[name]))
    known |= letters_of(title(name)) if title(name) in TABLES else set()
    missing = sorted(used - known)
    assert not missing, f"put {missing} into book/en/notation.md, under {title(name)}, or say on the page what it is"


def test_the_sections_are_the_chapters():
    assert list(TABLES)[: len(EVERYWHERE)] == EVERYWHERE
    chapters = [title(name) for name in CHAPTERS]
    assert [head for head in list(TABLES)[len(EVERYWHERE) :] if head not in chapters] == []


@pytest.mark.parametrize("section", TABLES)
def test_a_symbol_has_one_meaning_in_a_section(section):
    symbols = [symbol for row in TABLES[section] for formula in formulas(row[0]) for symbol in symbols_of(formula)]
    assert symbols
    assert sorted(symbols) == sorted(set(symbols))


def symbols_of(formula):
    return [part.strip() for part in re.split(r",(?![^{]*\})", formula)]


def test_no_meaning_is_given_twice():
    meanings = [row[2] for rows in TABLES.values() for row in rows]
    assert len(meanings) == len(set(meanings))


@pytest.mark.parametrize("section", TABLES)
def test_a_symbols_name_in_code_is_used_in_code(section):
    """In a page, a reference kernel or a master: for a chapter's own section, in its own."""
    topic = [name.partition("_")[2] for name in CHAPTERS if title(name) == section]
    files = [path for folder in ("book/en", "solutions", "autograder/reference") for path in (ROOT / folder).iterdir()
             if path.is_file() and (not topic or topic[0] in path.name) and path.name != "notation.md"]  # fmt: skip
    text = "\n".join(path.read_text() for path in files)
    for row in TABLES[section]:
        for name in re.findall(r"[A-Za-z_][\w.]*", " ".join(re.findall(r"`([^`]+)`", row[1]))):
            assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text), f"{name} stands in no code of {section}"


def test_letters_are_found():
    assert letters(r"\frac{\partial \ell}{\partial x_{ic}} = \text{lr} \cdot \hat{\beta}") == {"\\ell", "x", "i", "c",
                                                                                              "\\beta"}  # fmt: skip
    assert named_on("A step $h_j$ of `code` $x + y$, and $u, \\hat{v}$. Let $s = \\sqrt{q}$.") == {"h", "u", "v", "s"}
    assert formulas("```{code-cell}\n$a$\n```\nText $b$.\n\n$$\nc\n$$\n") == ["b", "\nc\n"]
