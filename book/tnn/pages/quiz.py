"""The directive `quiz`: a question, its answers, and why each is right or wrong.

In the page's HTML it is a question, a list, and the explanations folded away; all of it can be read as it is.
book/assets/quiz.js makes it a question to answer in place.
"""

import re

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from tnn.pages import html
from tnn.pages.words import words

ANSWER = re.compile(r"^- \[([ xX])\] ?(.*)$")


def read_quiz(lines):
    """(question, [(right, answer, explanation)]) of a quiz's source. Raises ValueError if it can't stand so."""
    question, answers = [], []
    for line in lines:
        start = ANSWER.match(line)
        if start:
            answers.append((start[1] != " ", [start[2]]))
        elif not answers:
            question.append(line)
        elif line.strip() and not line.startswith(" "):
            raise ValueError(f"a quiz ends with its answers, but then comes {line!r}")
        else:
            answers[-1][1].append(line.strip())
    return "\n".join(question).strip(), checked([(right, *split(" ".join(text))) for right, text in answers])


def split(text):
    answer, _, explanation = text.partition(" :: ")
    return answer.strip(), explanation.strip()


def checked(answers):
    if len(answers) < 2:
        raise ValueError("a quiz needs two answers or more, each a line `- [ ] answer :: why`")
    right = sum(right for right, *_ in answers)
    if right != 1:
        raise ValueError(f"a quiz needs exactly one right answer, `- [x] …`; this one has {right}")
    for _, answer, explanation in answers:
        if not answer or not explanation:
            raise ValueError(f"every answer needs an explanation after ` :: `, and {answer!r} has none")
    return answers


class Quiz(SphinxDirective):
    """```{quiz} A question? with `:name: quiz-something` and a line `- [ ] answer :: why` for each answer."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"name": directives.unchanged_required}

    def run(self):
        name = self.options.get("name", "")
        if not re.fullmatch(r"quiz-[a-z0-9-]+", name):
            raise self.error("a quiz needs an option `:name: quiz-something`: readers link to it")
        try:
            question, answers = read_quiz(self.content)
            return [self.build(name, "\n\n".join(filter(None, [*self.arguments, question])), answers)]
        except ValueError as error:
            raise self.error(f"{name}: {error}") from None

    def build(self, name, question, answers):
        say, asked = words(self.config.language), f"{name}-question"
        listed = html.make("ol", classes=["answers"], type="A")
        explained = html.make("ol", type="A")
        for right, answer, explanation in answers:
            verdict = html.make("strong", text=say["right" if right else "wrong"])
            listed += html.make("li", *html.parse_inline(self, answer))
            explained += html.make("li", verdict, nodes.Text(" "), *html.parse_inline(self, explanation),
                                   data_right="true" if right else None)  # fmt: skip
        box = html.make("div", classes=["tnn-quiz"], role="group", aria_labelledby=asked, data_check=say["check"],
                        data_choose=say["choose"])  # fmt: skip
        box += html.make("div", *html.parse(self, question), classes=["question"], ids=[asked])
        box += listed
        box += html.make("details", html.make("summary", text=say["explained"]), explained)
        self.add_name(box)
        return box


def setup(app):
    app.add_directive("quiz", Quiz)
