"""Runs one program per package that imports torch, and compares what it prints with PyTorch's.

    python -m tests.packages [NAME...]      the programs with these names, all without any
        --venv FOLDER     where the packages are installed (default: .packages, made if missing)
        --installed       install nothing: take the folder as it is
        --newest          the newest versions instead of those in versions.txt, which is written
        --oracle PYTHON   a Python that has PyTorch: what it prints is stored as expected
        --write           write docs/packages.md
        --ci              twelve of them, quick ones that need little

A program stands in ``programs/`` and says in its docstring what it shows, and after ``needs:``
which packages it needs, without what those would pull in: ``others.txt`` has what the packages ask
for besides, ``versions.txt`` which versions. What PyTorch printed is in ``expected/``; the numbers
of a line may differ by a relative 1e-4, or by what ``tolerance:`` says. Where the registry cannot
be reached, nothing runs, and it says so.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS, EXPECTED, OTHERS = HERE / "programs", HERE / "expected", HERE / "others.txt"
VERSIONS = HERE / "versions.txt"
ROOT = HERE.parent.parent
PAGE = ROOT / "docs" / "packages.md"
APART = frozenset(["torchvision"])
"""Packages that only the programs which need them find: others look for them, and want more of
them where they are."""
CI = ["autoray", "einops", "jaxtyping", "lion", "msssim", "opt_einsum", "pytorch_ranger",
      "pytorch_warmup", "schedulefree", "torch_ema", "torchdiffeq", "torchsummary"]
"""What ``--ci`` runs."""
CI_OTHERS = ["numpy", "scipy", "llvmlite", "typing_extensions", "wadler-lindig"]
"""What those ask for besides."""
LIMIT = 600
"""Seconds that a program may take."""
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*(?:e[-+]?\d+)?|\d+(?:e[-+]?\d+)?|inf|nan)\b")


@dataclass
class Program:
    """A program: what it shows, the packages that it needs, how close its numbers must be."""

    path: Path
    title: str
    needs: list[str]
    tolerance: float

    @property
    def name(self) -> str:
        return self.path.stem.removeprefix("with_")

    @property
    def expected(self) -> Path:
        return EXPECTED / f"{self.name}.txt"


def programs() -> list[Program]:
    """All of them, by name."""
    return [_read(path) for path in sorted(PROGRAMS.glob("with_*.py"))]


def _read(path: Path) -> Program:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    lines = text.splitlines()
    said = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    return Program(path, lines[0], said["needs"].split(), float(said.get("tolerance", 1e-4)))


# ---- the packages ----


def install(folder: Path, names: list[str], others: list[str], newest: bool) -> bool:
    """Whether the packages are there, without torch, in an environment at ``folder``."""
    python = python_of(folder)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    beside = [name for name in [*names, *others] if name not in APART]
    which = ["--upgrade"] if newest else ["-c", str(VERSIONS)]
    for wanted, where in ((beside, []), (sorted(APART & set(names)), [folder / "apart"])):
        target = ["--target", *map(str, where)] if where else []
        done = wanted and subprocess.run(
            [str(python), "-m", "pip", "install", "-q", "--no-deps", *which, *target, *wanted],
            capture_output=True, text=True)
        if done and done.returncode:
            print(f"cannot be installed: {done.stderr.strip().splitlines()[-1]}")
            return False
    return True


def python_of(folder: Path) -> Path:
    """The Python of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def write_versions(folder: Path, names: list[str]) -> None:
    """Write which versions of the packages are installed, for the next time."""
    listed = [f"{name}=={version_in(folder, name)}" for name in sorted(set(names), key=str.lower)]
    VERSIONS.write_text("\n".join([*listed, ""]), encoding="utf-8")


def version_in(folder: Path, name: str) -> str:
    """The version of an installed package; "" if it is not there."""
    text = (f"import importlib.metadata as m, sys\nsys.path.append({str(folder / 'apart')!r})\n"
            f"try: print(m.version({name!r}))\n"
            "except m.PackageNotFoundError: pass")
    return subprocess.run([str(python_of(folder)), "-c", text], capture_output=True,
                          text=True).stdout.strip()


def apart(program: Program, folder: Path) -> list[Path]:
    """Where the program finds packages that others do not."""
    return [folder / "apart"] if APART & set(program.needs) else []


# ---- one program ----


