"""How a run is going: a line that renews itself on a terminal, and a line now and then in a file.

What was known from an earlier run counts as done, but not for the rate.
"""

import contextlib
import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

EVERY = 30  # seconds between lines where nobody watches them


class Counted:
    """What there is to say about a run so far."""

    def __init__(self, clock=time.monotonic):
        self.clock, self.started = clock, clock()
        self.done = self.total = self.graded = self.problems = 0

    def add(self, found, done, total):
        self.done, self.total = done, total
        self.graded += not found.cached
        self.problems += found.status == "failed"

    def as_text(self):
        seconds = max(self.clock() - self.started, 1e-9)
        rate = self.graded / seconds
        parts = [f"{rate:.1f} a second" if rate >= 1 else f"{60 * rate:.1f} a minute"] if self.graded else []
        if rate and self.done < self.total:
            parts.append(f"{duration((self.total - self.done) / rate)} left")
        if self.problems:
            parts.append(f"{self.problems} not graded")
        return ", ".join(parts)


def duration(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


@contextlib.contextmanager
def live_progress(console):
    """A function to be called with each GradedSubmission, how many are done, and how many there are."""
    counted = Counted()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[says]}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("grading", total=None, says="")
        last = counted.started

        def progress(found, done, total):
            nonlocal last
            counted.add(found, done, total)
            bar.update(task, completed=done, total=total, says=counted.as_text())
            if not console.is_terminal and counted.clock() - last >= EVERY:
                last = counted.clock()
                console.print(f"{done} of {total} done, {counted.as_text()}", markup=False, soft_wrap=True)

        yield progress
