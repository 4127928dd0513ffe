"""What a page looks like where it is linked: its sentence for search engines, and a card for messages and posts.

The sentence is the one to remember, or the first paragraph. A card needs an absolute address, so pictures are drawn
only for a site that knows its own: `html_baseurl` in _config.yml.
"""

import io
import re
import textwrap
from html import escape, unescape
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
from docutils import nodes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch
from matplotlib.path import Path as Outline
from PIL import Image

from tnn import style
from tnn.pages import html

LONGEST = 200  # letters of a description, about what search engines show
SIZE = (1200, 630)  # pixels, the size that all of them take
FOLDER = "_static/previews"
MARK = Path(__file__).parents[2] / "assets" / "mark.svg"
SVG = "{http://www.w3.org/2000/svg}"


def describe(doctree):
    """A page's own sentence as plain text, or None."""
    if doctree is None:
        return None
    for paragraph in doctree.findall(html.element):
        if "remember" in paragraph["classes"]:
            return shorten("".join(child.astext() for child in paragraph.children[1:]))
    first = next(doctree.findall(nodes.paragraph), None)
    return shorten(first.astext()) if first is not None else None


def shorten(text):
    return textwrap.shorten(text, LONGEST, placeholder=" …")


def add_tags(app, pagename, templatename, context, doctree):
    """Put description, Open Graph and Twitter tags into a page's head."""
    said, base = describe(doctree), (app.config.html_baseurl or "").rstrip("/")
    if said is None:
        return
    title = re.sub(r"<[^>]+>", "", context["title"])
    tags = {"og:title": unescape(title), "og:description": said, "og:type": "article",
            "og:site_name": app.config.html_title, "og:locale": app.config.language}  # fmt: skip
    if base:
        picture = f"{FOLDER}/{pagename.replace('/', '-')}.png"
        draw(tags["og:title"], said, app.config.html_title, Path(app.outdir, picture))
        tags |= {"og:url": f"{base}/{pagename}.html", "og:image": f"{base}/{picture}",
                 "og:image:width": str(SIZE[0]), "og:image:height": str(SIZE[1]),
                 "og:image:alt": tags["og:title"]}  # fmt: skip
    tags["twitter:card"] = "summary_large_image" if base else "summary"
    lines = [f'<meta name="description" content="{escape(said)}"/>']
    for name, content in tags.items():
        kind = "name" if name.startswith("twitter") else "property"
        lines.append(f'<meta {kind}="{name}" content="{escape(content)}"/>')
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(lines)


def draw(title, sentence, site, path):
    """Draw a page's card: the mark, the course, the title, the sentence."""
    with mpl.rc_context({"font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"]}):
        figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100, facecolor="white")
        paper = figure.add_axes((0, 0, 1, 1), xlim=(0, SIZE[0]), ylim=(SIZE[1], 0))
        paper.axis("off")
        for patch in mark(80, 70, 72):
            paper.add_patch(patch)
        paper.text(176, 108, site, fontsize=23, va="center", color=style.BLACK)
        lines = textwrap.wrap(title, 27)
        paper.text(80, 200, "\n".join(lines), fontsize=42, weight="bold", va="top", linespacing=1.25, color=style.BLACK)
        below = 200 + 85 * len(lines)
        said = textwrap.wrap(sentence, 53)[: max(1, (580 - below) // 45)]
        paper.text(80, below + 20, "\n".join(said), fontsize=22, va="top", linespacing=1.5, color="#555555")
        paper.axhline(SIZE[1] - 6, color=style.BLUE, linewidth=12)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(buffer).convert("RGB").quantize(256).save(path, optimize=True)  # half of the bytes


def mark(x, y, size):
    """The course's mark, read from its SVG, as patches in a square of `size` pixels whose corner is at (x, y)."""
    root = ElementTree.parse(MARK).getroot()
    scale = size / float(root.get("viewBox").split()[2])
    curve = root.find(f"{SVG}path")
    places = [float(v) for v in re.findall(r"-?[\d.]+", curve.get("d"))]
    points = [(x + scale * a, y + scale * b) for a, b in zip(places[::2], places[1::2], strict=True)]
    outline = Outline(points, [Outline.MOVETO, Outline.CURVE3, Outline.CURVE3])
    width = 0.72 * scale * float(curve.get("stroke-width"))  # a hundred pixels an inch, 72 points an inch
    yield PathPatch(outline, fill=False, edgecolor=curve.get("stroke"), linewidth=width, capstyle="round")
    for dot in root.findall(f"{SVG}circle"):
        place = [float(dot.get(key)) * scale for key in ("cx", "cy", "r")]
        yield Circle((x + place[0], y + place[1]), place[2], color=dot.get("fill"))


def setup(app):
    app.connect("html-page-context", add_tags)
