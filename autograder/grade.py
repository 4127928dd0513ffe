"""Grade a class: every submission once, into a gradebook that survives anything.

A submission whose bytes, release and grading code are unchanged is not graded again. One that can't be read gets
0 with the reason, one that fails for a reason of ours is reported, and neither stops the others.
"""

import contextlib
import itertools
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import replace
from functools import cache
from pathlib import Path

from .changes import total, write_changes
from .course import CourseError
from .database import open_database
from .failures import ExecutorError
from .pool import Here, Workers
from .receipts import Record
from .release import load_release
from .shared import shared_processes
from .submissions import GradedSubmission, Waiting, note_outcome, state_path

__all__ = ["GradedSubmission", "Grader", "note_outcome", "state_path"]


class Grader:
    """Grades submissions from `submitted` into `out`. Raises CourseError for what a user can mend first.

    Student code is locked down; where it can't be, nothing is graded, unless with `trust_students`.
    """

    def __init__(self, course, submitted, out, trust_students=False, db=None):
        self.trust_students = trust_students
        self.course, self.submitted, self.out = course, Path(submitted).resolve(), Path(out).resolve()
        if not self.submitted.is_dir():
            raise CourseError(
                f"there is no folder {submitted}: put submissions there as <student>/<assignment>/<assignment>.ipynb"
            )
        self.out.mkdir(parents=True, exist_ok=True)
        self.database = open_database(self.out, db)
        self.receipts = Record(self.out)
        self.fingerprint = course.fingerprint()
        self.changes_path = None  # where the last run listed the marks that changed, if any did

    def submissions(self, assignments, students=()):
        """(student, assignment) pairs that were handed in, in order. Raises CourseError for an unknown student."""
        present = sorted(p.name for p in self.submitted.iterdir() if p.is_dir() and not p.name.startswith("."))
        if unknown := [s for s in students if s not in present]:
            raise CourseError(f"nothing was handed in by {unknown[0]!r} in {self.submitted}")
        chosen = [s for s in present if not students or s in students]
        return [(s, a) for a in assignments for s in chosen if (self.submitted / s / a).is_dir()]

    def grade(self, assignments, students=(), regrade=False, progress=None, workers=1, pool=None):
        """Grade what has changed, or everything with `regrade`. Returns a GradedSubmission for each.

        Several `workers` are processes that grade beside each other; a `pool` (see pool.py) takes their place.
        Results come in any order, are written one after another, and each is kept as soon as it is written.
        """
        pairs = self.submissions(assignments, students)
        if not pairs:
            raise CourseError(f"no submissions for {', '.join(assignments)} in {self.submitted}")
        with self.database.run(), self.database.explained():
            return self._grade(pairs, regrade, progress, workers, pool)

    def compare(self, assignments, students=(), progress=None, workers=1, pool=None):
        """Grade everything again and write nothing. Returns GradedSubmissions with what would change."""
        pairs = self.submissions(assignments, students)
        if not pairs or not self.database.exists():
            raise CourseError(f"there is nothing to compare with in {self.database.shown}: grade something first")
        with self.database.run(), self.database.explained(), contextlib.ExitStack() as stack:
            releases, waiting = self._waiting(pairs)
            rules = self._rules()
            pool = stack.enter_context(pool or self._pool(max(1, min(workers, len(waiting)))))
            book, done = stack.enter_context(self.database.book()), {}
            for w, _, result in _in_pool(pool, waiting, self.database.secret(), self.trust_students):
                found = done[w.pair] = w.blank()
                found.take_result(result)
                if not isinstance(result, Exception):
                    before, withdrawn = book.marks(w.student, w.assignment), rules.withdrawn.get(w.assignment, {})
                    after = {
                        g: replace(old, auto=result.grades.get(g, old.auto))
                        for g, old in before.items()
                        if g.partition("_")[2] not in withdrawn
                    }
                    found.take_changes(before, before | after, w.previous_work(), withdrawn)
                    found.score = total(before | after)
                if progress:
                    progress(found, len(done), len(waiting))
            return [done[pair] for pair in pairs]

    def _waiting(self, pairs):
        releases = {a: load_release(self.course, a) for a in {a for _, a in pairs}}
        return releases, [Waiting(self, *pair, releases[pair[1]]) for pair in pairs]

    def _rules(self):
        from .settle import Rules

        return Rules.of(self.course, self.database)

    def _grade(self, pairs, regrade, progress, workers, pool):
        releases, waiting = self._waiting(pairs)
        stored = {} if regrade else {w.pair: w.stored() for w in waiting}
        new = [w for w in waiting if not stored.get(w.pair)]
        done = {}
        try:
            with contextlib.ExitStack() as stack:

                @cache
                def started():
                    return stack.enter_context(pool or self._pool(max(1, min(workers, len(new)))))

                if new:
                    started()  # its processes load meanwhile
                self._all(done, waiting, stored, started, releases, progress)
        finally:
            self.changes_path = write_changes(self.out / "changes", done.values())
        return [done[pair] for pair in pairs]

    def _pool(self, workers):
        if workers > 1:
            return Workers(self.course, workers)
        processes = shared_processes()
        processes.launch()
        return Here(processes)

    def _all(self, done, waiting, stored, started, releases, progress):
        """Take what is known from earlier runs, have the pool grade the rest: `done` gets it by (student, assignment).

        What the gradebook doesn't have, although a file says that it was graded, is graded again.
        """
        from . import gradebook  # noqa: F401 (imports all of nbgrader, while the pool's processes load)

        new = [w for w in waiting if not stored.get(w.pair)]
        rules, backup = self._rules(), cache(self.database.backup)

        def finished(w, found):
            found.take_withdrawn(rules.withdrawn.get(w.assignment, {}))
            done[w.pair] = found
            if progress:
                progress(found, len(done), len(waiting))

        with contextlib.ExitStack() as stack:
            book = None
            if len(new) < len(waiting) and self.database.exists():
                book = stack.enter_context(self.database.book())
                book.settle(releases, rules, backup)
                scores = book.scores(releases)
            else:
                scores = {}
            for w in waiting:
                if (known := stored.get(w.pair)) and w.pair in scores:
                    known.take_score(scores[w.pair])
                    known.cached = True
                    finished(w, known)
            new = [w for w in waiting if w.pair not in done]
            if not new:
                return
            graded = _in_pool(started(), new, self.database.secret(), self.trust_students)
            first = next(graded)  # where student code can't be locked down, this raises before anything is touched
            backup()
            book = book or stack.enter_context(self.database.book())
            for release in releases.values():
                self.database.enter(book, release)
            book.settle(releases, rules)
            for w, job, result in itertools.chain([first], graded):
                finished(w, self._write(book, w, job, result, rules.withdrawn.get(w.assignment, {})))

    def _write(self, book, w, job, result, withdrawn):
        """Store what came of one submission. Returns its GradedSubmission."""
        found = w.blank()
        if job is not None:
            self.receipts.add(job)
        if isinstance(result, Exception):
            found.take_result(result)
            return found
        previous, before = w.previous_work(), book.marks(w.student, w.assignment)
        w.state_path.unlink(missing_ok=True)
        try:
            book.record(job, result, w.data_files)
            found.take_score(book.score(w.student, w.assignment))
        except ExecutorError as error:
            found.take_result(error)
            return found
        found.take_result(result)
        found.take_changes(before, book.marks(w.student, w.assignment) if before else {}, previous, withdrawn)
        if note := book.unread_time(job):
            found.notes.append(note)
        try:
            note_outcome(w.state_path, found, w.key if result.lasting else "")
        except OSError as error:
            found.status, found.reason = "failed", f"that it was graded could not be noted down: {error}"
        return found


def _in_pool(pool, waiting, secret, trust_students):
    """Yield (waiting, job, Graded or the exception) as the pool gets them done. Raises CourseError.

    No more submissions than the pool needs are read at a time.
    """
    rest, running = iter(waiting), {}
    while True:
        for w in itertools.islice(rest, max(0, 2 * pool.lanes - len(running)) if pool.lanes > 1 else 1):
            try:
                job = w.job(secret, trust_students)
            except (ExecutorError, OSError) as error:
                yield w, None, error
                continue
            running[pool.submit(job)] = w, job
        if not running:
            if (w := next(rest, None)) is None:
                return
            rest = itertools.chain([w], rest)
            continue
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            w, job = running.pop(future)
            error = future.exception()
            if isinstance(error, CourseError):  # nobody's submission: student code can't be locked down, say
                raise error
            yield w, job, error if error is not None else future.result()
