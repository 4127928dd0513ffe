"""What a student wrote, made fit to be shown: nothing in it tells a browser, a terminal or a formula what to do.

Text stays readable, and honest text stays as it was. Outputs are reduced to text and bitmaps before they get here
(sandbox/outputs.py); templates escape text and code by themselves, but they believe Markdown.
"""

import os
import re
from pathlib import Path

# What moves a terminal's cursor, colours, titles or clipboard, as a sequence or as a single control character;
# and the marks that reverse the order in which text is shown.
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

# MathJax's commands that make links, load extensions, set attributes and styles, or write another language.
_COMMANDS = (
    r"\\(?=(?:href|url|require|class|cssId|style|data|html\w*|unicode|mmlToken|bbox|includegraphics|csname|"
    r"texttip|mathtip|tooltip|toggle|action|def|gdef|edef|xdef|let|newcommand|renewcommand|newenvironment|"
    r"renewenvironment|DeclareMathOperator|special)(?![A-Za-z]))"
)
ACTIVE = {".htm", ".html", ".xhtml", ".xht", ".shtml", ".svg", ".svgz", ".xml", ".xsl", ".js", ".mjs", ".swf", ".pdf"}
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\](?=[(\[:])")
_COMMAND = re.compile(_COMMANDS)


# A browser's own word, for a page that loads nothing and runs nothing, should anything have been overlooked.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)


def text(value):
    """Text without control characters, for a page, a file or a terminal; line ends and tabs stay."""
    value = str(value).replace("\r\n", "\n")
    return _CONTROLS.sub("", _SEQUENCES.sub("", value))


def line(value):
    """Text of one line: a name, a reason."""
    return " ".join(text(value).split())


def markdown(source):
    """Markdown in which no tag, link or image is left, and no formula does more than show itself.

    A space takes each of them its meaning and leaves it readable, in a formula, a sentence or a piece of code:
    "< b", "[name] (https://...)", "\\ href". A browser doesn't take "< script" for a tag, even where a renderer
    copies it as it is.
    """
    return _COMMAND.sub(r"\\ ", _LINK.sub("] ", _TAG.sub("< ", text(source))))


def data(value):
    """Plain data with `text` in place of every string in it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {key: data(item) for key, item in value.items()}
    if isinstance(value, list):
        return [data(item) for item in value]
    return value


def escape(value):
    """Text for rich's console, with nothing in it that is markup there."""
    from rich.markup import escape as escaped

    return escaped(text(value))


def disarm(folder, keep=()):
    """Rename files beside a graded notebook that a browser would run, to what it shows as text; links are removed.

    formgrader serves whatever lies there. What was handed in keeps its name.
    """
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if path.is_symlink():
                path.unlink()
            elif path.suffix.lower() in ACTIVE and name not in keep:
                path.replace(path.with_name(f"{name}.txt"))