def printed(command: list[str], program: Program, path: list[Path]) -> tuple[str, str]:
    """What a program prints, and the last line of its error; "" if it ran to its end."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "HF_HUB_OFFLINE": "1",
               "TRANSFORMERS_VERBOSITY": "error", "PYTHONWARNINGS": "ignore", "MPLBACKEND": "Agg",
               "KERAS_BACKEND": "torch", "DDE_BACKEND": "pytorch", "CUDA_VISIBLE_DEVICES": ""}
        try:
            done = subprocess.run([*command, str(program.path)], capture_output=True, text=True,
                                  cwd=folder, env=env, timeout=LIMIT)
        except subprocess.TimeoutExpired:
            return "", f"no end after {LIMIT} s"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    error = (lines or ["no word of error"])[-1] if done.returncode else ""
    if done.returncode and os.environ.get("PACKAGES_TRACEBACK"):
        print(done.stderr)
    return done.stdout, error


def difference(expected: str, found: str, tolerance: float) -> tuple[str, float]:
    """The first line where the texts differ by more, and the largest relative difference."""
    worst = 0.0
    for want, got in zip([*expected.splitlines(), *[""] * 999], found.splitlines()):
        if NUMBER.sub("#", want) != NUMBER.sub("#", got):
            return f"{got[:90]!r}, with PyTorch {want[:90]!r}", worst
        for a, b in zip(map(float, NUMBER.findall(want)), map(float, NUMBER.findall(got))):
            off = 0.0 if a == b or (a != a and b != b) else abs(a - b) / max(abs(a), 1e-3)
            worst = max(worst, off)
            if not off <= tolerance:
                return f"{got[:90]!r}, with PyTorch {want[:90]!r}", worst
    if len(found.splitlines()) < len(expected.splitlines()):
        return "lines are missing", worst
    return "", worst


def outcome(program: Program, folder: Path) -> str:
    """``= 1e-7``, the difference to PyTorch's numbers; "runs"; or what is wrong."""
    command = [str(python_of(folder)), "-m", "wengert", "run"]
    out, error = printed(command, program, [ROOT / "src", *apart(program, folder)])
    if error:
        return f"fails: {error}"
    if not program.expected.exists():
        return "runs"
    what, worst = difference(program.expected.read_text(encoding="utf-8"), out, program.tolerance)
    return f"differs: {what}" if what else f"= {worst:.0e}" if worst else "identical"


def store(program: Program, oracle: str, folder: Path) -> None:
    """Have what PyTorch prints be expected."""
    site, = (folder / "lib").glob("python*/site-packages")
    beside = [HERE / "torchvision_alone"] if apart(program, folder) else []
    out, error = printed([oracle], program, [*beside, site, *apart(program, folder)])
    if error:
        print(f"{program.name}: with PyTorch: {error}")
        return
    EXPECTED.mkdir(exist_ok=True)
    program.expected.write_text(out, encoding="utf-8")


def page(rows: list[tuple[Program, str, str]]) -> str:
    """The text of docs/packages.md."""
    good = sum(not result.startswith(("fails", "differs")) for _, _, result in rows)
    lines = [
        "# Packages that import torch", "",
        "One program per row, a training step or a typical use, run by `wengert run` with the "
        "package installed without", "its dependencies and torch absent: `python -m "
        "tests.packages --write` writes this page. `= 1e-7`: what the",
        "program prints differs from PyTorch's by that much at most, relatively; `runs`: there is "
        "no such text to", "compare with. [bring_your_program.md](bring_your_program.md) says how "
        "to install packages without PyTorch.", "", f"{good} of {len(rows)} pass.", "",
        "| package | version | program | result |", "| --- | --- | --- | --- |"]
    for program, version, result in rows:
        title = program.title.partition(": ")[2].rstrip(".")
        lines.append(f"| {program.needs[0]} | {version} | [{title}](../tests/packages/programs/"
                     f"{program.path.name}) | {result.replace('|', '/')} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.packages", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--venv", type=Path, default=ROOT / ".packages")
    parser.add_argument("--installed", action="store_true")
    parser.add_argument("--newest", action="store_true")
    parser.add_argument("--oracle")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--ci", action="store_true")
    asked = parser.parse_args()
    names = CI if asked.ci else asked.names
    chosen = [each for each in programs() if not names or each.name in names]
    others = CI_OTHERS if asked.ci else OTHERS.read_text(encoding="utf-8").split()
    needed = list(dict.fromkeys(name for each in chosen for name in each.needs))
    if not asked.installed and not install(asked.venv, needed, others, asked.newest):
        print("skipped: the registry cannot be reached")
        return 0
    if asked.newest and len(chosen) == len(programs()):
        write_versions(asked.venv, [*needed, *others])
    rows = []
    for program in chosen:
        if asked.oracle:
            store(program, asked.oracle, asked.venv)
        rows.append((program, version_in(asked.venv, program.needs[0]),
                     outcome(program, asked.venv)))
        print(f"{program.name:28} {rows[-1][1]:10} {rows[-1][2]}", flush=True)
    if asked.write:
        PAGE.write_text(page(rows), encoding="utf-8")
    bad = sum(result.startswith(("fails", "differs")) for _, _, result in rows)
    print(f"{len(rows) - bad} of {len(rows)} pass")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
