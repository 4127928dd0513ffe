"""The IPython shell that student cells run in: a notebook's kernel without the kernel.

Out, _, display(), rich output, magics and top-level await work as in Jupyter. What would start another
program does nothing and says so, and an unknown magic is a notice, not an error: both are honest habits.
"""

import builtins
import contextlib
import getpass
import sys
import types

from IPython.core import page
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets import Type
from traitlets.config import Config

from .outputs import Recorder, Stream

# Magics that start a program, install something, or wait for someone at a keyboard.
_PROGRAMS = {
    "sx",
    "system",
    "!",
    "!!",
    "bash",
    "sh",
    "script",
    "cmd",
    "perl",
    "ruby",
    "pypy",
    "python",
    "python2",
}
_INSTALLERS = {"python3", "pip", "uv", "conda", "mamba", "micromamba"}
_SKIPPED = _PROGRAMS | _INSTALLERS | {"debug", "pdb", "edit", "ed", "notebook", "recall", "store", "logstart"}


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, *args, transient=None, update=False, **kwargs):
        self.shell.recorder.display("display", data)

    def clear_output(self, wait=False):
        self.shell.recorder.clear(wait)


class _Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.recorder.display("result", format_dict)

    def finish_displayhook(self):
        self._is_active = False


class StudentShell(InteractiveShell):
    """One per process, made in the zygote and inherited by every fork."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    @classmethod
    def make(cls):
        config = Config()
        config.HistoryManager.enabled = False  # no database, no thread that writes it
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.xmode = "Context"
        shell = cls.instance(config=config)
        shell.recorder = Recorder()
        shell.stdout = Stream("stdout", lambda: shell.recorder)
        shell.stderr = Stream("stderr", lambda: shell.recorder)
        shell.set_hook("show_in_pager", page.as_hook(page.display_page), 99)  # `name?` shows its help
        return shell

    def run(self, source):
        """Run one cell. Returns its reply: {"ok", "outputs", "truncated"}."""
        with self.recording(Recorder()) as recorder:
            result = self.run_cell(source, store_history=True)
            error = result.error_before_exec or result.error_in_exec
            if error is not None and not any(output["type"] == "error" for output in recorder.outputs):
                recorder.error(type(error).__name__, _text(error), "")
        return {"ok": error is None, "outputs": recorder.result(), "truncated": recorder.truncated}

    @contextlib.contextmanager
    def recording(self, recorder):
        """Send prints and displays to `recorder`, and put back what student code may have left behind."""
        self.recorder = recorder
        sys.stdout, sys.stderr = self.stdout, self.stderr
        builtins.input = getpass.getpass = _no_input
        try:
            yield recorder
        finally:
            sys.stdout, sys.stderr = self.stdout, self.stderr

    def notice(self, text):
        self.stdout.write(f"[{text}]\n")

    # ---- what a kernel overrides

    def _showtraceback(self, etype, evalue, stb):
        self.recorder.error(getattr(etype, "__name__", "Error"), _text(evalue), "\n".join(map(str, stb)))

    def _get_exc_info(self, exc_tuple=None):
        kind, error, trace = super()._get_exc_info(exc_tuple)
        return kind, error, _without_us(trace)

    def _format_exception_for_storage(self, *args, **kwargs):
        """The base class formats every traceback a second time, for the history that isn't kept here."""
        return {}

    def _tee(self, channel):
        """The base class keeps a second copy of all that is printed, without a limit."""
        return contextlib.nullcontext()

    def enable_gui(self, gui=None):
        pass

    def ask_exit(self):
        self.notice("exit() does nothing in a graded notebook")

    # ---- programs and magics

    def system(self, cmd):
        self.notice(f"not run while grading: !{_short(cmd)}")
        self.user_ns["_exit_code"] = 0

    system_piped = system_raw = system

    def getoutput(self, cmd, split=True, depth=0):
        self.system(cmd)
        return SList([]) if split else ""

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        if magic_name in _SKIPPED:
            self.notice(f"not run while grading: %{magic_name} {_short(line)}".rstrip())
            return SList([]) if magic_name in ("sx", "system", "!!") else None
        if magic_name == "matplotlib":
            line = "inline"  # the only backend here; `widget` and `notebook` need a browser
        if magic_name in ("load_ext", "reload_ext"):
            return self._load(line)
        if self._find_with_lazy_load("line", magic_name) is None:
            return self.notice(f"unknown magic, ignored: %{magic_name}")
        return super().run_line_magic(magic_name, line, _stack_depth=_stack_depth + 1)

    def run_cell_magic(self, magic_name, line, cell):
        if magic_name in _SKIPPED:
            return self.notice(f"not run while grading: %%{magic_name} {_short(line)}".rstrip())
        if self._find_with_lazy_load("cell", magic_name) is None:
            return self.notice(f"unknown magic, its cell was ignored: %%{magic_name}")
        return super().run_cell_magic(magic_name, line, cell)

    def _load(self, name):
        try:
            self.extension_manager.load_extension(name.strip())
        except Exception:
            self.notice(f"extension not loaded: {_short(name)}")


def _no_input(prompt="", *args, **kwargs):
    raise RuntimeError("input() isn't available here: nobody sits at the keyboard while a notebook is graded")


def _without_us(trace):
    """A traceback less this file's frames, which say nothing to a student, and less an endless recursion's
    middle, which takes seconds to format."""
    frames = []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename != __file__:
            frames.append((trace.tb_frame, trace.tb_lasti, trace.tb_lineno))
        trace = trace.tb_next
    if len(frames) > 60:
        frames[20:-20] = []
    for frame in reversed(frames):
        trace = types.TracebackType(trace, *frame)
    return trace


def _text(error):
    """str() of an exception runs student code."""
    try:
        return str(error)
    except BaseException:
        return ""


def _short(text):
    line = text.strip().partition("\n")[0]
    return line if len(line) <= 80 else line[:77] + "..."
