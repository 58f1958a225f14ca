"""Has ``import torch`` give Wengert, for this process and those that it starts.

:func:`install_as_torch` is for notebooks and programs; ``pytest -p wengert.as_torch`` does it
before the tests are imported; ``wengert run`` does it for a script. From then on Wengert is torch
wherever a package looks: ``torch.__name__``, ``type(x).__module__``,
``importlib.metadata.version("torch")``.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import Any

from . import version
from .names import missing
from .names.later import told_of_names
from .names.missing import missing_text, public_names

_ROOT = __name__.partition(".")[0]
_INSIDE = frozenset(["engine", "functions", "tensors", "names"])
"""Folders of Wengert that are no path of PyTorch's: what they define is known by where it is
listed."""
_OWN = frozenset(["as_torch", "cli", "config", "explain", "interop", "primitives", "profiling",
                  "stand_in"])
CHILDREN = os.path.join(os.path.dirname(__file__), "interop", "children")
"""A folder for ``sys.path`` in which ``torch`` is Wengert: that of the processes that a program
starts."""


def install_as_torch() -> None:
    """Have ``import torch`` give Wengert, here and in the processes that are started from now on.

    Where PyTorch itself has been imported already, RuntimeError. Calling it again changes nothing.

    >>> import wengert
    >>> wengert.install_as_torch()
    >>> import torch
    >>> torch is wengert, type(torch.ones(2)).__module__
    (True, 'torch')
    """
    wengert = sys.modules[_ROOT]
    found = sys.modules.get("torch")
    if found is not None and "stands_for_wengert" in vars(found):
        found = None   # it is what calls this
    if found is not None and found is not wengert:
        raise RuntimeError("PyTorch itself is imported already: call wengert.install_as_torch() "
                           "before anything imports torch")
    if not any(isinstance(each, TorchIsWengert) for each in sys.meta_path):
        sys.meta_path.insert(0, TorchIsWengert())
    if found is None:
        sys.modules["torch"] = wengert
        vars(wengert)["torch"] = wengert   # torch.torch, as PyTorch has it
        for module in missing.answering():
            _rename(module, public_names(module))
        told_of_names.append(_rename)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if CHILDREN not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([CHILDREN, *filter(None, paths)])
    if CHILDREN not in sys.path:   # which multiprocessing gives to a child in the place of its own
        sys.path.insert(1, CHILDREN)


def pytest_load_initial_conftests() -> None:
    """With ``pytest -p wengert.as_torch``: before the tests' modules are imported."""
    install_as_torch()


class TorchIsWengert:
    """Makes `import torch.nn` give the very module that `import wengert.nn` gives."""

    def find_spec(
        self, fullname: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        if fullname == "functorch":   # which PyTorch installs beside torch
            rest = fullname
        elif root != "torch":
            return None
        real = _real_name(rest)
        if not _exists(real):
            owner, _, name = fullname.rpartition(".")
            parent = sys.modules[real.rpartition(".")[0]]
            raise ModuleNotFoundError(
                missing_text(owner, name, public_names(parent)), name=fullname)
        loader: Any = _Alias(real)   # importlib.abc's classes import a good deal
        return ModuleSpec(fullname, loader)

    @staticmethod
    def find_distributions(context: Any = None) -> Iterator[Any]:
        """The distribution ``torch``, as ``importlib.metadata`` asks for it."""
        name = getattr(context, "name", None)
        if name is None or name.lower() == "torch":
            yield _distribution()


def _distribution() -> Any:
    """A distribution that is called torch, of the version that is matched."""
    metadata: Any = importlib.import_module("importlib.metadata")   # a slow one, as the next
    pathlib: Any = importlib.import_module("pathlib")

    class Torch(metadata.Distribution):   # type: ignore[misc]
        def read_text(self, filename: str) -> str | None:
            return (f"Metadata-Version: 2.1\nName: torch\nVersion: {version.matched}\n"
                    if filename == "METADATA" else None)

        def locate_file(self, path: Any) -> Any:
            return pathlib.Path(CHILDREN) / path

    return Torch()


def _real_name(rest: str) -> str:
    """The module of `torch.REST`."""
    return f"{_ROOT}.{rest}" if rest else _ROOT


class _Alias:
    """Loads a module under a second name."""

    def __init__(self, real: str) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.real)
        self.real_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.real_spec   # Python has just put the alias's there

    def get_code(self, fullname: str) -> Any:
        """What ``python -m`` runs."""
        spec: Any = importlib.util.find_spec(self.real)
        return spec.loader.get_code(self.real)


def _exists(module_name: str) -> bool:
    top = module_name.split(".")[1:2]
    if top and top[0] in _INSIDE:   # Wengert's, not torch's
        return False
    return module_name in sys.modules or importlib.util.find_spec(module_name) is not None


def _rename(module: ModuleType, names: Iterable[str]) -> None:
    """Give a public module, and what it has under these names, torch's names."""
    before = f"{_ROOT}.{module.__name__}".split(".")
    if before[1:2] == [_ROOT]:
        before = before[1:]
    if before[1:2] and before[1] in _OWN:
        return
    home = module.__name__   # it may have more names than before
    if before[1:2] != ["torch"]:
        home = module.__name__ = missing.torch_name(".".join(before))
    sys.modules.setdefault(home, module)   # where a class's annotations are looked up
    for name in names:
        value = vars(module).get(name)
        if not isinstance(value, (type, FunctionType)):
            continue
        if module is not sys.modules[_ROOT]:
            missing.find_in_root(name, value)   # then it is known by the root's name
        if not f"{value.__module__}.".startswith(f"{_ROOT}."):
            continue
        parts = value.__module__.split(".")[1:]
        if not parts or parts[0] in _INSIDE:
            value.__module__ = home
            if name == value.__name__ or getattr(module, value.__name__, None) is not value:
                value.__name__ = value.__qualname__ = name   # else this one is an alias
        elif parts[0] not in _OWN:
            known = sys.modules.get(value.__module__)
            value.__module__ = ".".join(["torch", *parts])
            if known is not None:
                sys.modules.setdefault(value.__module__, known)


__all__ = ["install_as_torch"]
