"""What a page asks for before it can be read, cut down to what it uses, when the site has been written.

The theme sends every page a script that draws 2,000 icons (1.5 MB), a font of the same, and blocking scripts; the pages
show some twenty icons, which the theme's style sheet draws from the font as well. On a slow phone that was most of the
wait for the first line of text.
"""

import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ICON = re.compile(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')  # .fa-sun:before{content:"\f185"}
THEME_ICON = re.compile(r'--pst-icon-[a-z-]+:"(.)"')
SCRIPT = re.compile(r'<script(?P<attributes>[^>]*\ssrc="(?P<source>[^"]+)"[^>]*)></script>\n?')
OPTIONS = "documentation_options.js"  # inline scripts after it use what it defines
WEBFONTS = "_static/vendor/fontawesome/webfonts"


def slim_site(app, exception):
    """Slim every page, the theme's style sheet and its font of icons. Runs on what was just written, once."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = sorted(out.rglob("*.html"))
    options = (out / "_static" / OPTIONS).read_text(encoding="utf-8")
    icons = set()
    for page in pages:
        text = page.read_text(encoding="utf-8")
        icons |= set(re.findall(r"\bfa-[a-z0-9-]+", text))
        page.write_text(slim_page(text, options, page.name == "search.html"), encoding="utf-8")
    slim_icons(out, icons)


def slim_page(text, options, is_search=False):
    """A page's HTML without what it doesn't use, and with scripts that wait until it has been read."""
    has_maths = re.search(r'class="[^"]*\bmath\b', text)

    def script(found):
        source = found["source"].rpartition("/")[2].partition("?")[0]
        if source == "fontawesome.js" or ("mathjax/" in found["source"] and not has_maths):
            return ""
        if source == OPTIONS:
            return f"<script>{options}</script>\n"
        if is_search or re.search(r"\b(defer|async)\b", found["attributes"]):
            return found[0]
        return found[0].replace("<script", "<script defer", 1)

    text = SCRIPT.sub(script, text)
    if not has_maths:
        text = re.sub(r"<script>window\.MathJax = .*?</script>\n?", "", text)
    return re.sub(r'<link rel="preload" as="script"[^>]*>\n?', "", text)  # they would come before the style sheets


def slim_icons(out, icons):
    """Leave in the theme's style sheet and in its font the icons of these names, and those that it uses itself."""
    sheet, font = out / "_static" / "styles" / "pydata-sphinx-theme.css", out / WEBFONTS / "fa-solid-900.ttf"
    text = sheet.read_text(encoding="utf-8")
    wanted = {ord(letter) for letter in THEME_ICON.findall(text)} | {0xF107}  # an arrow of sphinx-book-theme.css

    def rule(found):
        if not icons & set(re.findall(r"fa-[a-z0-9-]+", found[1])):
            return ""
        wanted.add(int(found[2], 16))
        return found[0]

    text = ICON.sub(rule, text)
    text = text.replace('fa-solid-900.woff2) format("woff2")', 'fa-solid-900.woff) format("woff")')
    sheet.write_text(text, encoding="utf-8")
    glyphs = subset.Subsetter(subset.Options(recalc_timestamp=False))
    glyphs.populate(unicodes=wanted)
    with TTFont(font, recalcTimestamp=False) as whole:
        glyphs.subset(whole)
        whole.flavor = "woff"
        whole.save(font.with_suffix(".woff"))
    for unused in (font, font.with_suffix(".woff2")):
        unused.unlink()


def setup(app):
    app.connect("build-finished", slim_site, priority=900)  # after all that writes pages
