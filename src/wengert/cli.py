"""The command `wengert`: `wengert run SCRIPT.py [ARGS…]` runs a PyTorch script on Wengert.

In that process `torch` and its submodules are Wengert's modules (`TorchIsWengert`); nothing on
disk changes. All else is as with `python SCRIPT.py`: `__main__`, `sys.argv`, `sys.path`, what is
printed, tracebacks and exit codes. `--progress`, `--explain` and `--profile` add to what is
printed.
Start reading at `main`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType, TracebackType

import wengert
from wengert.config import config
from wengert.engine.tracebacks import shortened
from wengert.explain import Watch
from wengert.names.missing import missing_text, public_names

_NO_SUCH_SCRIPT = 2   # the exit code of `python` in that case
_NOT_EXPLAINED = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code."""
    arguments = _parser().parse_args(argv)
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
    run.add_argument("--profile", action="store_true",
                     help="after the script, show what ran: the programs and their kernels, how "
                          "often and how long, and the lines that they cover")
    run.add_argument("script", metavar="SCRIPT.py")
    run.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER,
                     help="sys.argv[1:] of the script")
    run.set_defaults(command=_run)
    return parser


# ---- wengert run ----


def _run(arguments: argparse.Namespace) -> int:
    path = os.path.abspath(arguments.script)
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        print(f"wengert: can't open file {path!r}: [Errno {error.errno}] {error.strerror}",
              file=sys.stderr)
        return _NO_SUCH_SCRIPT

    config.full_traceback |= arguments.full_traceback
    sys.meta_path.insert(0, TorchIsWengert())
    sys.argv[:] = [arguments.script, *arguments.args]
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    namespace = vars(_main_module(path))
    try:
        if arguments.profile:
            return _profiled(source, path, namespace, arguments)
        return _run_script(source, path, namespace, arguments)
    except SystemExit:
        raise
    except BaseException:
        if not config.full_traceback:
            _print_from_the_script()
        raise


def _profiled(source: bytes, path: str, namespace: dict[str, object],
              arguments: argparse.Namespace) -> int:
    """Runs the script, then shows its profile."""
    profile = wengert.profile()
    ended: SystemExit | None = None
    code = 0
    with profile:
        try:
            code = _run_script(source, path, namespace, arguments)
        except SystemExit as error:
            ended = error
    print(f"\n{profile}", end="", flush=True)
    if ended is not None:
        raise ended
    return code


def _run_script(source: bytes, path: str, namespace: dict[str, object],
                arguments: argparse.Namespace) -> int:
    """Runs the script as the other options ask."""
    if arguments.progress or arguments.explain:
        return _watched(source, path, namespace, arguments)
    _execute(source, path, namespace)
    return 0


def _watched(source: bytes, path: str, namespace: dict[str, object],
             arguments: argparse.Namespace) -> int:
    """Runs the script, then says what `--progress` and `--explain` ask for."""
    watch = Watch(progress=arguments.progress, remember=bool(arguments.explain))
    ended: SystemExit | None = None
    with watch:
        try:
            _execute(source, path, namespace)
        except SystemExit as error:
            ended = error
    sys.stdout.flush()
    if arguments.progress:
        print(watch.summary(), file=sys.stderr, flush=True)
    code = max(map(_explain, arguments.explain, [watch] * len(arguments.explain)), default=0)
    if ended is not None:
        raise ended
    return code


def _explain(tensor: str, watch: Watch) -> int:
    """Prints how the last backward got a gradient; the exit code."""
    try:
        if watch.last is None:
            raise RuntimeError("the script ran no backward")
        print(f"\n{watch.last.explain(tensor)}", end="")
    except Exception as error:
        print(f"wengert: --explain {tensor}: {error}", file=sys.stderr)
        return _NOT_EXPLAINED
    return 0


def _main_module(path: str) -> ModuleType:
    """A fresh `__main__`, with what Python sets there when it runs a file."""
    module = sys.modules["__main__"] = ModuleType("__main__")
    vars(module).update(
        __builtins__=sys.modules["builtins"],
        __file__=path,
        __cached__=None,
        __loader__=SourceFileLoader("__main__", path),
    )
    if sys.version_info < (3, 14):
        module.__annotations__ = {}
    return module


def _execute(source: bytes, path: str, namespace: dict[str, object]) -> None:
    exec(compile(source, path, "exec", dont_inherit=True), namespace)


def _print_from_the_script() -> None:
    """Has Python print the error that is on its way out from the script's first line on.

    The error itself leaves untouched, so the exit code and all else stay Python's affair.
    """
    print_error = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException,
             traceback: TracebackType | None) -> None:
        with shortened(error, _execute.__code__) as short:
            print_error(kind, error, short)

    sys.excepthook = hook


# ---- torch is wengert ----


class TorchIsWengert(MetaPathFinder):
    """Makes `import torch.nn` give the very module that `import wengert.nn` gives."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        if root != "torch":
            return None
        real = _real_name(rest)
        if not _exists(real):
            owner, _, name = fullname.rpartition(".")
            parent = sys.modules[real.rpartition(".")[0]]
            raise ModuleNotFoundError(
                missing_text(owner, name, public_names(parent)), name=fullname)
        return ModuleSpec(fullname, _Alias(real))


def _real_name(rest: str) -> str:
    """The module of `torch.REST`."""
    return f"wengert.{rest}" if rest else "wengert"


class _Alias(Loader):
    """Loads a module under a second name."""

    def __init__(self, real: str) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.real)
        self.real_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.real_spec   # Python has just put the alias's there


def _exists(module_name: str) -> bool:
    return module_name in sys.modules or importlib.util.find_spec(module_name) is not None
