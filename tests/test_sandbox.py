"""What a student process does with cells and probes that mean no harm: a notebook's habits all work."""

import numpy as np
import pytest

from autograder.executor import Limits, Session, Zygote
from autograder.sandbox import outputs, wire
from autograder.sandbox.outputs import Recorder

CALL = "def probe(answer, inputs):\n    return answer(**inputs)\n"


@pytest.fixture(scope="module")
def zygote():
    with Zygote() as zygote:
        yield zygote


@pytest.fixture
def session(zygote):
    with Session(zygote, limits=Limits(retry=False)) as session:
        yield session


@pytest.fixture
def run(session):
    def run(source):
        reply = session.run(source, cpu_limit=20)
        assert reply.death is None
        return reply

    return run


@pytest.fixture
def shown(run):
    """The text a cell prints, then the text of what it displays and returns."""

    def shown(source):
        reply = run(source)
        assert reply.ok, reply.outputs
        return "".join(o["text"] if o["type"] == "stream" else o["data"]["text/plain"] for o in reply.outputs)

    return shown


def probe(session, source, name, **inputs):
    reply = session.probe(source, [name], [wire.encode(inputs)], cpu_limit=20)
    assert reply.death is None
    return reply


def probed(session, source, name, **inputs):
    (case,) = probe(session, source, name, **inputs).cases
    assert case["status"] == "ok", case
    return wire.decode(case["value"])


# ---- cells


def test_state_results_and_streams_in_order(run):
    assert run("x = 20\nprint('set')").outputs == ({"type": "stream", "name": "stdout", "text": "set\n"},)
    reply = run("import sys\nprint('a', file=sys.stderr)\nprint('b')\ndisplay(1)\nprint('c')\nx + 1")
    assert [(o["type"], o.get("name")) for o in reply.outputs] == [
        ("stream", "stderr"),
        ("stream", "stdout"),
        ("display", None),
        ("stream", "stdout"),
        ("result", None),
    ]
    assert reply.outputs[-1]["data"] == {"text/plain": "21"}


def test_names_of_a_notebook(shown):
    assert shown("6 * 7") == "42"
    assert shown("_, Out[1], In[1], __name__") == "(42, 42, '6 * 7', '__main__')"
    assert shown("1;") == ""
    assert "Return the number of items" in shown("len?")


@pytest.mark.parametrize(
    ("source", "ename", "evalue"),
    [
        ("1 / 0", "ZeroDivisionError", "division by zero"),
        ("def f(:", "SyntaxError", "invalid syntax"),
        ("import sys; sys.exit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("raise ExceptionGroup('several', [ValueError()])", "ExceptionGroup", "several"),
        ("input('name? ')", "RuntimeError", "nobody sits at the keyboard"),
        ("import getpass; getpass.getpass()", "RuntimeError", "nobody sits at the keyboard"),
        ("class E(Exception):\n    def __str__(self): raise self\nraise E", "E", ""),
        ("import autograder.questions", "ModuleNotFoundError", "autograder"),
        ("x = [0]\nx[1]", "IndexError", "out of range"),
        ("def f(): f()\nf()", "RecursionError", "maximum recursion"),
        ("import numpy as np\nnp.ones(2**40)", "MemoryError", "allocate"),
    ],
)
def test_errors_are_outputs(run, source, ename, evalue):
    reply = run(source)
    (error,) = [o for o in reply.outputs if o["type"] == "error"]
    assert not reply.ok
    assert error["ename"] == ename
    assert evalue in error["evalue"]
    assert "sandbox/" not in error["traceback"]
    assert "\x1b" not in error["traceback"]
    assert run("print(1)").ok


def test_a_traceback_shows_the_line(run):
    (error,) = run("def f(x):\n    return 1 / x\n\nf(0)").outputs
    assert "----> 2     return 1 / x" in error["traceback"]


def test_top_level_await(shown):
    assert shown("import asyncio\nawait asyncio.sleep(0.001, 'slept')") == "'slept'"
    assert shown("async def f(): return 5\nasyncio.run(f())") == "5"
    assert shown("import subprocess, sys; sys.stdout.isatty()") == "False"


@pytest.mark.parametrize(
    "source",
    [
        "!echo ran",
        "x = !echo ran\nassert x == []",
        "!!echo ran",
        "%%bash\necho ran",
        "%%sh\necho ran",
        "%%script python\nprint('ran')",
        "%pip install numpy",
        "%conda install numpy",
        "%sx echo ran",
        "%system echo ran",
        "%%python\nprint('ran')",
        "pip install numpy",
        "%debug",
        "%no_such_magic 1",
        "%%no_such_magic\n1",
        "%load_ext no_such_extension",
        "exit",
        "quit()",
    ],
)
def test_what_starts_programs_is_a_notice(shown, source):
    text = shown(source)
    assert text.startswith("[")
    assert "ran" not in text.replace("echo ran", "")
    assert shown("'alive'") == "'alive'"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("%matplotlib inline", ""),
        ("%matplotlib widget", ""),
        ("%config InlineBackend.figure_format = 'retina'", ""),
        ("%load_ext autoreload\n%autoreload 2", ""),
        ("%%capture captured\nprint(1)\ndisplay(2)\n3", ""),
        ("%%time\nprint(1)", "Wall time"),
        ("%%timeit -n1 -r1\npass", "per loop"),
        ("%timeit -n1 -r1 pass", "per loop"),
        ("%env COLOUR=red", "COLOUR"),
        ("%precision 3\n1 / 3", "0.333"),
        ("%%writefile notes.py\nz = 3\n", "Writing notes.py"),
        ("%who", ""),
    ],
)
def test_magics_that_work(shown, source, says):
    assert says in shown(source)


