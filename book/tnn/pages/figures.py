"""No figure without a caption and an alternative text: the build warns, and warnings stop it."""

import re

from docutils import nodes
from sphinx.util import logging

LEAST = 8  # words: what is on the axes, and what happens there, takes more

log = logging.getLogger(__name__)


def check_figures(app, doctree, docname):
    for image in doctree.findall(nodes.image):
        for complaint in complaints(image):
            log.warning("the figure %s %s", image.get("uri"), complaint, location=docname)


def complaints(image):
    """What is wrong with a figure, in words."""
    alt = image.get("alt", "")
    figure = image.parent
    while figure is not None and not isinstance(figure, nodes.figure):
        figure = figure.parent
    caption = next(figure.findall(nodes.caption), None) if figure is not None else None
    if caption is None or not caption.astext().strip():
        yield "has no caption: give its cell mystnb: {figure: {caption: …}}"
    if len(alt.split()) < LEAST or re.fullmatch(r"[0-9a-f/_.\w]*", alt):
        yield f"has the alternative text {alt!r}: give its cell mystnb: {{image: {{alt: …}}}}, {LEAST} words or more"
    elif caption is not None and alt.strip() == caption.astext().strip():
        yield "has the same words as caption and as alternative text: the one says what to see, the other what is there"


def setup(app):
    app.connect("doctree-resolved", check_figures)
