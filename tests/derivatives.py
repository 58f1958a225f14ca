"""The table of derivatives as a page: ``python -m tests.derivatives`` writes docs/derivatives.md
and the plots in docs/derivatives/, which ``python -m tests.namespace`` does too."""

from __future__ import annotations

import re
from pathlib import Path

from wengert.engine.graph import Primitive
from wengert.explain.derivations import Argument, Derivation, everything, row
from wengert.explain.plots import plot

DOCS = Path(__file__).parents[1] / "docs"
PAGE, PLOTS = DOCS / "derivatives.md", DOCS / "derivatives"
TOP = """# Derivatives

Every primitive of the table: its value, its derivative in each argument, what holds at its kinks,
and where that is written. All other functions are made of these, and their derivatives follow.
`wengert.derivative("log")` prints a row; `wengert.explain(f)(x)` shows what a function is made of.
This page is made of the table (`python -m tests.derivatives`).

- **partial**: `dy/dx` is the formula, in the value `y` and the arguments; the chain rule multiplies
  by it, element by element.
- **linear**: the transpose says what a cotangent `ct` of the value gives to the argument.
- **tangent rule**: what a tangent `t` of the argument gives to the value; reverse mode transposes
  it.
- *none*: there is no derivative (integers, comparisons).

At a kink PyTorch's choice is taken: [conventions.md](conventions.md).
"""


def page() -> str:
    """The page."""
    files: dict[str, list[Primitive]] = {}
    for prim in everything().values():
        files.setdefault(row(prim).place.partition(":")[0], []).append(prim)
    parts = [TOP]
    for file, prims in sorted(files.items()):   # in whatever order they were loaded
        parts.append(f"\n## {file.removeprefix('wengert/engine/ops/')}\n")
        plain, rich = [], []
        for prim in prims:
            (rich if any(each.kind != "none" for each in row(prim).arguments) else plain).append(
                prim)
        parts += map(section, rich)
        if plain:
            parts.append("Without a derivative: " + ", ".join(
                f"`{prim.name}`" for prim in plain) + ".\n")
    return "\n".join(parts)


def section(prim: Primitive) -> str:
    """One primitive."""
    found = row(prim)
    picture = f"\n![{prim.name} and its derivative](derivatives/{prim.name}.svg)\n" if (
        plot(prim)) else ""
    value = found.value.replace("](", "] (")   # which is no link
    lines = [f"### {prim.name}\n", f"`y = {value}`, in {place(found)}\n"]
    lines += [argument(each) for each in found.arguments]
    lines += [f"- {line}" for line in found.kinks]
    return "\n".join(lines) + "\n" + picture


def argument(found: Argument) -> str:
    """One derivative."""
    if found.kind == "none":
        return f"- in `{found.name}`: *none*"
    formula = f"`dy/d{found.name} = {found.formula}`" if found.kind == "partial" else (
        f"in `{found.name}`: `{found.formula.removeprefix('linear: ')}`")
    also = f", written `{found.written}`" if (
        found.written and found.written not in found.formula) else ""
    return f"- {formula} (**{found.kind}**){also}"


def place(found: Derivation) -> str:
    file, _, line = found.place.partition(":")
    return f"[{Path(file).name}:{line}](../src/{file}#L{line})"


def without_lines(text: str) -> str:
    """A page without the numbers of lines, which move with every edit."""
    return re.sub(r"(?<=\.py)(:|#L)\d+", "", text)


def write() -> None:
    """Write the page and the plots."""
    PLOTS.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    made = set()
    for prim in everything().values():
        text = plot(prim)
        if text:
            path = PLOTS / f"{prim.name}.svg"
            path.write_text(text, encoding="utf-8")
            made.add(path)
    for path in set(PLOTS.glob("*.svg")) - made:
        path.unlink()


if __name__ == "__main__":
    write()
