"""docs/layout.md names what is there: the root, the engine, and each file of its larger folders;
and what other documents name by its path is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "wengert"
PAGE = (ROOT / "docs" / "layout.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([\w/.]+(?:\.pyi?|/))`", PAGE))
FOLDERS = ["", "engine", "engine/transforms", "engine/passes", "engine/loops", "engine/backends",
           "engine/backends/cpu", "engine/recording", "names"]
LEADING = ("", "engine/", "engine/passes/", "engine/loops/", "engine/backends/",
           "engine/backends/cpu/", "engine/recording/", "names/")
"""What the page leaves out in front of a name: it stands in the heading."""


@pytest.mark.parametrize("folder", [each for each in FOLDERS if (SOURCE / each).is_dir()])
def test_what_is_there_is_named(folder: str) -> None:
    names = {path.name + "/" * path.is_dir() for path in (SOURCE / folder).iterdir()
             if path.suffix in (".py", ".pyi") or (path / "__init__.py").exists()}
    inner = folder and {"__init__.py"}
    left = {name for name in names - {*inner}
            if not any(each == name or each.endswith(f"/{name}") for each in NAMED)}
    assert not left, f"docs/layout.md does not name {sorted(left)} of {folder or 'the root'}"


def test_what_is_named_is_there() -> None:
    places = [ROOT, ROOT / "docs", ROOT / "benchmarks", *(SOURCE / each for each in LEADING)]
    gone = {name for name in NAMED if not any((place / name).exists() for place in places)}
    assert not gone


DOCUMENTS = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_in_documents_are_there(document: Path) -> None:
    """A path with a folder in it, from the source's root or the repository's."""
    text = document.read_text(encoding="utf-8")
    for left in (r"\*\*`[^`]+`\*\*, new", r"(?ms)^```.*?^```$"):   # what is to be written
        text = re.sub(left, "", text)
    named = set(re.findall(r"`((?:\w+/)+(?:\w+\.pyi?)?)`", text))
    places = [ROOT, document.parent, SOURCE, SOURCE / "engine"]
    assert not {name for name in named if not any((place / name).exists() for place in places)}
