"""How many processors there are, and how much time on them each cell may use.

A cell may use twenty times what the master's own needs here, 10 s in any case, and what its question promises.
"""

import functools
import os

FLOOR = 10.0
FACTOR = 20.0
OVERRIDE = "AUTOGRADER_CPU_LIMIT"


def cores():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_limits(release, processes):
    """Processor seconds by grade_id; the entry "" is for cells the assignment does not know.

    AUTOGRADER_CPU_LIMIT, in seconds, sets one limit for all. Otherwise every cell has FLOOR seconds at once, and what
    the master's own time allows beyond that is measured when somebody needs it: once for each assignment and
    machine, by running the master's cells through the same sandbox.
    """
    if fixed := os.environ.get(OVERRIDE):
        return dict.fromkeys(release.cells, float(fixed)) | {"": float(fixed)}
    cache = processes.__dict__.setdefault("cpu_limits", {})
    if release.hash not in cache:
        measured = functools.cache(lambda: _measure(release, processes))
        cache[release.hash] = {grade_id: CpuLimit(grade_id, measured) for grade_id in (*release.cells, "")}
    return cache[release.hash]


class CpuLimit(float):
    """FLOOR seconds to begin with. `settled()` is the limit itself, which may have to be measured first."""

    def __new__(cls, grade_id, measured):
        made = super().__new__(cls, FLOOR)
        made.settled = lambda: measured().get(grade_id, FLOOR)
        return made


def _measure(release, processes):
    from .executor import Session
    from .master import Master

    course = processes.course
    master = Master(course.master(release.assignment), course.questions)
    used, promised = {}, {}
    files = release.path.parent if release.data_files() else None
    with Session(processes.zygote, files, trust_students=True) as session:  # the master is no student's
        checker = processes.checker(release.assignment, "limits", lock=False)
        with checker:
            sources = dict(master.namespace_sources())
            for grade_id, cell in release.cells.items():
                if cell.role == "graded":
                    cases = checker.cases(cell.name)
                    names, inputs = cases["names"], cases["inputs"]
                    desks = {p: checker.desk_opener(cell.name, p) for p in cases["desks"]}
                    replies = [
                        session.probe(cases["probes"][p], names[p], inputs[p], 600, desks.get(p)) for p in inputs
                    ]
                    used[grade_id] = max(r.cpu_seconds for r in replies)
                    promised[grade_id] = cases["seconds"]
                elif cell.cell_type == "code":
                    used[grade_id] = session.run(sources.get(grade_id, cell.source), 600).cpu_seconds
    return {g: max(FLOOR, FACTOR * seconds, promised.get(g, 0.0)) for g, seconds in used.items()} | {
        "": max(FLOOR, FACTOR * sum(used.values()))
    }
