"""What every attack gains: against what it is known to beat, and against this grader. Takes some twenty minutes.

    python benchmarks/attacks_table.py [--record] [--json FILE] [attack ...]

It prints a table in Markdown. Attacks: tests/attacks/. "stock" is stock nbgrader with hidden tests of plain asserts,
"kernel" is stock nbgrader that runs this course's own release, "unlocked" is this grader with --trust-students.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "book" / "attacks.json"  # what the page Threat model shows
sys.path.insert(0, str(ROOT / "tests"))

import attack_runs  # noqa: E402
import attacking  # noqa: E402

from autograder.samples import build  # noqa: E402


def against_others(attacks, folder):
    """The outcome of each attack where it is known to succeed, by name."""
    found = {}
    for opponent in ("stock", "kernel", "unlocked"):
        group = [a for a in attacks if a.control == opponent]
        if group:
            print(f"{len(group)} attacks against {opponent}", file=sys.stderr)
            template = attack_runs.make_world(folder / opponent, opponent)
            found |= attack_runs.controls(template, group, folder / "copy")
    return found


def against_this(attacks, folder):
    """The outcome of each attack here, all of them in one class."""
    print(f"{len(attacks)} attacks against this grader", file=sys.stderr)
    world = attack_runs.make_world(folder / "ours")
    attack_runs.choose_port(world)
    for attack in attacks:
        world.let_loose(attack, lambda text: build(attacking.course_of(world), attacking.ASSIGNMENT, text))
    before = world.snapshot()
    done, _ = attack_runs.grade_class(world, patience=3600)
    found = {a.name: attack_runs.judge(world, a, before, done) for a in attacks}
    for attack in attacks:
        if attack.expected != attacking.BASE_MARKS:  # it had spoilt its own notebook
            found[attack.name].won.discard("upset")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, help="also write the outcomes to a file")
    parser.add_argument("--record", action="store_const", const=RECORD, dest="json", help="write them for the book")
    parser.add_argument("names", nargs="*", metavar="attack", help="all of them by default")
    options = parser.parse_args()
    known = attacking.load_attacks()
    attacks = [known[name] for name in options.names or known]
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        there, here = against_others(attacks, Path(folder)), against_this(attacks, Path(folder))
    rows = [
        {
            "attack": attack.name,
            "tries": attack.about,
            "against": attack.control,
            "there": there[attack.name].gains(),
            "here": here[attack.name].gains(),
            "because": attack.exception,
            "fixture": attacking.digest(attack.name),
        }
        for attack in attacks
    ]
    print("| attack | what it gains | where | what it gains here |\n|---|---|---|---|")
    for row in rows:
        note = f" ({row['because']})" if row["because"] else ""
        print(f"| {row['attack'].replace('_', ' ')} | {row['there']} | {row['against']} | {row['here']}{note} |")
    failing = [row["attack"] for row in rows if row["there"] == "nothing"]
    winning = [row["attack"] for row in rows if row["here"] != "nothing" and not row["because"]]
    print(f"\n{len(rows)} attacks; duds: {failing or 'none'}; successes here: {winning or 'none'}")
    if options.json:
        options.json.write_text(json.dumps({"attacks": rows}, indent=1) + "\n")
    return 1 if failing or winning else 0


if __name__ == "__main__":
    sys.exit(main())
