"""What the pages' own parts are made of: Sphinx directives, the words they print, the notebooks to download.

Nothing here can change a computed number, so changing it executes no page again.
"""


def setup(app):
    from tnn.pages import (
        appendices,
        citation,
        editions,
        figures,
        foot,
        furniture,
        html,
        lean,
        plans,
        progress,
        quiz,
        search,
        security,
    )

    for part in (html, quiz, furniture, appendices, figures, plans, security, search, editions, foot, progress,
                 citation, lean):  # fmt: skip
        part.setup(app)
