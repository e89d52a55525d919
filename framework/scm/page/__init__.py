"""The page of `scm run`: what a local network does, live, and buttons to intervene.

Python serves JSON under `/_scm/`; the page itself is in `static/`, plain HTML, CSS and ES modules.
"""