def test_a_magic_beside_a_function(session, run):
    run("%%time\ndef double(x):\n    return 2 * x")
    run("def triple(x):\n    return 3 * x\n\n!pip install something\n%timeit -n1 -r1 triple(1)")
    assert probed(session, CALL, "double", x=4) == 8
    assert probed(session, CALL, "triple", x=4) == 12


def test_plots(run):
    reply = run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('drawn')")
    assert [o["type"] for o in reply.outputs] == ["stream", "display"] or reply.outputs[0]["type"] == "result"
    (figure,) = [o for o in reply.outputs if "image/png" in o.get("data", {})]
    assert figure["data"]["image/png"].startswith(b"\x89PNG")
    assert "Figure" in figure["data"]["text/plain"]
    reply = run("for i in range(2):\n    plt.plot([i])\n    plt.show()\n    print(i)")
    assert [o["type"] for o in reply.outputs] == ["display", "stream", "display", "stream"]
    assert run("1;").outputs == ()


def test_rich_output_is_reduced_to_text_and_bitmaps(run):
    reply = run("from IPython.display import HTML, Javascript\ndisplay(HTML('<script>x</script>'))\nJavascript('x')")
    assert all(set(o["data"]) == {"text/plain"} for o in reply.outputs)
    reply = run("class R:\n    def _repr_png_(self): return b'<svg>'\n    def _repr_html_(self): return '<b>'\nR()")
    assert set(reply.outputs[0]["data"]) == {"text/plain"}


def test_warnings_and_logging_go_to_stderr(run):
    reply = run("import warnings, logging\nwarnings.warn('careful')\nlogging.error('oh')")
    assert reply.ok
    (stream,) = reply.outputs
    assert stream["name"] == "stderr"
    assert "careful" in stream["text"]
    assert "oh" in stream["text"]


def test_progress_bars_and_clear_output(shown):
    assert shown("for i in range(3): print(f'{i} of 3', end='\\r')\nprint('done')") == "done\n"
    assert shown("from IPython.display import clear_output\nprint(1)\nclear_output(wait=True)\nprint(2)") == "2\n"
    assert shown("print(1)\nclear_output()") == ""


def test_c_level_writes_are_dropped(shown):
    assert shown("import os\nos.write(1, b'raw'); os.write(2, b'raw')\nprint('x')") == "x\n"


