"""The executor: one Session runs one submission's cells and probes, whatever they do.

    with Zygote() as zygote, Session(zygote, files) as session:
        session.run("import numpy as np", cpu_limit=10)
        session.probe(source, ["relu"], [wire.encode({"x": x})], cpu_limit=10)

A process that dies costs only the cell or probe that killed it: the next request finds a fresh process in
which the cells before it have been run again.
"""

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from .failures import ExecutorError, ZygoteLost
from .processes import StudentProcess, Zygote
from .sandbox import outputs as caps
from .sandbox import wire
from .watch import Death, Limits

__all__ = ["ExecutorError", "Limits", "ProbeReply", "RunReply", "Session", "StudentProcess", "Zygote"]

STOPPED = "was not run, because this notebook's process was stopped too often"


@dataclass(frozen=True)
class RunReply:
    """What one cell did. With a `death`, the reason it was stopped, there are no outputs.

    outputs: dicts {"type": "stream", "name", "text"}, {"type": "display" or "result", "data"} with
    text/plain, image/png and image/jpeg only, and {"type": "error", "ename", "evalue", "traceback"}.
    """

    ok: bool = False
    outputs: tuple[dict, ...] = ()
    truncated: bool = False
    death: str | None = None
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class ProbeReply:
    """What one probe found: names that aren't defined, or one dict per case (see sandbox/probing.py)."""

    missing: tuple[str, ...] = ()
    cases: tuple[dict, ...] = ()
    printed: str = ""
    death: str | None = None
    cpu_seconds: float = 0.0


@dataclass
class _Cell:
    message: bytes
    cpu_limit: float
    replay_deaths: int = field(default=0)


class Session:
    """The cells and probes of one submission, in notebook order."""

    def __init__(
        self,
        zygote: Zygote,
        files: Path | None = None,
        limits: Limits | None = None,
        trust_students=False,
        alone=contextlib.nullcontext,
    ):
        """Student code is locked down, unless its students are trusted.

        `alone()` is held while something that had to be stopped is tried once more: others may have been in its way.
        """
        self.deaths = 0
        self._zygote = zygote
        self._files = files
        self._limits = limits or Limits()
        self._trust_students = trust_students
        self._alone = alone
        self._cells = []
        self._process = None

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    def run(self, source: str, cpu_limit: float) -> RunReply:
        """Run a cell. Raises ExecutorError or CannotLockDown, never for what student code does."""
        message = wire.encode({"do": "run", "source": _text(source)})
        reply = self._request(message, cpu_limit, _run_reply, RunReply)
        if reply.death is None:
            self._cells.append(_Cell(message, cpu_limit))
        return reply

    def probe(self, source: str, names, inputs: list[bytes], cpu_limit: float, open_desk=None) -> ProbeReply:
        """Run a probe on what the cells so far have defined; raises as `run` does.

        open_desk: gives the desk that answers while the probe runs (see processes.py), a new one for every try: of a
        process that died nothing is left, and so nothing of what it was told.
        """
        names, inputs = list(names), list(inputs)
        message = wire.encode(
            {"do": "probe", "source": source, "names": names, "inputs": inputs, "desk": open_desk is not None}
        )
        return self._request(message, cpu_limit, _probe_reply(names, len(inputs)), ProbeReply, open_desk)

    def close(self):
        """End the process and remove its files. A later request would start afresh and replay."""
        process, self._process = self._process, None
        if process:
            with contextlib.suppress(ZygoteLost):  # then its forks are gone too
                process.end()

    def _request(self, message, cpu_limit, parse, kind, open_desk=None):
        died = lost = False
        with contextlib.ExitStack() as stack:
            while True:
                try:
                    if not self._revive():
                        return kind(death=STOPPED)
                    try:
                        reply, seconds = self._process.ask(message, cpu_limit, open_desk and open_desk())
                        return parse(reply, seconds)
                    except Death as death:
                        self._end_process()
                        if self._limits.retry and not died:
                            died = True
                            stack.enter_context(self._alone())
                            continue
                        self.deaths += 1
                        return kind(death=death.reason, cpu_seconds=death.cpu_seconds)
                except ZygoteLost:
                    self.close()
                    if lost:
                        raise ExecutorError("the grading process was lost twice in a row") from None
                    lost = True
                except BaseException:
                    self.close()
                    raise

    def _end_process(self):
        process, self._process = self._process, None
        process.end()

    def _revive(self):
        """Have a process in which the cells so far have run; False if it was stopped too often for that."""
        while self._process is None:
            if self.deaths >= self._limits.max_deaths:
                return False
            self._process = self._zygote.spawn(self._files, self._limits, self._trust_students)
            for cell in self._cells:
                try:
                    _run_reply(*self._process.ask(cell.message, cell.cpu_limit))
                except Death:
                    self._end_process()
                    cell.replay_deaths += 1
                    if cell.replay_deaths > self._limits.retry:
                        self._cells.remove(cell)
                        self.deaths += 1
                    break
        return self.deaths < self._limits.max_deaths


