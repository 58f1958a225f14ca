"""The examples in the documents run, and the links between the documents lead somewhere.

The ```python blocks of a file run in order in one namespace, so a later one may use what an
earlier one defined. A block with `>>>` prompts is compared with what it says it prints. A block
that is not to be run opens with ```python no-run; one that needs a package that may not be there,
with ```python needs PACKAGE.
"""

from __future__ import annotations

import ast
import doctest
import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from wengert import version
from wengert.config import config
from wengert.engine import graph

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
BLOCK = re.compile(r"^```python *(?P<marker>.*?)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]+)[^)]*\)")


def examples(path: Path) -> Iterator[tuple[int, str]]:
    """The blocks to run, each with the number of the line above it."""
    text = path.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        what, _, package = block["marker"].partition(" ")
        if what != "no-run" and (what != "needs" or find_spec(package)):
            yield text.count("\n", 0, block.start("code")), block["code"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_examples_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if config.tier == "eager" and path.name in ("errors.md", "why.md"):
        pytest.skip("where each operation is a recording of its own, less is known of the way")
    namespace: dict[str, object] = {"__name__": "example"}
    monkeypatch.setattr(graph, "TABLE", dict(graph.TABLE))   # an example may declare primitives
    for line, code in examples(path):
        if code.lstrip().startswith(">>>"):
            run_session(code, namespace, path, line)
        else:
            # The empty lines make a traceback show the document's line numbers.
            exec(compile("\n" * line + code, str(path), "exec"), namespace)


def run_session(code: str, namespace: dict[str, object], path: Path, line: int) -> None:
    test = doctest.DocTestParser().get_doctest(code, {}, path.name, str(path), line)
    test.globs = namespace
    report: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=report.append, clear_globs=False)
    if report:
        pytest.fail("".join(report), pytrace=False)


@pytest.mark.once
def test_the_notebook_runs_and_has_something_to_show() -> None:
    path = ROOT / "examples" / "derivative.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    namespace: dict[str, object] = {"__name__": "__main__"}
    shown = []
    for k, cell in enumerate(cell for cell in cells if cell["cell_type"] == "code"):
        tree = ast.parse("".join(cell["source"]))
        *statements, last = tree.body
        exec(compile(ast.Module(statements, []), f"cell {k}", "exec"), namespace)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), f"cell {k}", "eval"), namespace))
        else:
            exec(compile(ast.Module([last], []), f"cell {k}", "exec"), namespace)
    pages = [each._repr_html_() for each in shown if hasattr(each, "_repr_html_")]
    assert len(pages) == 5 and all(len(page) > 100 for page in pages)


@pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)
def test_links_lead_somewhere(path: Path) -> None:
    broken = [
        link["path"] for link in LINK.finditer(path.read_text(encoding="utf-8"))
        if not (path.parent / link["path"]).exists()
    ]
    assert not broken


def test_the_index_links_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / link["path"]).resolve()
              for link in LINK.finditer(index.read_text(encoding="utf-8"))}
    pages = {index.parent / "decisions" / "README.md", *index.parent.glob("*.md")} - {index}
    assert pages <= linked


def test_the_changelog_begins_with_the_version_at_hand() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = re.search(r"^## (\S+)", text, re.MULTILINE)
    assert first is not None and first[1] == version.wengert


def test_the_loops_of_the_example_are_those_that_the_page_shows() -> None:
    page = ROOT / "docs" / "kernels.md"
    namespace: dict[str, object] = {"__name__": "example"}
    for _, code in examples(page):
        exec(compile(code, str(page), "exec"), namespace)
    loops = eval("kernels[0].loops", namespace)
    text = page.read_text(encoding="utf-8")
    width = re.compile(r"\d+ at a time")   # a matter of the processor
    assert f"```\n{width.sub('', loops).strip()}\n```\n" in width.sub("", text)


def test_the_glossary_says_each_word_once_in_order() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [word.replace("`", "").lower()
             for word in re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE)]
    assert words == sorted(set(words))