def test_scratch_files_and_a_data_file(zygote, tmp_path):
    files = tmp_path / "files"
    (files / "more").mkdir(parents=True)
    (files / "data.csv").write_text("1,2\n")
    (files / "more" / "deep.txt").write_text("deep")
    (files / "helper.py").write_text("half = 0.5\n")
    (files / "link").symlink_to("/etc/passwd")
    with Session(zygote, files) as session:
        reply = session.run(
            "import numpy as np, os, tempfile\n"
            "from helper import half\n"
            "print(np.loadtxt('data.csv', delimiter=',').sum(), open('more/deep.txt').read(), half)\n"
            "print(os.path.lexists('link'))\n"
            "open('data.csv', 'w').write('mine')\n"
            "with tempfile.NamedTemporaryFile('w') as f: f.write('x')\n"
            "np.save(os.path.expanduser('~/a.npy'), 1)",
            10,
        )
        assert [o.get("text") for o in reply.outputs] == ["3.0 deep 0.5\nFalse\n"]
        assert (files / "data.csv").read_text() == "1,2\n"


def test_nothing_of_the_coordinators_environment(session, monkeypatch, zygote):
    monkeypatch.setenv("CANARY", "sings")
    with Zygote() as another, Session(another) as fresh:
        reply = fresh.run("import os; print(dict(os.environ), open('/proc/self/environ').read())", 10)
        text = reply.outputs[0]["text"]
        assert "CANARY" not in text
        assert "OMP_NUM_THREADS" in text
        assert another.pid is not None


def test_the_process_is_small_and_alone(shown):
    assert shown("import os; os.listdir('/proc/self/task') == [str(os.getpid())]") == "True"
    assert shown("sorted(map(int, os.listdir('/proc/self/fd')))[:4]") == "[0, 1, 2, 3]"
    assert shown("import sys; [m for m in sys.modules if m.startswith('autograder')]") == "['autograder']"
    assert shown("[p for p in sys.path if 'autograder' in p]") == "[]"
    assert (
        shown("import torch; torch.set_num_threads(2); torch.ones(500, 500) @ torch.ones(500, 500) is None") == "False"
    )


def test_the_autograder_is_a_stub(shown):
    assert shown("from autograder import check\ncheck('relu')") == "relu: graded when handed in\n"


def test_training_works(shown):
    assert shown(
        "import torch\n"
        "torch.manual_seed(0)\n"
        "net = torch.nn.Linear(2, 1)\n"
        "optimizer = torch.optim.AdamW(net.parameters())\n"
        "loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(8, 2)), batch_size=4)\n"
        "for (x,) in loader:\n"
        "    optimizer.zero_grad(); net(x).sum().backward(); optimizer.step()\n"
        "torch.save(net.state_dict(), 'net.pt')\n"
        "net.load_state_dict(torch.load('net.pt'))"
    )


# ---- output caps


def test_fifty_megabytes_of_output(run):
    reply = run("print('x' * 50_000_000)\nfor _ in range(50_000): print('y' * 100)\nprint('end')")
    assert reply.ok
    assert reply.truncated
    assert sum(len(o["text"]) for o in reply.outputs) <= outputs.MAX_TEXT + 100
    assert outputs.NOTICE.strip() in reply.outputs[-1]["text"]


def test_an_error_after_endless_output_is_kept(run):
    reply = run("for i in range(10_000): display(i)\nprint('x' * 100_000)\n1 / 0")
    assert reply.truncated
    assert len(reply.outputs) <= outputs.MAX_OUTPUTS + outputs.MAX_ERRORS + 1
    assert [o["ename"] for o in reply.outputs if o["type"] == "error"] == ["ZeroDivisionError"]


@pytest.mark.parametrize(
    ("writes", "text"),
    [
        (["a", "b\n", "c"], "ab\nc"),
        (["1\r", "2\r", "3"], "3"),
        (["1\r2\n3"], "2\n3"),
        (["kept\n", "1", "\r", "2", "\n"], "kept\n2\n"),
        (["crlf\r\n", "x"], "crlf\r\nx"),
        (["\ud800"], "?"),
        (["abcdefghijkl"], "abcdefghij" + outputs.NOTICE),
        (["abcde\n", "fghijkl", "m"], "abcde\nfghi" + outputs.NOTICE),
        (["abcdefgh\r"] * 100 + ["last"], "last"),
    ],
)
def test_recorded_text(writes, text):
    recorder = Recorder(max_text=10)
    for piece in writes:
        recorder.write("stdout", piece)
    assert recorder.text() == text


