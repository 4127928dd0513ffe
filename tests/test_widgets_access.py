"""Every interactive figure as a keyboard and a screen reader meet it: Chromium's accessibility tree before and after.

One table of rules for all figures: `complaints` operates each control by keyboard alone and says what is wrong. A new
figure is found by its data-widget and must keep the rules too.
"""

import re

import pytest
from bs4 import BeautifulSoup
from site_fixture import ROOT, pages_in_contents

SOURCES = {name: (ROOT / "book" / "en" / f"{name}.md").read_text() for name in pages_in_contents()}
WIDGETS = [(name, found) for name, text in SOURCES.items() for found in re.findall(r'data-widget="([a-z-]+)"', text)]
PAUSE = 700  # milliseconds after which a change is announced
KEYS = {"slider": ["ArrowRight", "End", "Home"], "combobox": ["ArrowDown", "ArrowUp"], "radio": ["ArrowDown"],
        "checkbox": ["Space"], "button": ["Enter"]}  # fmt: skip
START = {"backprop": "step=10", "network": "steps=100"}  # at their first step most of their controls do nothing yet
# What a control changes in the picture alone, so that the summary may stay as it is.
PICTURE_ONLY = {("generalization", "Below, show both errors over")}


@pytest.fixture(scope="module")
def pages(chromium, site):
    """Opens a page on a phone, without its mathematics, which is not in the figures; each page once."""
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "reduced_motion": "reduce"}
    with chromium.new_context(**phone) as context:
        context.route("**/mathjax/**", lambda route: route.abort())
        found = {}

        def opened(name):
            if name not in found:
                page = context.new_page()
                page.goto((site / "book" / "en" / f"{name}.html").as_uri())
                found[name] = page
            return found[name]

        yield opened


def tree(page, root):
    """The accessibility tree below an element, as {role, name, value, description, said, live} in reading order."""
    session = page.context.new_cdp_session(page)
    try:
        node = session.send("Runtime.evaluate", {"expression": f"document.querySelector({root!r})"})["result"]
        found = session.send("Accessibility.queryAXTree", {"objectId": node["objectId"]})["nodes"]
    finally:
        session.detach()
    return [describe(node) for node in found if not node["ignored"]]


def describe(node):
    def text(key):
        return str(node.get(key, {}).get("value", ""))

    properties = {p["name"]: p["value"].get("value") for p in node.get("properties", [])}
    return {"role": text("role"), "name": text("name"), "value": text("value"), "description": text("description"),
            "said": str(properties.get("valuetext", "")), "live": properties.get("live")}  # fmt: skip


def controls(nodes):
    return [node for node in nodes if node["role"] in (*KEYS, "link")]


def named(page, root):
    """What is wrong with the names, roles and values in the tree."""
    nodes = tree(page, root)
    groups, pictures = ([n for n in nodes if n["role"] == role] for role in ("group", "image"))
    if not groups or not groups[0]["name"]:
        yield "the figure has no name"
    if len(pictures) != 1 or len(pictures[0]["name"].split()) < 6:
        yield "its picture isn't described in six words or more"
    elif pictures[0]["description"] != summary(page, root):
        yield "its picture isn't described by the summary"
    for node in controls(nodes):
        if not node["name"]:
            yield f"a {node['role']} has no name"
        if node["role"] == "slider" and not (node["said"] or node["value"]):
            yield f"the slider {node['name']} has no value"
    if not [n for n in nodes if n["role"] == "status" and n["live"] == "polite"]:
        yield "nothing announces a change"
    for group in groups[1:]:
        if not group["name"]:
            yield "a group of controls has no name"


def summary(page, root):
    return page.locator(f"{root} .summary").inner_text()


def picture(page, root):
    return page.locator(f"{root} :is(svg, canvas)").first.evaluate(
        "n => n.tagName === 'CANVAS' ? n.toDataURL() : n.innerHTML")  # fmt: skip


FOCUSED = """root => {
    const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
    return { inside: document.querySelector(root).contains(e), top: box.top + scrollY,
        label: (e.closest("fieldset")?.querySelector("legend") ?? e.labels?.[0] ?? e).innerText.trim(),
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
}"""


