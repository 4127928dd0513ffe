"""Grade the sample class into demo/, as an instructor would grade a real one."""

import sys
from pathlib import Path

from .cli_grade import show_class
from .course import Course, CourseError
from .failures import CannotLockDown
from .grade import Grader
from .handback import export_grades, write_feedback
from .limits import cores
from .options import err, out
from .samples import load_samples, write_submission


def grade_samples(course, folder):
    """Build every sample into `folder`/submitted and grade them. Returns (samples, graded submissions)."""
    samples = [s for a in course.assignments for s in load_samples(course.root / "samples" / a)]
    if not samples:
        raise CourseError("there are no sample submissions")
    for sample in samples:
        write_submission(course, sample.name, sample.assignment, sample.text, Path(folder) / "submitted")
    assignments = sorted({s.assignment for s in samples})
    try:
        done = Grader(course, Path(folder) / "submitted", folder).grade(assignments, workers=cores())
    except CannotLockDown as error:
        err.print(
            f"note: student code can't be locked down on this machine ({error.reason}). The samples are the course's "
            "own and are graded without it; for others' notebooks, see `autograder doctor`",
            markup=False,
            soft_wrap=True,
        )
        grader = Grader(course, Path(folder) / "submitted", folder, trust_students=True)
        done = grader.grade(assignments, workers=cores())
    return samples, done


def surprises(samples, done):
    """Sentences about marks that differ from what the samples expect."""
    marks = {(s.student, s.assignment): s for s in done}
    found = []
    for sample in samples:
        mark = marks.get((sample.name, sample.assignment))
        if mark is None or mark.status == "failed":
            found.append(f"{sample.name} was not graded: {mark.reason if mark else 'no mark'}")
        else:
            points = {q["id"]: q["points"] for q in mark.questions}
            if not sample.got(points):
                found.append(f"{sample.name} got {points}, expected {sample.expected}")
    return found


def main():
    course = Course.find()
    folder = course.root / "demo"
    samples, done = grade_samples(course, folder)
    show_class(done)
    made = (folder / "grades.csv").is_file() and (folder / "report" / "index.html").is_file()
    if not made or not all(s.cached for s in done):
        from .report.pages import write_report  # not where there is nothing to do: it takes a while to load

        write_feedback(course, course.assignments, folder)
        export_grades(folder, "csv")
        write_report(course, folder)
    out.print(f"gradebook, feedback, grades.csv and the class report are in {folder.name}/")
    if wrong := surprises(samples, done):
        err.print("\n".join(wrong))
        sys.exit(1)


if __name__ == "__main__":
    main()
