"""What locking down costs a submission: the same small notebook, run in locked and unlocked forks, alternating.

    python benchmarks/bench_lockdown.py [--rounds N] [--json]

Wall time from asking for a fork to its end, and the processor time of the fork itself (its start, its lock-down,
one import and five steps of Adam). The checker's side is timed as the opening of a session and one question's
cases. One thread; the load average is printed, since other work on the machine shows in the wall times.
"""

import argparse
import json
import os
import statistics
import time

os.environ["OMP_NUM_THREADS"] = "1"
SEED = "0" * 64
CELLS = (
    "import numpy as np, torch\nmodel = torch.nn.Linear(8, 1)\noptimizer = torch.optim.Adam(model.parameters())",
    "for _ in range(5):\n    optimizer.zero_grad()\n    model(torch.ones(4, 8)).sum().backward()\n    optimizer.step()",
    "import statistics, fractions\nopen('note.txt', 'w').write('x')",
)


def submission(zygote, locked):
    """Wall and processor milliseconds of one fork's whole life."""
    from autograder.executor import Session

    start, cpu = time.perf_counter(), 0.0
    with Session(zygote, trust_students=not locked) as session:
        for cell in CELLS:
            reply = session.run(cell, 20)
            assert reply.ok, reply
        cpu = time.clock_gettime(~session._process._pid << 3 | 2)
    return 1000 * (time.perf_counter() - start), 1000 * cpu


def checking(processes, assignment, question, locked):
    """Wall milliseconds until the first question's cases are there."""
    start = time.perf_counter()
    with processes.checker(assignment, SEED, lock=locked) as session:
        session.cases(question)
    return 1000 * (time.perf_counter() - start)


def measure(rounds):
    from autograder.course import Course
    from autograder.grading import Processes

    course = Course.find()
    assignment = course.assignments[0]
    question = next(name for name, q in course.questions.items() if q.assignment == assignment)
    rows = {(what, locked): [] for what in ("wall", "processor", "checker") for locked in (True, False)}
    with Processes(course) as processes:
        for number in range(rounds + 2):
            for locked in (True, False) if number % 2 else (False, True):
                wall, cpu = submission(processes.zygote, locked)
                checker = checking(processes, assignment, question, locked)
                if number >= 2:  # the first ones warm up
                    for what, value in (("wall", wall), ("processor", cpu), ("checker", checker)):
                        rows[what, locked].append(value)
    result = {"rounds": rounds, "load": [round(x, 2) for x in os.getloadavg()], "milliseconds": {}}
    for what in ("wall", "processor", "checker"):
        locked, unlocked = (statistics.median(rows[what, x]) for x in (True, False))
        pairs = [a - b for a, b in zip(rows[what, True], rows[what, False], strict=True)]
        result["milliseconds"][what] = {
            "locked": round(locked, 2),
            "unlocked": round(unlocked, 2),
            "cost": round(statistics.median(pairs), 2),
        }
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure(options.rounds)
    if options.json:
        print(json.dumps(result, indent=1))
        return
    print(f"{result['rounds']} pairs, alternating; medians in milliseconds; load average {result['load']}\n")
    print(f"{'':28}{'locked':>10}{'unlocked':>10}{'cost':>10}")
    names = {"wall": "a fork's whole life", "processor": "its processor time", "checker": "opening the checker"}
    for what, name in names.items():
        row = result["milliseconds"][what]
        print(f"{name:28}{row['locked']:10.2f}{row['unlocked']:10.2f}{row['cost']:10.2f}")


if __name__ == "__main__":
    main()
