"""What the pages' own parts are made of: Sphinx directives, the words they print, the notebooks to download.

Nothing here can change a computed number, so changing it executes no page again.
"""


def setup(app):
    from tnn.pages import (
        appendices,
        chapter_map,
        citation,
        editions,
        figures,
        foot,
        furniture,
        html,
        lean,
        plans,
        preview,
        progress,
        quiz,
        search,
        security,
        setup_cell,
    )

    for part in (html, quiz, furniture, appendices, figures, plans, security, search, editions, foot, progress,
                 citation, chapter_map, setup_cell, preview, lean):  # fmt: skip
        part.setup(app)
