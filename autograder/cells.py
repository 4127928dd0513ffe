"""Cells and outputs as nbformat.v4 makes them, without its check of each against a schema: a millisecond apiece.

What is made here comes from our own code, with strings where strings belong; tests read the results with nbformat.
"""

import json

from nbformat import NotebookNode, from_dict
from nbformat.v4.rwbase import split_lines


def new_cell(kind, source, cell_id, metadata=None):
    """A code or Markdown cell with a copy of the metadata."""
    cell = NotebookNode(id=cell_id, cell_type=kind, metadata=from_dict(metadata or {}), source=source)
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    return cell


def stream(name, text):
    return NotebookNode(output_type="stream", name=name, text=text)


def error(ename, evalue, traceback):
    return NotebookNode(output_type="error", ename=ename, evalue=evalue, traceback=traceback)


def display(data):
    return NotebookNode(output_type="display_data", metadata=NotebookNode(), data=NotebookNode(data))


def result(data, count):
    node = NotebookNode(output_type="execute_result", metadata=NotebookNode(), data=NotebookNode(data))
    node.execution_count = count
    return node


def new_notebook(cells, metadata):
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=from_dict(metadata), cells=cells)


def as_text(notebook):
    """A notebook as the file that nbformat would write. The notebook can't be used afterwards."""
    return (
        json.dumps(split_lines(notebook), indent=1, sort_keys=True, separators=(",", ": "), ensure_ascii=False) + "\n"
    )
