"""What a cell prints and shows, recorded in order and kept small whatever the cell does."""

import base64
import io

MAX_TEXT = 64 * 2**10  # characters of text per cell, tracebacks apart
MAX_TRACEBACK = 16 * 2**10
MAX_IMAGES = 8 * 2**20  # bytes of images per cell
MAX_OUTPUTS = 200  # apart from errors
MAX_ERRORS = 3
MAX_WRITE = 2**20  # of a single write, looked at before carriage returns are folded

IMAGES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
NOTICE = "\n[the rest of this cell's output was cut]\n"


class Recorder:
    """The outputs of one cell (or of one probe, where only the first text matters)."""

    def __init__(self, max_text=MAX_TEXT):
        self.max_text = max_text
        self.room = max_text
        self.image_room = MAX_IMAGES
        self.outputs = []
        self.truncated = False
        self._clear_before_next = False

    def write(self, name, text):
        """Append to a stream, as a kernel does: neighbouring writes to one stream make one output."""
        self._clear_if_asked()
        if len(text) > MAX_WRITE:
            text, self.truncated = text[:MAX_WRITE], True
        if not self.outputs or self.outputs[-1].get("name") != name:
            if self.room <= 0 or not self._has_place():
                self.truncated = True
                return
            self.outputs.append({"type": "stream", "name": name, "lines": [], "line": ""})
        stream = self.outputs[-1]
        before = len(stream["line"])
        head, newline, tail = (stream["line"] + text).rpartition("\n") if "\n" in text else ("", "", "")
        if newline:
            lines = _overprint(head) + newline
            stream["lines"].append(lines)
            stream["line"] = _overprint(tail)
        else:
            lines = ""
            stream["line"] = _overprint(stream["line"] + text)
        self.room += before - len(lines) - len(stream["line"])
        if self.room < 0:
            self._cut(stream)

    def _cut(self, stream):
        kept = ("".join(stream["lines"]) + stream["line"])[: self.room]
        stream["lines"], stream["line"], self.room, self.truncated = [kept], "", 0, True

    def display(self, kind, data):
        """Keep a rich output's text and bitmaps; everything else can carry code and is left out."""
        self._clear_if_asked()
        kept = {}
        text = data.get("text/plain")
        if isinstance(text, str):
            if len(text) > self.room:
                self.truncated = True
            kept["text/plain"] = _clean(text[: max(self.room, 0)])
            self.room -= len(kept["text/plain"])
        for mime, magic in IMAGES.items():
            image = _image_bytes(data.get(mime))
            if not image.startswith(magic):
                continue
            if len(image) > self.image_room:
                self.truncated = True
                continue
            self.image_room -= len(image)
            kept[mime] = image
        if kept and self._has_place():
            self.outputs.append({"type": kind, "data": kept})

    def error(self, ename, evalue, traceback):
        self._clear_if_asked()
        errors = [place for place, output in enumerate(self.outputs) if output["type"] == "error"]
        if len(errors) == MAX_ERRORS:
            del self.outputs[errors[-1]]
        self.outputs.append(
            {
                "type": "error",
                "ename": _clean(ename)[:200],
                "evalue": _clean(evalue)[:2000],
                "traceback": _clean(_middle_cut(traceback, MAX_TRACEBACK)),
            }
        )

    def clear(self, wait=False):
        """`clear_output`, which animated plots call: with `wait`, only once something new comes."""
        if wait:
            self._clear_before_next = True
            return
        self.__init__(self.max_text)

    def _clear_if_asked(self):
        if self._clear_before_next:
            self.clear()

    def _has_place(self):
        full = len(self.outputs) >= MAX_OUTPUTS
        self.truncated |= full
        return not full

    def result(self):
        """Return the outputs as plain data."""
        outputs = [_finished(output) for output in self.outputs]
        if self.truncated:
            outputs.append({"type": "stream", "name": "stdout", "text": NOTICE})
        return outputs

    def text(self):
        return "".join(output["text"] for output in self.result() if output["type"] == "stream")


def _finished(output):
    if output["type"] != "stream":
        return output
    return {
        "type": "stream",
        "name": output["name"],
        "text": _clean("".join(output["lines"]) + output["line"]),
    }


def _overprint(text):
    """Apply carriage returns as a terminal does, or a progress bar fills the page with its past."""
    if "\r" not in text:
        return text
    lines = []
    for line in text.split("\n"):
        body = line.rstrip("\r")
        lines.append(body.rpartition("\r")[2] + line[len(body) :])
    return "\n".join(lines)


def _clean(text):
    """Lone surrogates can't be written to a file or a database."""
    return str(text).encode("utf-8", "replace").decode()


def _middle_cut(text, size):
    if len(text) <= size:
        return text
    return text[: size // 2] + "\n[...]\n" + text[-size // 2 :]


def _image_bytes(image):
    """IPython hands figures on as base64 text and other images as bytes."""
    if isinstance(image, str):
        try:
            return base64.b64decode(image)
        except ValueError:
            return b""
    return image if isinstance(image, bytes) else b""


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of a student process: writes to whichever recorder is current."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name, current):
        super().__init__()
        self.name = name
        self._current = current

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._current().write(self.name, str(text))
        return len(text)
