"""The instructors' pages: commands that exist, a syllabus that adds up, oral checks about functions that are asked."""

import json
import re

import pytest
import typer
from bs4 import BeautifulSoup
from site_fixture import ROOT, pages_in_contents
from tnn.pages import plans
from tnn.pages.furniture import assignment_facts, reading_minutes

from autograder.cli import app
from autograder.course import Course

COURSE = Course(ROOT)
ORAL = (ROOT / "book" / "en" / "oral_checks.md").read_text()
NOTEBOOKS = {name: ROOT / "exercises" / name / f"{name}.ipynb" for name in COURSE.assignments}
DOCUMENTS = ["README.md", "CONTRIBUTING.md", *(f"book/en/{name}.md" for name in pages_in_contents())]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_graders_commands_and_options_exist(name):
    commands = typer.main.get_command(app).commands
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for command, rest in re.findall(r"(?<![\w`])`?autograder ([a-z]+)([^`\n]*)", code(text)):
        assert command in commands, f"{name} names autograder {command}"
        options = {option for parameter in commands[command].params for option in parameter.opts}
        named = set(re.findall(r"(?<=\s)--[a-z-]+", rest))
        assert named <= options, f"{name}: autograder {command} has no {named - options}"


def code(text):
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.S))


def test_the_check_of_commands_finds_one_that_is_missing():
    text = "Run `autograder grade --dance` and\n\n```bash\nautograder sing --loud\n```\n"
    assert re.findall(r"(?<![\w`])`?autograder ([a-z]+)([^`\n]*)", code(text)) == [("grade", " --dance"),
                                                                                 ("sing", " --loud")]  # fmt: skip


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_an_assignment_says_how_long_it_takes(name):
    said = plans.time_said(NOTEBOOKS[name])
    assert re.match(r"\d+ minutes", said), said
    optional = [q for q in COURSE.questions.values() if q.assignment == name and q.optional]
    assert plans.optional_points(NOTEBOOKS[name]) == (f"{sum(q.points for q in optional):g}" if optional else "")


def test_the_tables_hold_what_pages_and_assignments_say(site):
    page = BeautifulSoup((site / "book" / "en" / "instructors.html").read_text(), "html.parser")
    tables = [[[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in table.select("tbody tr")]
              for table in page.select(".bd-article table")]  # fmt: skip
    assignments, short, long = tables[:3]
    assert [int(row[0]) for row in assignments] == [int(name[:2]) for name in NOTEBOOKS]
    for row, (name, notebook) in zip(assignments, NOTEBOOKS.items(), strict=True):
        facts = assignment_facts(notebook)
        assert [row[3], row[4].split()[0]] == [str(facts["questions"]), facts["points"]]
        assert row[5] in plans.opening_text(notebook)
        text = ROOT / "book" / "en" / f"{name}.md"
        if text.exists():
            assert row[2] == f"{reading_minutes(text.read_text())} min"
    assert [len(short), len(long)] == [8, 14]
    first = reading_minutes((ROOT / "book" / "en" / "01_generalization.md").read_text())
    taken = plans.assignment_minutes(NOTEBOOKS["01_generalization"])
    assert short[0][2] == f"{first + taken} min"
    assert [long[0][2], long[1][2]] == [f"{first} min", f"{taken} min"]


@pytest.mark.parametrize(
    ("time", "minutes", "investigation"),
    [
        ("about 150 minutes. Question 1 takes 5.\n  The\n  investigation takes another 30 to 45.", 150, 40),
        ("about 130 minutes for questions 1 to 8: 5 for the first. The investigation another 20 to 30", 130, 25),
        ("about 30 minutes for question 1, an evening for question 2.", None, None),
    ],
)
def test_minutes_are_read_from_an_assignments_first_cell(tmp_path, time, minutes, investigation):
    path = tmp_path / "x.ipynb"
    cell = {"cell_type": "markdown", "source": [f"# X\n\n- **Time:** {time}\n"]}
    path.write_text(json.dumps({"cells": [cell]}))
    assert plans.assignment_minutes(path) == minutes
    assert plans.investigation_minutes(path) == investigation


def sections():
    """{heading: its questions, each on one line} of the oral checks."""
    parts = re.split(r"^## (.+)$", ORAL, flags=re.M)[1:]
    return {head: [" ".join(q.split()) for q in re.split(r"^\d+\. ", body, flags=re.M)[1:]]
            for head, body in zip(parts[::2], parts[1::2], strict=True)}  # fmt: skip


def test_every_assignment_has_its_oral_checks():
    for name, notebook in NOTEBOOKS.items():
        title = assignment_facts(notebook)["title"]
        found = [head for head in sections() if title.partition(":")[0] in head]
        assert found, f"{name} has no section with {title} in its heading"


@pytest.mark.parametrize("head", sections())
def test_an_oral_check_says_what_to_listen_for(head):
    questions = sections()[head]
    assert 6 <= len(questions) <= 10
    for question in questions:
        assert re.fullmatch(r"\*\*.+\*\* \*Good:\* .+ \*Copied:\* .+", question), question


@pytest.mark.parametrize("head", [head for head in sections() if "Assignment" in head])
def test_oral_checks_ask_about_functions_of_their_assignment(head):
    number = int(re.search(r"\d+", head)[0])
    name = next((name for name in COURSE.assignments if name.startswith(f"{number:02}_")), None)
    asked = set(re.findall(r"(?<=\*\*)`(\w+)`", "\n".join(sections()[head])))
    text = (ROOT / "solutions" / f"{name}.py").read_text() if name else ""
    if f"# ## {len(asked)}." in text:  # an assignment that is still being written has fewer questions
        assert {function for function in asked if not re.search(rf"(def|class) {function}\b", text)} == set()
