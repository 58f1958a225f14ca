"""An explanation as one HTML file: :func:`html`.

The file needs nothing but itself: the rows as JSON, the script's lines, pictures of what is not too
large, ``page.css`` and ``page.js``.
"""

from __future__ import annotations

import json
import linecache
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from .picture import drawing
from .rows import Explained, Row
from .text import equals, heading, needed

HERE = Path(__file__).parent
MOST_LINES = 4000
"""Of a file so many lines are in the page, around those that recorded something."""
MOST_DRAWN = 60
"""A fold with more rows than this has no picture."""
MOST_PICTURES = 60
KEYS = ("<kbd>←</kbd> <kbd>→</kbd> step, <kbd>b</kbd> to the backward pass, <kbd>Enter</kbd> opens "
        "and folds, <kbd>/</kbd> searches, <kbd>n</kbd> next, <kbd>Home</kbd> <kbd>End</kbd>")


def html(found: Explained) -> str:
    """The page."""
    data = Data(found)
    text = json.dumps(data.everything(), ensure_ascii=False, separators=(",", ":"))
    title = heading(found)
    return TEMPLATE.format(
        title=escape(title), css=(HERE / "page.css").read_text(encoding="utf-8"), keys=KEYS,
        js=(HERE / "page.js").read_text(encoding="utf-8"), whole=whole(found),
        data=text.replace("<", "\\u003c"))


class Data:
    """What the page's script reads."""

    def __init__(self, found: Explained) -> None:
        self.found = found
        self.files: dict[str, int] = {}
        self.lines: dict[str, set[int]] = {}
        self.left = MOST_PICTURES
        self.missing = ""

    def everything(self) -> dict[str, Any]:
        """All of it."""
        found = self.found
        picture = self.picture(found.rows)
        rows = [self.row(row) for row in found.rows]
        return {"output": found.output, "rows": rows, "picture": picture,
                "nopicture": self.missing or "There are too many operations here for a picture: "
                "open a part.",
                "leaves": [{"name": leaf.name, "value": leaf.value, "gradient": leaf.gradient,
                            "kind": f"{leaf.dtype}{list(leaf.shape)}", "before": leaf.before}
                           for leaf in found.leaves],
                "files": [self.file(name) for name in self.files]}

    def row(self, row: Row) -> dict[str, Any]:
        """A row, and those inside it."""
        made: dict[str, Any] = {
            "n": row.name, "f": row.formula, "s": row.shape, "d": row.dtype, "o": row.operation,
            "v": row.value, "c": row.cotangent, "k": row.kind, "t": row.title,
            "l": self.place(row), "a": [[factor.argument, factor.text, factor.value, factor.part]
                                        for factor in row.factors]}
        if row.inside and not row.whole:
            if row.kind != "call" and self.left:
                self.left -= 1
                made["p"] = self.picture(row.inside)
            made["in"] = [self.row(each) for each in row.inside]
        return made

    def place(self, row: Row) -> tuple[int, int] | None:
        """The number of a row's file, and its line."""
        if row.place is None:
            return None
        name, line = row.place
        self.lines.setdefault(name, set()).add(line)
        return self.files.setdefault(name, len(self.files)), line

    def file(self, name: str) -> dict[str, Any]:
        """A file's lines, those around the recorded ones if there are many."""
        lines = [line.rstrip("\n") for line in linecache.getlines(name)]
        first = 1
        if len(lines) > MOST_LINES:
            first = max(1, min(self.lines[name]) - MOST_LINES // 2)
            lines = lines[first - 1:first - 1 + MOST_LINES]
        return {"name": Path(name).name, "first": first, "lines": lines or ["(no source)"]}

    def picture(self, rows: Sequence[Row]) -> str:
        """The rows drawn, where they are few and there is something to draw with."""
        if self.missing or not rows or len(rows) > MOST_DRAWN:
            return ""
        try:
            return drawing(rows, self.found.leaves, self.found.output)
        except ImportError as error:
            self.missing = f"No picture: {escape(str(error))}"
            return ""


def whole(found: Explained) -> str:
    """The paths and the whole gradient."""
    lines = [f"{path.argument}: {equals(path)}" for path in found.paths]
    text = "".join(f'<p class="mono">{escape(line)}</p>' for line in lines)
    if found.total is not None and found.leaves:
        both = equals(found.total)
        lines.append(both)
        text += f'<p class="mono ct">{escape(found.leaves[0].name)}.grad = {escape(both)}</p>'
    text += "".join(f'<p class="mono">{escape(name)} = {escape(what)}</p>'
                    for name, what in list(needed(found.where, lines).items())[:20])
    count = f"{found.path_count:,}" if found.path_count < 10 ** 9 else f"{found.path_count:.1e}"
    name = "path" if found.path_count == 1 else "paths"
    text = text or "<p>The formulas are too long to be written out: step through them.</p>"
    return f"<summary>{count} {name}, and the whole</summary>{text}"


TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{css}</style></head>
<body>
<header>
<h1>{title}</h1>
<div class="bar" role="toolbar" aria-label="steps">
<button id="first" title="to the first step (Home)" aria-label="first">|◀</button>
<button id="back" title="one step back (←)" aria-label="back">◀</button>
<button id="next" title="one step on (→)" aria-label="next">▶</button>
<button id="last" title="to the last step (End)" aria-label="last">▶|</button>
<button id="turn" title="where the backward pass begins, and back (b)">forward ⇄ backward</button>
<span id="phase" aria-live="polite"></span>
<input id="slider" type="range" min="0" value="0" aria-label="step">
<input id="search" type="search" placeholder="search ( / )" aria-label="search">
<span id="found" aria-live="polite"></span>
</div>
<div class="keys">{keys}</div>
</header>
<main>
<section id="source" aria-label="source"><h2>Source <span id="file"></span></h2>
<pre id="code"></pre></section>
<section id="steps" aria-label="steps"><h2>Recorded</h2><ol id="rows"></ol>
<h2>Gradients arrive at</h2><ol id="leaves"></ol></section>
<section id="detail" aria-label="this step"><h2>This step</h2>
<div class="card" id="card" aria-live="polite"></div>
<details id="whole">{whole}</details><div id="picture"></div></section>
</main>
<script type="application/json" id="data">{data}</script>
<script>
{js}</script>
</body></html>
"""
