"""Sphinx's settings; ``build.py`` calls it."""

import re
from typing import Any

from wengert.version import wengert as release

project = "Wengert"
author = "the Wengert team"
version = release
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"Wengert {release}"
html_copy_source = False
myst_heading_anchors = 4
autodoc_typehints = "none"
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
toc_object_entries = False
STAR = re.compile(r"(``.*?``)|\*(?=[\w,\])])")


def plain_stars(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """``*shape`` in a docstring is a star and a word, and not the start of what is emphasised."""
    lines[:] = [STAR.sub(lambda m: m[1] or r"\*", line) for line in lines]


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", plain_stars)
