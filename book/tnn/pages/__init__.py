"""What the pages' own parts are made of: Sphinx directives, the words they print, the notebooks to download.

Nothing here can change a computed number, so changing it executes no page again.
"""


def setup(app):
    from tnn.pages import appendices, figures, furniture, html, plans, quiz, security

    for part in (html, quiz, furniture, appendices, figures, plans, security):
        part.setup(app)
