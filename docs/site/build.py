"""Builds the site: the pages of this folder, and a reference of every public name.

    python docs/site/build.py [folder]     into build/site, unless told otherwise

Warnings are errors. Links between the pages are checked here; those that leave the repository's
pages (to a file of the source) are written as its name. Needs the extra ``docs`` (Sphinx, furo,
myst-parser); no network.
"""

from __future__ import annotations

import importlib
import inspect
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
DOCS, ROOT = HERE.parent, HERE.parent.parent
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<path>(?!\w+:|#)[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
FENCE = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)
OUTSIDE = {"README.md": "readme.md", "CONTRIBUTING.md": "contributing.md",
           "CHANGELOG.md": "changelog.md"}
PARTS = {
    "Tutorials": ["readme", "tour", "from_scratch", "coming_from"],
    "How to": ["bring_your_program", "running", "numpy", "transforms", "export", "explain",
               "profile", "own_primitives", "threads"],
    "Reference": ["reference/index", "derivatives", "conventions", "differences", "names",
                  "coverage", "accuracy", "packages", "benchmarks"],
    "Explanation": ["index_page", "kernels", "layout", "glossary", "decisions/README",
                    "contributing", "changelog"],
}
"""The sections of the site and their pages; a page that is in none is at the end of the last."""
TITLES = {"readme": "Start here <readme>", "index_page": "The idea on one page <index_page>"}
MODULES = [
    "wengert", "wengert.Tensor", "wengert.nn", "wengert.nn.functional", "wengert.nn.init",
    "wengert.nn.utils", "wengert.optim", "wengert.optim.lr_scheduler", "wengert.autograd",
    "wengert.autograd.functional", "wengert.autograd.forward_ad", "wengert.func",
    "wengert.linalg", "wengert.special", "wengert.fft", "wengert.sparse", "wengert.masked",
    "wengert.random", "wengert.distributions", "wengert.utils.data", "wengert.utils.checkpoint",
    "wengert.export", "wengert.ode", "wengert.library", "wengert.overrides", "wengert.profiler",
    "wengert.testing", "wengert.primitives", "wengert.interop.scipy"]


def main() -> int:
    """Build the site; the exit status of Sphinx."""
    from sphinx.cmd.build import main as sphinx

    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site"
    source = out.parent / f"{out.name}-source"
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    copy_pages(source)
    write_reference(source / "reference")
    write_start(source)
    return int(sphinx(["-q", "-W", "--keep-going", "-b", "html", "-c", str(HERE), str(source),
                       str(out)]))


# ---- pages ----


def pages() -> dict[Path, Path]:
    """Where each page is, and where it goes."""
    found = {path: path.relative_to(DOCS) for path in (
        *sorted(DOCS.glob("*.md")), *sorted((DOCS / "decisions").glob("*.md")))}
    found[DOCS / "index.md"] = Path("index_page.md")
    return found | {ROOT / name: Path(new) for name, new in OUTSIDE.items()}


def copy_pages(target: Path) -> None:
    """The pages, with links that hold in their new places; SystemExit for one that leads
    nowhere."""
    where = {path.resolve(): new for path, new in pages().items()}
    for path, new in pages().items():
        parts = FENCE.split(path.read_text(encoding="utf-8"))
        text = "".join(part if part.startswith("```") else LINK.sub(
            lambda link, path=path, new=new: moved(link, path, new, where), part)
            for part in parts)
        (target / new).parent.mkdir(exist_ok=True)
        (target / new).write_text(text, encoding="utf-8")
    for folder in DOCS.iterdir():
        if folder.is_dir() and folder.name not in ("site", "decisions"):
            shutil.copytree(folder, target / folder.name)


def moved(link: re.Match[str], path: Path, new: Path, where: dict[Path, Path]) -> str:
    """A link as it has to be in the page's new place."""
    goal = (path.parent / link["path"]).resolve()
    if not goal.exists():
        raise SystemExit(f"{path.relative_to(ROOT)}: {link['path']} leads nowhere")
    if goal in where:
        up = "../" * (len(new.parts) - 1)
        return f"[{link['text']}]({up}{where[goal].as_posix()}{link['anchor'] or ''})"
    if goal.suffix in (".svg", ".png"):
        return link[0]
    return link["text"]


def write_start(source: Path) -> None:
    """The first page: the sections."""
    there = {str(path.relative_to(source).with_suffix("")) for path in source.rglob("*")
             if path.suffix in (".md", ".rst")}
    named = {page for group in PARTS.values() for page in group}
    rest = sorted(page for page in there - named
                  if not page.startswith(("reference/", "decisions/")))
    lines = ["# Wengert", "", "PyTorch's programs in pure Python, with derivatives of every kind, "
             "at compiled speed.", ""]
    for title, group in PARTS.items():
        group = [page for page in group if page in there]
        group += rest if title == "Explanation" else []
        lines += ["```{toctree}", f":caption: {title}", ":maxdepth: 1", "",
                  *(TITLES.get(page, page) for page in group), "```", ""]
    (source / "index.md").write_text("\n".join(lines), encoding="utf-8")
    decisions = sorted(page.removeprefix("decisions/") for page in there
                       if page.startswith("decisions/0"))
    with (source / "decisions" / "README.md").open("a", encoding="utf-8") as page:
        page.write("\n```{toctree}\n:hidden:\n\n" + "\n".join(decisions) + "\n```\n")


# ---- the reference ----


def write_reference(folder: Path) -> None:
    """A page for each module, with each public name; every name once, where it is seen first."""
    folder.mkdir()
    seen: set[int] = set()
    names = []
    for path in MODULES:
        if found := list(members(path, seen)):
            names.append(path)
            title = "torch" + path.removeprefix("wengert")
            lines = [title, "=" * len(title), "", f".. py:currentmodule:: {path}", ""]
            for name, kind in found:
                lines += [f".. auto{kind}:: {path}.{name}",
                          *(["   :members:"] if kind == "class" else []), ""]
            (folder / f"{path}.rst").write_text("\n".join(lines), encoding="utf-8")
    lines = ["Every name", "==========", "", ".. toctree::", "   :maxdepth: 1", "",
             *(f"   {name}" for name in names), ""]
    (folder / "index.rst").write_text("\n".join(lines), encoding="utf-8")


def members(path: str, seen: set[int]) -> Iterator[tuple[str, str]]:
    """The documented public names of a module or class, and how Sphinx is to write them."""
    try:
        owner: Any = importlib.import_module(path)
    except ImportError:
        module, _, name = path.rpartition(".")
        owner = getattr(importlib.import_module(module), name)
    names = getattr(owner, "__all__", None) or sorted(
        n for n in dir(owner) if not n.startswith("_"))
    for name in names:
        try:
            found = inspect.getattr_static(owner, name) if isinstance(owner, type) else getattr(
                owner, name)
        except (AttributeError, ImportError, RuntimeError):
            continue
        kind = kind_of(found, isinstance(owner, type))
        if f"{path}.{name}" in MODULES:
            continue
        if kind is None or id(found) in seen or not inspect.getdoc(found):
            continue
        seen.add(id(found))
        yield name, kind


def kind_of(found: Any, inside: bool) -> str | None:
    """``function``, ``class``, …; None for what has no page."""
    if isinstance(found, ModuleType):
        return None
    if isinstance(found, type):
        return None if inside else "class"
    if isinstance(found, property):
        return "property"
    if inspect.isroutine(found) or callable(found):
        return "method" if inside else "function"
    return None


if __name__ == "__main__":
    sys.exit(main())
