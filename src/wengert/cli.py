"""The command `wengert`: `wengert run SCRIPT.py [ARGS…]` runs a PyTorch script on Wengert, as do
`wengert run -m MODULE` and `wengert run -c TEXT`. `wengert stand-in` writes a distribution for pip.

In that process `torch` and its submodules are Wengert's modules (`as_torch.py`); nothing on disk
changes. All else is as with `python SCRIPT.py`: `__main__`, `sys.argv`, `sys.path`, what is
printed, tracebacks and exit codes. `--progress`, `--explain` and `--profile` add to what is
printed.
Start reading at `main`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import wengert
from wengert.as_torch import install_as_torch
from wengert.config import config
from wengert.distributed import launcher, leaving, start
from wengert.engine.tracebacks import shortened
from wengert.explain.watch import Watch
from wengert.programs import NotThere, Program, of_module, of_script, of_text
from wengert.stand_in import build

_NOT_EXPLAINED = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    given = sys.argv[1:] if argv is None else list(argv)
    arguments = _parser().parse_args(given)
    arguments.given = given
    code: int = arguments.command(arguments)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wengert", description="PyTorch programs on Wengert.")
    parser.add_argument("--version", action="version", version=f"wengert {wengert.version.wengert}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run a PyTorch script on Wengert")
    run.add_argument("--full-traceback", action="store_true",
                     help="show Wengert's own lines in a traceback too")
    run.add_argument("--progress", action="store_true",
                     help="count the backward passes on stderr, and say how long one takes")
    run.add_argument("--explain", metavar="TENSOR", action="append", default=[],
                     help="after the script, show how the last backward got the gradient of TENSOR "
                          "(a name, or another expression of the script)")
    run.add_argument("--html", metavar="FILE", default="",
                     help="with --explain: write the explanation to FILE as a page in which one "
                          "steps through the program (with several, FILE gets a number)")
    run.add_argument("--profile", action="store_true",
                     help="after the script, show what ran: the programs and their kernels, how "
                          "often and how long, and the lines that they cover")
    _add_processes(run)
    run.add_argument("-m", dest="module", metavar="MODULE ARGS", nargs=argparse.REMAINDER,
                     help="run a module, as `python -m` does")
    run.add_argument("-c", dest="command_text", metavar="TEXT ARGS", nargs=argparse.REMAINDER,
                     help="run a program given as text")
    run.add_argument("script", metavar="SCRIPT.py", nargs="?",
                     help="a script, a folder or archive with a __main__.py, or - for what comes "
                          "from standard input")
    run.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER,
                     help="sys.argv[1:] of the script")
    run.set_defaults(command=_run)

    stand_in = commands.add_parser(
        "stand-in", help="write a distribution named torch that is Wengert, for pip")
    stand_in.add_argument("folder", metavar="FOLDER", nargs="?", default="stand-in",
                          help="where (default: %(default)s)")
    stand_in.set_defaults(command=_stand_in)
    return parser


def _add_processes(run: argparse.ArgumentParser) -> None:
    """The options of a program in several processes: torchrun's, where they mean the same."""
    several = run.add_argument_group("several processes", "as torchrun starts them")

    def add(name: str, *others: str, default: int | str, metavar: str, help: str) -> None:
        several.add_argument(f"--{name}", f"--{name.replace('-', '_')}", *others, default=default,
                             type=type(default), metavar=metavar, help=help)

    add("nproc-per-node", default=0, metavar="N",
        help="run the script in N processes on this machine, each on processors of its own")
    add("nnodes", default=1, metavar="N",
        help="on N machines, on each of which this command is given")
    add("node-rank", default=0, metavar="K", help="which of them this is, from 0 on")
    add("master-addr", default="127.0.0.1", metavar="HOST", help="the address of the first")
    add("master-port", default=0, metavar="PORT", help="a free port there (29500 with --nnodes)")
    add("max-restarts", default=0, metavar="N",
        help="start all processes again after a failure, so many times at most")
    several.add_argument("--number-lines", action="store_true",
                         help="begin each line of output with the rank that wrote it")


# ---- wengert stand-in ----


def _stand_in(arguments: argparse.Namespace) -> int:
    wheel, constraints = build(arguments.folder)
    print(f"pip install {wheel}\n    makes `import torch` Wengert here, and satisfies packages "
          f"that require torch\npip install -c {constraints} PACKAGE\n    installs a package that "
          "requires torch, with this in PyTorch's place")
    return 0


# ---- wengert run ----


