"""One word for one idea: the glossary itself, and what pages, assignments and messages write."""

import re

import prose
import pytest
import yaml
from site_fixture import ROOT, pages_in_contents

from autograder.course import Course

GLOSSARY = yaml.safe_load((ROOT / "book" / "glossary.yml").read_text())
TERMS = {entry["en"]: entry for entry in GLOSSARY["terms"]}
COURSE = Course(ROOT)

# Korean terms that don't hold the terms which their English is made of; the field has made them.
MADE_BY_THE_FIELD = {"gradient descent"}


def texts():
    """Everything that students read, as (name, prose): pages, the book's data, assignments, questions' messages."""
    for name in pages_in_contents():
        yield f"book/en/{name}.md", prose.of_page((ROOT / "book" / "en" / f"{name}.md").read_text())
    for name in ("README.md", "CONTRIBUTING.md"):
        yield name, prose.of_page((ROOT / name).read_text())
    yield "book/strings.yml", prose.without_formulas((ROOT / "book" / "strings.yml").read_text())
    for row in yaml.safe_load((ROOT / "book" / "sources.yml").read_text())["claims"]:
        yield f"book/sources.yml, {row['id']}", prose.without_formulas(f"{row['claim']}\n{row['statement']}")
    explained = [entry["meaning"] for entry in GLOSSARY["terms"]] + [trap["here"] for trap in GLOSSARY["traps"]]
    yield "book/glossary.yml", prose.without_formulas("\n".join(explained))
    for name in COURSE.assignments:
        yield f"solutions/{name}.py", prose.of_python((ROOT / "solutions" / f"{name}.py").read_text())
    for question in COURSE.questions.values():
        said = [question.result_name, *(text for p in question.properties for text in (p.name, p.about))]
        said += [mistake.says for mistake in question.misconceptions]
        yield f"the messages of the question {question.name}", prose.without_formulas("\n".join(said))


TEXTS = dict(texts())


@pytest.mark.parametrize("rule", GLOSSARY["avoid"], ids=lambda rule: rule["write"])
def test_texts_keep_to_the_houses_words(rule):
    found = [f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {' '.join(match[0].split())}"
             for name, text in TEXTS.items() for match in pattern(rule["avoid"]).finditer(text)]  # fmt: skip
    assert not found, "\n".join([f"write {rule['write']}; the list is in book/glossary.yml:", *found])


def pattern(avoided):
    """Whole words, across the end of a line too."""
    return re.compile(r"(?<![\w-])(?:" + avoided.replace(" ", r"\s+") + r")(?!\w)", re.I)


@pytest.mark.parametrize("rule", GLOSSARY["avoid"], ids=lambda rule: rule["write"])
def test_what_is_recommended_is_not_avoided(rule):
    recommended = rule["write"].partition(" (")[0]
    assert not any(pattern(other["avoid"]).search(recommended) for other in GLOSSARY["avoid"]), recommended


def test_avoided_words_are_found_and_others_are_left():
    page = "A mini-\nbatch of $mini-batch$ and `mini-batch`, see [this](mini-batch.html).\n"
    assert len(pattern("mini-batch").findall(prose.of_page("A mini-batch.\n"))) == 1
    assert len(pattern("data set").findall("a data\nset, two data sets, a dataset, data setting")) == 1
    assert "mini-batch" not in prose.of_page(page)
    cell = "```{code-cell} ipython3\n---\nmystnb:\n  image:\n    alt: the words\n---\nx = 'a text'\n```\n"
    assert "the words" in prose.of_page(cell)
    assert "a text" not in prose.of_page(cell)
    quiz = "````{note} The title\nBefore.\n\n```python\ncode\n```\n\nAfter.\n````\n\nThe end.\n"
    read = prose.of_page(quiz)
    assert all(word in read for word in ("The title", "Before", "After", "The end"))
    assert "code" not in read
    assert len(read.splitlines()) == len(quiz.splitlines()), "places in the text hold"


def every_term():
    return pytest.mark.parametrize("entry", GLOSSARY["terms"], ids=lambda entry: entry["en"])


@every_term()
def test_a_term_stands_in_the_course(entry):
    """In the words of `as`, where the pages use another form of it; endings aside."""
    read = [text for name, text in TEXTS.items() if name.startswith(("book/en", "solutions", "book/sources"))]
    for form in [entry["as"]] if "as" in entry else entry["en"].split(", "):
        stem = pattern(re.sub("[ey]$", "", form) + r"\w*")
        assert any(stem.search(text) for text in read), f"{form} stands on no page and in no assignment"


@every_term()
def test_a_term_is_complete(entry):
    assert {"en", "ko", "meaning"} <= set(entry) <= {"en", "as", "ko", "meaning"}
    assert re.fullmatch(r"[가-힣 ]+", entry["ko"])
    assert entry["meaning"].endswith(".")


def test_the_glossary_has_one_word_for_one_word():
    english, korean = list(TERMS), [entry["ko"] for entry in TERMS.values()]
    assert english == sorted(english, key=str.lower)
    assert len(english) == len(GLOSSARY["terms"])
    assert len(set(korean)) == len(korean)


@every_term()
def test_korean_terms_are_made_of_korean_terms(entry):
    """Batch is 배치, so batch normalization is 배치 정규화; and 정규화 stands in no term that isn't a normalization."""
    if entry["en"] in MADE_BY_THE_FIELD:
        return
    for part in TERMS.values():
        english = bool(re.search(rf"\b{re.escape(part['en'])}\b", entry["en"]))
        korean = bool(re.search(rf"\b{part['ko']}\b", entry["ko"]))
        assert english == korean, f"{entry['en']} is {entry['ko']}, but {part['en']} is {part['ko']}"


@every_term()
def test_korean_words_in_explanations_are_the_glossarys(entry):
    """A Korean word in a meaning, or in what the course says of a trap, is one of the terms or is made with one."""
    terms = {word for other in TERMS.values() for word in other["ko"].split()}
    for word in re.findall(r"[가-힣]+", entry["meaning"]):
        assert any(word.startswith(term) for term in terms) or word in BESIDE_TERMS, word


# Korean words in explanations that aren't terms themselves.
BESIDE_TERMS = {"값", "함수", "앞쪽", "뒤쪽"}
