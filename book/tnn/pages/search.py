"""Search by Sphinx's own engine, with what it lacks: words that readers use, short words of Korean, and an order.

Sphinx's index says which pages hold a word, not how much a page is about it. So a page's front matter may list
keywords, which count most; the glossary adds their Korean words. search.js, Sphinx's scorer, orders the results.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.search.en import SearchEnglish

from tnn.pages.words import front_matter, read_yaml

HERE = Path(__file__).parent
HANGUL = re.compile(r"[가-힣]+")
# Words of a question that say nothing about its subject. "he" is an initialization, and stays.
QUESTION = {"why", "how", "what", "when", "which", "does", "do", "did", "can", "should", "i", "my", "me", "you", "vs",
            "versus", "use", "using", "we", "so", "too", "much", "get", "from", "has", "have"}  # fmt: skip


class SearchCourse(SearchEnglish):
    """English by its stems, and Korean words by every beginning of two syllables or more: 과적 finds 과적합을."""

    lang = "en"
    language_name = "English"
    stopwords = SearchEnglish.stopwords | QUESTION

    def split(self, input):
        found = []
        for word in super().split(input):
            found += [word, *beginnings(word)]
        return found


class SearchKorean(SearchCourse):
    lang = "ko"
    language_name = "Korean"


def beginnings(word):
    """The shorter beginnings of a Korean word, of two syllables and more."""
    match = HANGUL.match(word)
    return [word[:n] for n in range(2, min(match.end(), len(word) - 1) + 1)] if match else []


class search_words(nodes.Invisible, nodes.Element):
    """Words that a page is found by and doesn't show."""


def skip(translator, node):
    raise nodes.SkipNode


def keywords(source):
    """A page's keywords, from its front matter, with the glossary's Korean words for them."""
    listed = front_matter(source).get("keywords", [])
    korean = {entry["en"]: entry["ko"] for entry in read_yaml("glossary.yml")["terms"]}
    return [*listed, *(korean[word] for word in listed if word in korean)]


def sentence(source):
    """What a page is about, in a sentence: the one to remember, or the first of its text."""
    if found := re.search(r"^:remember: (.+)$", source, re.M):
        return plain(found[1])
    text = source.partition("\n---\n")[2] if source.startswith("---\n") else source
    text = re.sub(r"^([`:]{3,})\{.*?^\1[ ]*$", "", text, flags=re.M | re.S)
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    first = next((part for part in paragraphs if part[:1].isalpha()), "")
    return re.sub(":$", ".", plain(re.split(r"(?<=[.:]) ", first)[0]))


def plain(text):
    """Markdown of one sentence without its marks."""
    text = re.sub(r"\{\w+\}`(?:([^`<]*?) ?<[^`>]*>|([^`]*))`", lambda match: match[1] or match[2], text)
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("*", "").replace("`", "").replace("$", "")


def add_words(app, doctree):
    found = keywords(Path(app.env.doc2path(app.env.docname)).read_text(encoding="utf-8"))
    if found:
        doctree += search_words("", nodes.Text(" ".join(found)))


def write_scorer(app, builder):
    """Give the scorer what it knows about the pages, which the index doesn't carry, before the index is begun."""
    if builder.format != "html":
        return
    about = {}
    for name in sorted(app.env.found_docs):
        source = Path(app.env.doc2path(name)).read_text(encoding="utf-8")
        about[name] = {"words": keywords(source), "about": sentence(source)}
    known = json.dumps(about, ensure_ascii=False, sort_keys=True)
    target = Path(app.outdir).parent / "search.js"
    scorer = (HERE / "search.js").read_text(encoding="utf-8").replace("{/* pages */}", known)
    target.write_text(scorer, encoding="utf-8")
    app.config.html_search_scorer = str(target)


def setup(app):
    app.add_search_language(SearchCourse)
    app.add_search_language(SearchKorean)
    app.add_node(search_words, html=(skip, None))
    app.connect("doctree-read", add_words)
    app.connect("write-started", write_scorer)
