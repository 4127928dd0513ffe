"""What an assignment costs a student to run from top to bottom, printed: processor seconds, not wall time."""

import pytest

from autograder.course import Course
from autograder.executor import Session, Zygote
from autograder.master import Master
from autograder.release import load_release

COURSE = Course.find()


@pytest.fixture(scope="module")
def zygote():
    with Zygote() as zygote:
        yield zygote


@pytest.mark.parametrize("assignment", COURSE.assignments)
def test_an_assignments_own_compute(assignment, zygote, capsys):
    """Budget: 5 s for the whole assignment, 2 s for a visible test. Printed here; slow machines must not fail it."""
    release, master = load_release(COURSE, assignment), Master(COURSE.master(assignment), COURSE.questions)
    sources = dict(master.namespace_sources())
    used = {}
    with Session(zygote, release.path.parent) as session:
        for grade_id, cell in release.cells.items():
            if cell.cell_type == "code" and cell.role != "graded":
                reply = session.run(sources.get(grade_id, cell.source), cpu_limit=120)
                assert reply.death is None, (grade_id, reply.death)
                assert reply.ok or cell.role == "investigation", (grade_id, reply.outputs)
                used[grade_id] = reply.cpu_seconds
    visible = max(seconds for grade_id, seconds in used.items() if grade_id.startswith("visible"))
    with capsys.disabled():
        print(f"\n{assignment}: {sum(used.values()):.2f} s of 5 s; slowest visible test {visible:.2f} s of 2 s")