def _run(arguments: argparse.Namespace) -> int:
    if arguments.nproc_per_node and not launcher.is_launched():
        return launcher.launch(_job(arguments))
    arguments.progress &= launcher.is_first()
    if arguments.html and not arguments.explain:
        print("wengert: --html needs --explain TENSOR: what to explain", file=sys.stderr)
        return 2
    try:
        program = _program(arguments)
    except NotThere as error:
        print(f"wengert: {error}", file=sys.stderr)
        return error.code

    config.full_traceback |= arguments.full_traceback
    if start.is_launched():
        leaving.watch()
    try:
        if arguments.profile:
            return _profiled(program, arguments)
        return _run_program(program, arguments)
    except SystemExit as end:
        leaving.exits(end.code)
        raise
    except BaseException:
        if not config.full_traceback:
            _print_from_the_script()
        raise


def _job(arguments: argparse.Namespace) -> launcher.Job:
    """The processes that are asked for, each of which runs the rest of this command."""
    port = arguments.master_port or (29500 if arguments.nnodes > 1 else 0)
    return launcher.Job(
        [sys.executable, "-m", "wengert", *arguments.given],
        arguments.nproc_per_node, arguments.nnodes, arguments.node_rank, arguments.master_addr,
        port, arguments.max_restarts, arguments.number_lines)


def _program(arguments: argparse.Namespace) -> Program:
    """What is to run, with ``torch``, ``sys.argv``, ``sys.path`` and ``__main__`` as it finds
    them."""
    if arguments.module is not None:
        name, *rest = _first(arguments.module, "-m")
        install_as_torch()
        return of_module(name, rest)
    if arguments.command_text is not None:
        text, *rest = _first(arguments.command_text, "-c")
        install_as_torch()
        return of_text(text, rest)
    if arguments.script is None:
        raise NotThere("run needs a SCRIPT.py, -m MODULE or -c TEXT")
    program = of_script(arguments.script, arguments.args)
    install_as_torch()
    return program


def _first(given: list[str], option: str) -> list[str]:
    if not given:
        raise NotThere(f"argument expected for the {option} option")
    return given


def _profiled(program: Program, arguments: argparse.Namespace) -> int:
    """Runs the script, then shows its profile."""
    profile = wengert.profile()
    ended: SystemExit | None = None
    code = 0
    with profile:
        try:
            code = _run_program(program, arguments)
        except SystemExit as error:
            ended = error
    print(f"\n{profile}", end="", flush=True)
    if ended is not None:
        raise ended
    return code


def _run_program(program: Program, arguments: argparse.Namespace) -> int:
    """Runs the program as the other options ask."""
    if arguments.progress or arguments.explain:
        return _watched(program, arguments)
    program.run()
    return 0


def _watched(program: Program, arguments: argparse.Namespace) -> int:
    """Runs the script, then says what `--progress` and `--explain` ask for."""
    watch = Watch(progress=arguments.progress, remember=bool(arguments.explain),
                  modules=bool(arguments.html))
    ended: SystemExit | None = None
    with watch:
        try:
            program.run()
        except SystemExit as error:
            ended = error
    sys.stdout.flush()
    if arguments.progress:
        print(watch.summary(), file=sys.stderr, flush=True)
    pages = _pages(arguments.html, len(arguments.explain))
    code = max(map(_explain, arguments.explain, [watch] * len(pages), pages), default=0)
    if ended is not None:
        raise ended
    return code


def _pages(path: str, count: int) -> list[str]:
    """The files for so many pages: `page.html`, or `page-1.html`, `page-2.html`."""
    if not path or count < 2:
        return [path] * count
    name = Path(path)
    return [str(name.with_stem(f"{name.stem}-{k}")) for k in range(1, count + 1)]


def _explain(tensor: str, watch: Watch, page: str) -> int:
    """Shows how the last backward got a gradient; the exit code."""
    try:
        if watch.last is None:
            raise RuntimeError("the script ran no backward")
        found = watch.last.explain(tensor)
        if page:
            found.html(page)
            print(f"wrote {page}: open it in a browser", file=sys.stderr)
        else:
            print(f"\n{found}", end="")
    except Exception as error:
        print(f"wengert: --explain {tensor}: {error}", file=sys.stderr)
        return _NOT_EXPLAINED
    return 0


def _print_from_the_script() -> None:
    """Has Python print the error that is on its way out from the script's first line on.

    The error itself leaves untouched, so the exit code and all else stay Python's affair.
    """
    print_error = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException,
             traceback: TracebackType | None) -> None:
        with shortened(error, Program.run.__code__) as short:
            print_error(kind, error, short)

    sys.excepthook = hook
