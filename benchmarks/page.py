"""A document of what the benchmarks printed: ``python -m benchmarks QUESTION… --page PAGE``.

A question has a section of the page: the command, the machine, and its tables as they were printed.
A section is written anew when its question is asked, and stays as it is when it is not. The rows
of these tables that ``README.md`` quotes are put there too (:func:`quoted`), so that no number
stands in either document that no benchmark printed.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TextIO

INTRODUCTION = """\
# Benchmarks

What `python -m benchmarks` printed, a section for each question; `--page docs/benchmarks.md`
writes this page. Absolute times are those of the machine in the first line of each section, so look
at the ratios. All subjects of a table are measured in one run, in turns, each in a process of its
own.

- A table has a row for each task. Where it has a column for each subject, a cell is the median
  time of a step, and after × its ratio to Wengert's: above 1 it took longer than Wengert.
- `wengert` is an unchanged program, line by line; `wengert.compile` the same step under
  `torch.compile`; `torch` is PyTorch as it is, `torch.compile` PyTorch compiled, `jax.jit` JAX with
  the whole step compiled, `NumPy` the gradient written out by hand into buffers made before.
- A line that begins with `bound:` says what the project holds itself to, and whether this run kept
  it. It is a test of the project, not a result: near its limit, a bound falls on either side from
  run to run.
- Where the time of a step goes into products of matrices, Wengert and its peers call libraries of
  equal speed, and what is left to gain lies between the products.

The head of each file in [benchmarks/](../benchmarks) says what its question measures, and how.
"""

SECTION = re.compile(r"^## (?P<name>\w+)\n\n`(?P<command>[^`]*)`\n\n```text\n(?P<text>.*?)^```\n",
                     re.MULTILINE | re.DOTALL)
QUOTE = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
README = Path(__file__).parent.parent / "README.md"


class _Both(io.StringIO):
    """Keeps what is written and passes it on."""

    def __init__(self, to: TextIO) -> None:
        super().__init__()
        self.to = to

    def write(self, text: str) -> int:
        self.to.write(text)
        self.to.flush()
        return super().write(text)


def printed(run: Callable[[], None]) -> str:
    """What ``run`` prints, which is seen as well."""
    both = _Both(sys.stdout)
    with redirect_stdout(both):
        run()
    return both.getvalue()


def sections(page: str) -> dict[str, tuple[str, str]]:
    """By question: the command and the text of a page's sections."""
    return {each["name"]: (each["command"], each["text"]) for each in SECTION.finditer(page)}


def write(path: Path, found: dict[str, tuple[str, str]], order: Iterable[str]) -> None:
    """Put the sections ``found`` into the page, in the order of the questions, and their rows into
    the README if this is the page that it links."""
    old = sections(path.read_text(encoding="utf-8")) if path.exists() else {}
    new = old | found
    parts = [INTRODUCTION]
    for name in (*order, *(new.keys() - set(order))):
        if name in new:
            command, text = new[name]
            parts.append(f"## {name}\n\n`{command}`\n\n```text\n{text.strip()}\n```\n")
    page = "\n".join(parts)
    path.write_text(page, encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    if path.resolve() == README.parent / "docs" / "benchmarks.md":
        README.write_text(quoted(readme, page), encoding="utf-8")


def quoted(readme: str, page: str) -> str:
    """The README with the rows of steps that it quotes as the page has them now."""
    block = QUOTE.search(readme)
    _, text = sections(page).get("speed", ("", ""))
    rows = {title_of(line): line for line in reversed(text.splitlines()) if line}
    titles = [title_of(line) for line in block[1].splitlines()] if block else []
    if block is None or not rows.keys() >= set(titles):   # a run of a few tasks
        return readme
    return readme[:block.start(1)] + "".join(f"{rows[each]}\n" for each in titles) \
        + readme[block.end(1):]


def title_of(line: str) -> str:
    """The first column of a row; nothing for the head of a table of steps."""
    return "" if line.startswith(" ") and "wengert" in line else re.split(r" {2,}", line + "  ")[0]
