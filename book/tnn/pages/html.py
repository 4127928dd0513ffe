"""One docutils node for all of the pages' own HTML: an element with a tag, attributes, and parsed content inside."""

from docutils import nodes
from docutils.statemachine import StringList


class element(nodes.General, nodes.Element):
    """An HTML element; node["tag"] and node["html"] (its attributes) say which."""


def make(tag, *children, classes=(), ids=(), text=None, **attributes):
    """An element; `text` is a shortcut for one text child. `data_x` becomes data-x."""
    html = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items() if value is not None}
    node = element("", tag=tag, html=html, classes=list(classes), ids=list(ids))
    node += list(children)
    if text is not None:
        node += nodes.Text(text)
    return node


def link(text, address):
    return make("a", text=text, href=address)


def parse(directive, text):
    """The nodes that a piece of Markdown makes."""
    lines = text.splitlines() if isinstance(text, str) else list(text)
    source = directive.state_machine.get_source() if hasattr(directive.state_machine, "get_source") else ""
    holder = nodes.Element()
    directive.state.nested_parse(StringList(lines, source), directive.content_offset, holder)
    return holder.children


def parse_inline(directive, text):
    """The inline nodes of one paragraph of Markdown. Raises ValueError if it is anything else."""
    children = parse(directive, text)
    if len(children) != 1 or not isinstance(children[0], nodes.paragraph):
        raise ValueError(f"one paragraph is wanted here, not {text!r}")
    return children[0].children


def visit(translator, node):
    translator.body.append(translator.starttag(node, node["tag"], "", **node["html"]))


def depart(translator, node):
    translator.body.append(f"</{node['tag']}>\n" if node["tag"] not in ("a", "span", "strong") else f"</{node['tag']}>")


def setup(app):
    app.add_node(element, html=(visit, depart))
