"""Charts as inline SVG. Colours come from the page's style sheet, so that they suit both themes and paper."""

from markupsafe import Markup

WIDTH, HEIGHT = 420, 190
PERCENT = "\u00a0%"
LEFT, BOTTOM, TOP = 18, 40, 18


def histogram(bins, name, unit, show):
    """Bars of equal width with their counts above them; the same numbers stand in a table beside it.

    show: a bin's end as text; its unit, said once under the axis, is left out there.
    """
    highest = max((b["count"] for b in bins), default=0) or 1
    step, tall = (WIDTH - 2 * LEFT) / max(len(bins), 1), HEIGHT - BOTTOM - TOP
    parts = []
    for i, b in enumerate(bins):
        x, height = LEFT + i * step, tall * b["count"] / highest
        y = TOP + tall - height
        parts.append(f'<rect class="bar" x="{x + 2:.1f}" y="{y:.1f}" width="{step - 4:.1f}" height="{height:.1f}"/>')
        if b["count"]:
            parts.append(f'<text x="{x + step / 2:.1f}" y="{y - 4:.1f}" text-anchor="middle">{b["count"]}</text>')
        parts.append(_label(x, show(b["from"])))
    if bins:
        parts.append(_label(WIDTH - LEFT, show(bins[-1]["to"])))
    axis = TOP + tall + 0.5
    parts.append(f'<line class="axis" x1="{LEFT}" y1="{axis}" x2="{WIDTH - LEFT}" y2="{axis}"/>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">{Markup.escape(unit)}</text>')
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{Markup.escape(name)}">'
        f"{''.join(parts)}</svg>"
    )


def _label(x, value):
    return f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value.removesuffix(PERCENT)}</text>'


def share_bar(share):
    """A bar that is as full as the share, 0 to 1, beside a number that says the same."""
    if share is None:
        return Markup("")
    full = 100 * min(max(share, 0), 1)
    return Markup(
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="empty" width="100" height="8"/>'
        f'<rect class="bar" width="{full:.1f}" height="8"/></svg>'
    )
