"""What the HTML pages of this product share: one look, one set of macros, and that nothing in them breaks out.

A page is a template of its own that extends ``base.html.j2`` and takes its pieces from ``macros.html.j2``; see
``gwjwt.pages.rendering``.
"""