def walked(page, root):
    """What is wrong on the way through the figure with the Tab key: order, trap, focus that can't be seen."""
    page.locator(root).focus()
    seen, least = [], 0
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED, root)
        if not at["inside"]:
            break
        seen.append(at["label"])
        if not at["ring"]:
            yield f"{at['label']} doesn't show that it has the focus"
        if at["top"] < least - 40:  # two in one row may differ by a label's height
            yield f"{at['label']} stands above what comes before it"
        least = at["top"]
    else:
        yield "the Tab key doesn't get out"
    stops = page.locator(f"{root} :is(input:not([type=radio]), select, button, a, input[type=radio]:checked):enabled")
    links = page.locator(f"{root} a").count()
    wanted = stops.count() + (0 if page.locator(f"{root} a:enabled").count() else links)
    if len(seen) != wanted:
        yield f"the Tab key reaches {len(seen)} of {wanted} controls: {seen}"


def operated(page, root, widget):
    """What is wrong when each control is used by keyboard: the picture and the summary must follow."""
    for element in page.locator(f"{root} .controls :is(input, select, button)").all():
        if not element.is_enabled():
            continue
        kind = element.evaluate("e => e.type")
        if kind == "radio" and not element.is_checked():
            continue
        label = element.evaluate("e => (e.closest('fieldset')?.querySelector('legend') ?? e.labels?.[0] ?? e)"
                                 ".innerText").strip()  # fmt: skip
        role = {"range": "slider", "select-one": "combobox", "submit": "button"}.get(kind, kind)
        if widget in START:
            address = f"{page.locator(root).get_attribute('id')}:{START[widget]}"
            page.evaluate("hash => { location.hash = hash }", address)
            page.wait_for_function("root => document.activeElement.matches(root)", arg=root)
        before = summary(page, root), picture(page, root)
        element.focus()
        changed = used(page, root, before, KEYS[role])
        if not changed[1]:
            yield f"{label} changes nothing in the picture"
        if not changed[0] and (widget, label) not in PICTURE_ONLY:
            yield f"{label} leaves the summary as it is"
        page.locator(f"{root} .foot button").click()
        if picture(page, root) != start_of(page, root):
            yield f"after {label} the figure can't be reset"


def used(page, root, before, keys):
    """Whether (summary, picture) have changed by the keys, pressed one after the other until both have."""
    changed = [False, False]
    for key in keys:
        page.keyboard.press(key)
        now = summary(page, root), picture(page, root)
        changed = [was or a != b for was, a, b in zip(changed, now, before, strict=True)]
        if all(changed):
            break
    return changed


def start_of(page, root):
    """The picture as the page began with it."""
    return page.evaluate("root => window.begun[root]", root)


def announced(page, root):
    """A slider that is moved five times is announced once, and what is announced is the summary."""
    page.evaluate("""root => {
        const live = document.querySelector(root + " .live");
        window.heard = [];
        new MutationObserver(() => { if (live.textContent) { heard.push(live.textContent); } })
            .observe(live ?? document.createElement("p"), { childList: true, characterData: true, subtree: true });
    }""", root)  # fmt: skip
    page.locator(f"{root} input[type=range]").first.focus()
    for key in ["ArrowRight"] * 3 + ["ArrowLeft"] * 2:
        page.keyboard.press(key)
    page.wait_for_timeout(PAUSE + 200)
    heard = page.evaluate("heard")
    if heard != [summary(page, root)]:
        yield f"five steps announce {heard}"


def touched(page, root):
    """What is too small for a finger or for the eye, on a phone."""
    for found in page.evaluate("""root => {
      return [...document.querySelectorAll(`${root} :is(input, select, button, a)`)].flatMap(e => {
        const box = (e.closest("label") ?? e).getBoundingClientRect();
        return box.height < 24 || box.width < 24 ? [`${e.type ?? "link"} of ${box.width} x ${box.height} px`] : [];
      });
    }""", root):  # fmt: skip
        yield found
    for found in page.evaluate("""root => [...document.querySelectorAll(`${root} text`)].flatMap(e => {
        const size = parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a;
        return size < 11.99 ? [`${e.textContent} at ${size} px`] : [];
    })""", root):  # fmt: skip
        yield found


