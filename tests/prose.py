"""The words that a reader sees, without code, formulas and addresses."""

import io
import re
import tokenize

FENCE = re.compile(r"^\s*(`{3,}|:{3,})(\{[\w-]+\})?")
CODE_FENCES = {None: "text", "{code-cell}": "cell", "{raw}": "html", "{math}": "maths"}


def of_page(text):
    """The prose of a Markdown page: paragraphs, captions, quizzes, figures' words. Lines keep their numbers."""
    return without_formulas(without_code(without_keywords(text)))


def without_keywords(text):
    """A page without the keywords in its front matter: those are what readers type, and they may type batchnorm."""
    return re.sub(r"^keywords: \[[^\]]*\]$", lambda match: "\n" * match[0].count("\n"), text, count=1, flags=re.M)


def without_code(text):
    """A Markdown page without what stands in code cells, other code and HTML, their words aside; with its formulas."""
    kept, fences = [], []
    for line in text.splitlines():
        fence = FENCE.match(line)
        if fence and fences and fence[1].startswith(fences[-1][0]) and not line.strip().strip("`:"):
            fences.pop()
            line = ""
        elif fence and not inside_code(fences):
            fences.append((fence[1], CODE_FENCES.get(fence[2], "prose"), []))
            argument = line.partition("}")[2].strip()  # a quiz's question, a note's title; one word is a name
            line = argument if " " in argument and not inside_code(fences) else ""
        elif inside_code(fences):
            line = words_in_code(fences[-1], line)
        kept.append(line)
    return "\n".join(kept)


def inside_code(fences):
    return bool(fences) and fences[-1][1] != "prose"


def words_in_code(fence, line):
    """Of a cell's lines its caption and alternative text, of an HTML block all but tags' own names."""
    _, kind, seen = fence
    if kind == "html":
        return re.sub(r"</?[a-z]+\d?|(class|style|id|data-widget)=\"[^\"]*\"|[\w-]+=", "", line)
    if kind != "cell":
        return ""
    if line == "---":
        seen.append(line)
        return ""
    return line if len(seen) == 1 else ""


def without_formulas(text):
    """Markdown without displayed and inline formulas, code, and the addresses of links. Keeps the number of lines."""
    formula = r"\$\$.*?\$\$|(?<!\\)\$[^$]*?(?<!\\)\$|`[^`\n]+`"
    text = re.sub(formula, lambda match: "\n" * match[0].count("\n"), text, flags=re.S)
    return re.sub(r"(?<=\])\([^)\s]*\)|https?://\S+|^:\w+:.*$|^\(.*\)=$", "", text, flags=re.M)


def of_python(text):
    """Comments, docstrings and messages of a program: every comment, and every text of at least three words."""
    kept = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.count(" ") >= 2):
            kept.append(token.string)
    return without_formulas("\n".join(kept))
