"""Editions of the book in other languages: book/<language>/ has the same file names, and each page leads to its others.

An edition is a build of its own, with its language's words and search. The English one lies at the site's root, another
in a folder named after its language: ko/book/ko/04_batch_normalization.html.
"""

from html import escape
from pathlib import Path

from tnn.pages.words import words

FIRST = "en"
HOME = "intro"  # an edition is there once it has this page


def editions(root):
    """The languages that the book in the checkout `root` has, English first."""
    found = {path.parent.name for path in Path(root).glob(f"book/*/{HOME}.md")}
    return sorted(found, key=lambda language: (language != FIRST, language))


def place(language):
    """The folder of the site that an edition lies in, with its slash; empty for the first."""
    return "" if language == FIRST else f"{language}/"


def counterparts(root, page, language):
    """[(language, address from the site's root, whether it is the same page)] of the other editions.

    page: a page's name without folder, such as 04_batch_normalization. An edition that doesn't have it yet leads to
    its first page.
    """
    found = []
    for other in editions(root):
        if other != language:
            same = (Path(root) / "book" / other / f"{page}.md").exists()
            name = page if same else HOME
            found.append((other, f"{place(other)}book/{other}/{name}.html", same))
    return found


def add_editions(app, pagename, templatename, context, doctree):
    """What the template of the switch needs, and for search engines the same page in other languages."""
    language = app.config.language
    if doctree is None or not pagename.startswith(f"book/{language}/"):
        return
    page = pagename.rpartition("/")[2]
    up = "../" * (pagename.count("/") + place(language).count("/"))
    others = counterparts(app.srcdir, page, language)
    context["tnn_editions"] = [{"language": other, "name": words(other)["language"], "address": up + address}
                               for other, address, _ in others]  # fmt: skip
    context["tnn_editions_label"] = words(language)["editions"]
    base = site_address(app)
    if base and any(same for *_, same in others):
        same_page = [(language, f"{place(language)}{pagename}.html")]
        same_page += [(other, address) for other, address, same in others if same]
        context["metatags"] = context.get("metatags", "") + "".join(
            f'\n    <link rel="alternate" hreflang="{other}" href="{escape(base + address)}" />'
            for other, address in sorted(same_page)
        )


def site_address(app):
    """The address of the whole site, with its slash, or an empty text where it isn't known."""
    own = place(app.config.language)
    base = app.config.html_baseurl
    return base.removesuffix(own) if own else base


def setup(app):
    app.connect("html-page-context", add_editions)