def _text(source):
    """A notebook's JSON can hold lone surrogates, which Python wouldn't compile either."""
    return source.encode("utf-8", "replace").decode()


# ---- replies come from beside student code: everything about them is checked, and nothing is repaired


def _run_reply(reply, seconds):
    _check(type(reply) is dict and set(reply) == {"ok", "outputs", "truncated"})
    _check(type(reply["ok"]) is bool and type(reply["truncated"]) is bool)
    outputs = reply["outputs"]
    _check(type(outputs) is list and len(outputs) <= caps.MAX_OUTPUTS + caps.MAX_ERRORS + 1)
    for output in outputs:
        _check(type(output) is dict and output.get("type") in _OUTPUTS)
        _OUTPUTS[output["type"]](output)
    _check(sum(_text_size(output) for output in outputs) <= 2 * caps.MAX_TEXT + 4 * caps.MAX_TRACEBACK)
    return RunReply(reply["ok"], tuple(outputs), reply["truncated"], None, seconds)


def _stream(output):
    _strings(output, "type", "name", "text")
    _check(output["name"] in ("stdout", "stderr"))


def _error(output):
    _strings(output, "type", "ename", "evalue", "traceback")


def _display(output):
    _check(set(output) == {"type", "data"} and type(output["data"]) is dict)
    for mime, value in output["data"].items():
        if mime == "text/plain":
            _check(type(value) is str)
        else:
            _check(mime in caps.IMAGES and type(value) is bytes and len(value) <= caps.MAX_IMAGES)
            _check(value.startswith(caps.IMAGES[mime]))


_OUTPUTS = {"stream": _stream, "error": _error, "display": _display, "result": _display}


def _text_size(output):
    data = output.get("data", output)
    return sum(len(value) for value in data.values() if type(value) is str)


def _probe_reply(names, count):
    def parse(reply, seconds):
        _check(type(reply) is dict and set(reply) == {"missing", "cases", "printed"})
        missing, cases, printed = reply["missing"], reply["cases"], reply["printed"]
        _check(type(missing) is list and all(type(name) is str for name in missing))
        _check(set(missing) <= set(names) and len(missing) <= len(names))
        _check(type(cases) is list and len(cases) == (0 if missing else count))
        for case in cases:
            _case(case)
        _check(type(printed) is str and len(printed) <= 4096)
        return ProbeReply(tuple(missing), tuple(cases), printed, None, seconds)

    return parse


def _case(case):
    _check(type(case) is dict)
    if case.get("status") == "ok":
        _check(set(case) == {"status", "value", "after"})
        _check(type(case["value"]) is bytes and type(case["after"]) is bytes)
    elif case.get("status") == "error":
        _check(type(case.get("lineno")) is int and 0 <= case["lineno"] < 2**31)
        _strings({key: value for key, value in case.items() if key != "lineno"}, *_ERROR_KEYS, size=400)
    else:
        _check(case.get("status") == "unencodable")
        _strings(case, "status", "reason", size=400)


_ERROR_KEYS = ("status", "ename", "evalue", "line")


def _strings(values, *keys, size=2**20):
    _check(set(values) == set(keys))
    _check(all(type(value) is str and len(value) <= size for value in values.values()))


def _check(condition):
    if not condition:
        raise Death("sent a malformed reply")
