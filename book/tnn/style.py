"""The look of every figure: a white card that reads the same on a light and on a dark page."""

import sys

import matplotlib as mpl
from IPython import get_ipython

# After Okabe and Ito, darkened until a word in any of them can be read on white. Pages and interactive figures have the
# same ones: the variables at the top of book/assets/tnn.css, where the dark theme's partners are.
BLUE, VERMILION, GREEN, PURPLE, BLACK = "#0072B2", "#B84A00", "#007A5A", "#A64D79", "#222222"

COLOURS = [BLUE, VERMILION, GREEN, PURPLE, BLACK]
DASHES = ["-", "--", "-.", ":", (0, (6, 2, 1, 2, 1, 2))]  # a second difference, for grey print and for every eye

SETTINGS = {
    "axes.edgecolor": "#666666",
    "axes.grid": True,
    "axes.labelcolor": BLACK,
    "axes.prop_cycle": mpl.cycler(color=COLOURS, linestyle=DASHES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "figure.figsize": (5.6, 3.4),  # inches: small enough that its text can be read on a phone
    "font.size": 11,
    "grid.color": "#E4E4E4",
    "legend.frameon": False,
    "lines.linewidth": 2,
    "savefig.facecolor": "white",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica", "sans-serif"],
    "svg.fonttype": "none",  # letters as letters: outlines would be most of a figure's bytes
    "svg.hashsalt": "tnn",  # the same figure gives the same bytes
    "xtick.color": "#444444",
    "ytick.color": "#444444",
}


def use():
    """Apply the style, draw SVG in notebooks, and hold torch to one thread if it came in before tnn."""
    mpl.rcParams.update(SETTINGS)
    if get_ipython() is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None})
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
