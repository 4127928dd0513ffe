"""The parts that pages are written with: quizzes, notebooks, reading times, figures' words."""

import colorsys
import itertools
import re

import pytest
from docutils import nodes
from tnn import style
from tnn.pages import figures, furniture, notebooks, quiz

GOOD = ["More of the question.", "", "- [ ] a :: why", "  it isn't", "- [x] b :: $a :: b$ is why"]


def test_a_quiz_is_read():
    assert quiz.read_quiz(GOOD) == (
        "More of the question.",
        [(False, "a", "why it isn't"), (True, "b", "$a :: b$ is why")],
    )


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([], "two answers"),
        (["- [x] only :: one"], "two answers"),
        (["- [ ] a :: why", "- [ ] b :: why"], "exactly one right answer"),
        (["- [x] a :: why", "- [x] b :: why"], "exactly one right answer"),
        (["- [x] a :: why", "- [ ] b"], "'b' has none"),
        (["- [x] a :: why", "- [ ] b :: "], "'b' has none"),
        (["- [x] a :: why", "- [ ] b :: why", "after the end"], "after the end"),
    ],
)
def test_a_quiz_that_cannot_stand_is_refused(lines, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        quiz.read_quiz(lines)


def test_a_notebook_is_plain_markdown():
    plain = notebooks.plain(
        "(an-anchor)=\n# Title\n\n% a comment\n:::{note}\n"
        "See {doc}`intro` and {numref}`fig-x`, {cite:t}`ioffe2015batch`.\n"
        ":::\n\n$$\nx\n$$ (eq-x)\n\n```python\n{cite}`stays`\n```\n\n```{quiz} Why?\n:name: quiz-x\n\n"
        "- [ ] a :: b\n- [x] c :: d\n```\n\n```{claim} N17\n```\n\n```{live}\n```"
    )
    assert "> **Note**\n>\n> See intro and the figure, Ioffe and Szegedy (2015)." in plain
    assert "$$\nx\n$$" in plain
    assert "{cite}`stays`" in plain
    assert "A. a" in plain
    assert "B. **Right.** d" in plain
    assert "**Verdict:** wrong." in plain
    for gone in ["an-anchor", "comment", "eq-x", "quiz-x", "{live}", ":::"]:
        assert gone not in plain


@pytest.mark.parametrize("text", ["```{mermaid}\ngraph\n```", "{download}`x`", "```{note}\nnever closed"])
def test_what_a_notebook_cannot_show_is_refused(text):
    with pytest.raises(ValueError, match="plain form|never closed"):
        notebooks.plain(text)


def test_reading_minutes_grow_with_the_page():
    prose, cell = "word " * 1800, "```{code-cell}\nx = 1\n```\n"
    header = "---\nkernelspec: x\n---\n"
    assert furniture.reading_minutes(header + prose) == 10
    assert furniture.reading_minutes(header + prose + cell * 20) == 20
    assert furniture.reading_minutes(header + "short") == 5


def test_a_figure_needs_a_caption_and_an_alternative_text():
    def found(alt, caption):
        image = nodes.image(uri="x.svg", alt=alt)
        figure = nodes.figure("", image, *([nodes.caption("", caption)] if caption else []))
        assert figure.children[0] is image
        return " ".join(figures.complaints(image))

    words = "Line chart of the loss over steps, falling from two to one."
    assert found(words, "The loss falls.") == ""
    assert "no caption" in found(words, "")
    assert "alternative text" in found("6baeaa9b37f6.svg", "The loss falls.")
    assert "same words" in found(words, words)
    assert "no caption" in " ".join(figures.complaints(nodes.image(alt=words)))


# The figures' colours -----------------------------------------------------------------------------------------

# Machado, Oliveira and Fernandes (2009), severity 1: linear RGB as seen without red, green or blue cones.
BLINDNESS = {
    "none": [(1, 0, 0), (0, 1, 0), (0, 0, 1)],
    "protan": [(0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)],
    "deutan": [(0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)],
    "tritan": [(1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)],
}


def linear(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(rgb):
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


@pytest.mark.parametrize("colour", style.COLOURS)
def test_a_line_stands_out_from_the_white_card(colour):
    assert 1.05 / (luminance(linear(colour)) + 0.05) >= 3  # WCAG's contrast for graphics


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_lines_differ_in_colour_or_dashes_to_every_eye(blindness):
    cycle = list(style.SETTINGS["axes.prop_cycle"])
    assert [entry["color"] for entry in cycle] == style.COLOURS
    for a, b in itertools.combinations(cycle, 2):
        assert a["linestyle"] != b["linestyle"]
    for a, b in itertools.combinations(style.COLOURS[:2], 2):  # most figures have two lines
        assert abs(lightness(a, blindness) - lightness(b, blindness)) + hue_apart(a, b, blindness) > 0.2


def seen(colour, blindness):
    return [sum(m * c for m, c in zip(row, linear(colour), strict=True)) for row in BLINDNESS[blindness]]


def lightness(colour, blindness):
    return max(0, luminance(seen(colour, blindness))) ** (1 / 3)


def hue_apart(a, b, blindness):
    first, second = (colorsys.rgb_to_hsv(*(min(max(c, 0), 1) for c in seen(x, blindness)))[0] for x in (a, b))
    return min(abs(first - second), 1 - abs(first - second))