# ---- probes


def test_a_probe_calls_what_the_cells_defined(session, run):
    run("import numpy as np\ndef scale(x, by):\n    return x * by")
    assert probed(session, CALL, "scale", x=np.arange(3.0), by=2).tolist() == [0, 2, 4]
    cases = session.probe(CALL, ["scale"], [wire.encode({"x": i, "by": 3}) for i in range(3)], 10).cases
    assert [wire.decode(case["value"]) for case in cases] == [0, 3, 6]


def test_a_probe_of_several_names(session, run):
    run("a = 1\nb = 2")
    reply = session.probe(
        "def probe(answer, inputs):\n    return [answer.a, answer.b]\n", ["a", "b"], [wire.encode({})], 10
    )
    assert wire.decode(reply.cases[0]["value"]) == [1, 2]


def test_missing_names(session, run):
    run("a = 1")
    reply = session.probe(CALL, ["a", "b", "c"], [wire.encode({})], 10)
    assert reply.missing == ("b", "c")
    assert reply.cases == ()


def test_inputs_after_the_call_and_fresh_for_each_case(session, run):
    run("def harm(x):\n    x += 1\n    return x.sum()")
    x = np.zeros(2)
    reply = session.probe(CALL, ["harm"], [wire.encode({"x": x})] * 2, 10)
    assert [wire.decode(case["value"]) for case in reply.cases] == [2, 2]
    assert [wire.decode(case["after"])["x"].tolist() for case in reply.cases] == [[1, 1]] * 2


def test_a_probes_error_names_the_students_line(session, run):
    run("import numpy as np\ndef solve(x):\n    y = x + 1\n    return np.linalg.inv(y)")
    (case,) = probe(session, CALL, "solve", x=np.zeros((2, 3))).cases
    assert (case["status"], case["ename"], case["line"], case["lineno"]) == (
        "error",
        "LinAlgError",
        "return np.linalg.inv(y)",
        4,
    )
    (case,) = probe(session, CALL, "solve", nonsense=1).cases
    assert (case["ename"], case["line"]) == ("TypeError", "")


@pytest.mark.parametrize("what", ["SystemExit(2)", "KeyboardInterrupt()", "GeneratorExit()", "MemoryError()"])
def test_any_exception_is_that_cases_error(session, run, what):
    run(f"def leave(x):\n    if x: raise {what}\n    return 'fine'")
    reply = session.probe(CALL, ["leave"], [wire.encode({"x": x}) for x in (True, False)], 10)
    assert [case["status"] for case in reply.cases] == ["error", "ok"]
    assert reply.cases[0]["ename"] == what.partition("(")[0]


def test_what_cannot_be_carried(session, run):
    run("def make(x): return {1, 2}\ndef big(x): return ['x' * 2**20] * 63\ndef spoil(x): x[0] = print")
    assert "type set" in probe(session, CALL, "make", x=1).cases[0]["reason"]
    reply = session.probe(CALL, ["big"], [wire.encode({"x": 1})] * 2, 10)
    assert [case["status"] for case in reply.cases] == ["unencodable"] * 2
    assert probe(session, CALL, "spoil", x=[1]).cases[0]["after"] == b""


def test_prints_warnings_and_plots_in_a_probe_are_harmless(session, run):
    run(
        "import warnings, matplotlib.pyplot as plt\n"
        "def noisy(x):\n"
        "    print('hello'); warnings.warn('oh'); plt.plot([x]); display(x); print('y' * 10**6)\n"
        "    return x"
    )
    reply = probe(session, CALL, "noisy", x=5)
    assert reply.cases[0]["status"] == "ok"
    assert reply.printed.startswith("hello\n")
    assert len(reply.printed) <= 4096
    assert run("2").outputs == ({"type": "result", "data": {"text/plain": "2"}},)


def test_a_probe_sees_its_own_names_only(session, run):
    run("np = 'mine'\ndef f(): return np")
    source = (
        "def probe(answer, inputs):\n    return [answer(), np.__name__, torch.__name__, math.pi, 'f' in globals()]\n"
    )
    assert probed(session, source, "f") == ["mine", "numpy", "torch", np.pi, False]