def linked(page, root):
    """The link of the foot leads to this setting."""
    page.locator(f"{root} input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    href = page.locator(f"{root} .foot a").evaluate("a => a.hash")
    if not href.endswith(page.evaluate("location.hash")) or "=" not in href:
        yield f"the link is {href}, the address {page.evaluate('location.hash')}"
    page.locator(f"{root} .foot button").click()


def begin(page, root):
    page.evaluate("""root => {
        const drawn = document.querySelector(`${root} svg, ${root} canvas`);
        (window.begun ??= {})[root] = drawn.tagName === "CANVAS" ? drawn.toDataURL() : drawn.innerHTML;
    }""", root)


@pytest.mark.parametrize(("name", "widget"), WIDGETS, ids=[widget for _, widget in WIDGETS])
def test_a_figure_keeps_the_rules(pages, name, widget):
    page, root = pages(name), f"[data-widget={widget}]"
    begin(page, root)
    found = [complaint for rule in (named, walked, announced, linked, touched) for complaint in rule(page, root)]
    assert found + list(operated(page, root, widget)) == []


@pytest.mark.parametrize(("name", "widget"), WIDGETS, ids=[widget for _, widget in WIDGETS])
def test_a_figure_says_without_scripts_what_it_would_show(site, name, widget):
    page = BeautifulSoup((site / "book" / "en" / f"{name}.html").read_text(), "html.parser")
    found = page.select_one(f"[data-widget={widget}]")
    assert len(found.get_text().split()) >= 20
    for attribute in ("title", "chart", "summary", "reset", "link", "copied"):
        assert found[f"data-{attribute}"].strip()


FAULTS = [  # a rule, what breaks it, and its complaint
    (named, "root.querySelector('.control label').remove()", "slider has no name"),
    (named, "root.querySelector('.title').remove()", "the figure has no name"),
    (named, "root.querySelector('.live').removeAttribute('role')", "nothing announces a change"),
    (named, "root.querySelector('svg').removeAttribute('aria-describedby')", "isn't described by the summary"),
    (walked, "root.querySelector('input').style.outline = 'none'", "doesn't show that it has the focus"),
    (walked, "root.querySelector('input').tabIndex = -1", "the Tab key reaches"),
    (touched, "Object.assign(root.querySelector('input').style, { minHeight: '0', height: '9px' })", "px"),
    (announced, "root.querySelector('.live').remove()", "five steps announce"),
    (lambda page, root: operated(page, root, "mark-luck"), "root.querySelector('.summary').replaceWith("
     "Object.assign(document.createElement('p'), { className: 'summary', textContent: 'Still.' }))",
     "leaves the summary as it is"),
]  # fmt: skip


def test_a_planted_fault_is_found(pages):
    name, widget = next(pair for pair in WIDGETS if pair[1] == "mark-luck")
    page, root = pages(name), f"[data-widget={widget}]"
    for rule, fault, complaint in FAULTS:
        page.reload()
        begin(page, root)
        page.evaluate(f"root => {{ root = document.querySelector(root); {fault} }}", root)
        found = list(rule(page, root))
        assert any(complaint in line for line in found), (complaint, found)
    page.reload()


def test_a_screen_reader_finds_every_heading_at_once(pages, site):
    """What is far from the screen must be in the tree too: content-visibility: auto takes it out."""
    page = pages("capstone")
    page.reload()
    found = tree(page, "article")
    headings = page.locator("article :is(h1, h2, h3)").count()
    assert len([node for node in found if node["role"] == "heading"]) == headings > 5


def test_a_readers_own_colours_leave_the_lines_visible(chromium, site):
    path = site / "book" / "en" / "06_regularization.html"
    with chromium.new_context(forced_colors="active", color_scheme="dark") as context:
        context.route("**/mathjax/**", lambda route: route.abort())
        page = context.new_page()
        page.goto(path.as_uri())
        strokes = page.evaluate("""() => {
            const of = s => getComputedStyle(document.querySelector(`[data-widget=penalty] ${s}`));
            return { canvas: getComputedStyle(document.body).backgroundColor, curve: of("svg .curve").stroke,
                axis: of("svg .axis").stroke, text: of("svg text").fill };
        }""")
    assert strokes["canvas"] not in (strokes["curve"], strokes["axis"], strokes["text"])
