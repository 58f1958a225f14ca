"""Writes names.md: every public name of PyTorch's main modules, and whether it is here.

    python docs/names.py              writes names.md from names.txt
    python docs/names.py --collect    first writes names.txt, from the PyTorch that is installed

names.txt has a line for each of the main modules: its name, a colon, its public names. modules.txt
has one for each module of PyTorch: the names that are defined there, each with the shortest path to
it if that is another: ``torch.optim.adamw: AdamW=torch.optim.AdamW``.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

FOLDER = Path(__file__).parent
STORED, PATHS, PAGE = FOLDER / "names.txt", FOLDER / "modules.txt", FOLDER / "names.md"
MODULES = (
    "torch", "torch.Tensor", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils",
    "torch.optim", "torch.optim.lr_scheduler", "torch.utils.data", "torch.linalg",
    "torch.special", "torch.func", "torch.autograd", "torch.distributions")
WIDTH = 100
INTERNAL = re.compile(
    r"(cudnn|miopen|mkldnn|fbgemm|native|quantized?|fake_quantize|fused|choose_qparams|import_ir"
    r"|merge_type|unify_type|parse|sym|wait|fork|xpu|vulkan|is_vulkan|init_num|autocast_"
    r"|clear_autocast|get_autocast_(ipu|xla)|is_autocast_(ipu|xla)|set_autocast|batch_norm_"
    r"|bits?\d|u?int[1-7]$|q_|q?u?int\d+_repr|int_repr|has_)|.*(_copy|_forwarder|Type|Base)$"
    r"|[A-Z]+$|read_vitals|set_vital|vitals_enabled|classproperty|typename_|bit$")
"""What ``torch`` shows besides: kernels of other libraries, quantization, parts of its compiler."""
PLUMBING = re.compile(r"BroadcastingList\d|assert_int_or_pair|boolean_dispatch"
                      r"|(has|handle)_torch_function.*")
"""What ``torch.nn.functional`` imports for its own use."""
CLASSES = {"Generator", "Size", "Tensor", "device", "dtype", "layout", "memory_format", "finfo",
           "iinfo", "Stream", "Event"}
"""The classes of ``torch`` that are written in C++ and that users meet."""
CLOSED = re.compile(
    r"torch\.(compiler|ao|quantization|distributed|cuda|xpu|mtia|onnx|nativert|contrib|lib|fx|testing"
    r"|export|package|nn\.(intrinsic|qat|quantizable|quantized|backends|cpp)|utils\.(benchmark|hipify)"
    r"|jit|masked|backends\.python_native)\..*|.*\.gen_pyi")
"""Modules that are not listed: the inside of quantization, compilers, other devices."""
DEFINED = type | FunctionType | BuiltinFunctionType


def stored() -> dict[str, list[str]]:
    """PyTorch's public names by module."""
    lines = STORED.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition(": ") for line in lines)
    return {module: names.split() for module, _, names in pairs}


def collected() -> dict[str, list[str]]:
    """The same, from the PyTorch that is installed."""
    return {module: [name for name in sorted(dir(owner(module, "torch")))
                     if is_public(owner(module, "torch"), name)] for module in MODULES}


def paths() -> dict[str, dict[str, str]]:
    """By the path of a module of PyTorch: the names that are defined there, and where else each
    is."""
    out = {}
    for line in PATHS.read_text(encoding="utf-8").splitlines():
        module, _, words = line.partition(":")
        pairs = (word.partition("=") for word in words.split())
        out[module] = {name: home or f"{module}.{name}" for name, _, home in pairs}
    return out


def words(module: str, names: dict[str, str]) -> Iterator[str]:
    """What modules.txt says of a module's names."""
    for name, home in names.items():
        yield f" {name}" if home == f"{module}.{name}" else f" {name}={home}"


def paths_collected() -> dict[str, dict[str, str]]:
    """The same, from the PyTorch that is installed."""
    modules = dict(walked("torch"))
    shortest: dict[int, str] = {}
    for path in sorted(modules, key=lambda path: (path.count("."), path)):
        for name, value in sorted(vars(modules[path]).items()):
            if not name.startswith("_") and isinstance(value, DEFINED):
                shortest.setdefault(id(value), f"{path}.{name}")
    return {path: {name: shortest.get(id(vars(module).get(name)), f"{path}.{name}")
                   for name in defined(module)} for path, module in sorted(modules.items())}


def walked(path: str) -> Iterator[tuple[str, Any]]:
    """The module at a path and those below it that are for users."""
    try:
        module = importlib.import_module(path)
    except ImportError:   # it needs another package
        module = ModuleType(path)
    yield path, module
    for found in pkgutil.iter_modules(getattr(module, "__path__", [])):
        if not found.name.startswith("_") and not CLOSED.fullmatch(f"{path}.{found.name}"):
            yield from walked(f"{path}.{found.name}")


def defined(module: ModuleType) -> list[str]:
    """The public names that PyTorch defines in a module."""
    listed = getattr(module, "__all__", None)
    return sorted(name for name, value in vars(module).items() if not name.startswith("_") and (
        name in listed and name != "Tensor" if listed is not None
        else isinstance(value, DEFINED) and value.__module__ == module.__name__))


def owner(module: str, root: str) -> Any:
    """The module, or the class Tensor, in PyTorch or in Wengert."""
    name = module.replace("torch", root, 1)
    if name.endswith(".Tensor"):
        return importlib.import_module(root).Tensor
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def is_public(place: Any, name: str) -> bool:
    """Whether PyTorch means ``name`` for its users: not another package's, and no module."""
    if name.startswith("_") or PLUMBING.fullmatch(name):
        return False
    value = getattr(place, name)
    if isinstance(value, ModuleType):
        return False
    home = getattr(value, "__module__", None) or type(value).__module__
    if place.__name__ == "torch":
        compiled = isinstance(value, type) and hasattr(place._C, name)
        if INTERNAL.match(name) or (compiled and name not in CLASSES
                                    and not name.endswith("Tensor")):
            return False
    elif hasattr(place, "__all__"):
        return name in place.__all__
    elif not isinstance(place, type) and value is importlib.import_module("torch").Tensor:
        return False
    listed = name in getattr(place, "__all__", ())
    return listed or home.split(".")[0] == "torch" or (
        isinstance(place, type) and not isinstance(value, int)) or (
        home == "builtins" and callable(value) and not isinstance(value, type))


def is_here(place: Any, name: str) -> bool:
    """Whether Wengert has ``name``, and not only to refuse it."""
    try:
        value = getattr(place, name)
    except (AttributeError, NotImplementedError):
        return False
    maker = value.__new__ if isinstance(value, type) else value
    annotations = getattr(maker, "__annotations__", None) or {}
    return annotations.get("return") != "NoReturn" if isinstance(annotations, dict) else True


def is_at(path: str) -> bool:
    """Whether the name at a dotted path is here."""
    module, _, name = path.rpartition(".")
    place = owner(module, "wengert")
    return place is not None and is_here(place, name)


def modules() -> dict[str, str]:
    """By the path of a module of PyTorch: "here", "says no", or "not here"."""
    names, out = paths(), {}
    for path in sorted(names, reverse=True):   # what lies in a package first
        place = owner(path, "wengert")
        known = [*names[path], *stored().get(path, ())] or list(getattr(place, "__all__", ()))
        below = [other for other, how in out.items() if other.startswith(f"{path}.")
                 and how == "here"]
        here = place is not None and (below or any(is_here(place, name) for name in known))
        out[path] = "here" if here else "says no" if place is not None else "not here"
    return dict(sorted(out.items()))


def found() -> dict[str, tuple[list[str], list[str]]]:
    """By module: the names that are here, and those that are not."""
    out = {}
    for module, names in stored().items():
        place = owner(module, "wengert")
        here = [name for name in names if place is not None and is_here(place, name)]
        out[module] = here, [name for name in names if name not in set(here)]
    return out


def page() -> str:
    """The text of names.md."""
    tables, kinds = found(), modules()
    lines = [
        "# PyTorch's names, and which are here", "",
        "Every public name of these modules of PyTorch 2.13; `python docs/names.py` writes this "
        "page. What a",
        "name that is here does differently is in [differences.md](differences.md). Left out of "
        "`torch` are the",
        "kernels of other libraries, quantization, the copying forms of views, parts of its "
        "compiler.", "",
        "| module | here | of | percent |", "| --- | --- | --- | --- |"]
    for module, (here, absent) in tables.items():
        total = len(here) + len(absent)
        lines.append(f"| `{module}` | {len(here)} | {total} | {100 * len(here) // total} |")
    lines += ["", "## Modules", "", "Under these paths a program can import what is here of them:",
              *wrapped([path for path, how in kinds.items() if how == "here"]), "",
              "These are there and say no:",
              *wrapped([path for path, how in kinds.items() if how == "says no"]), "",
              "Not here:", *wrapped([path for path, how in kinds.items() if how == "not here"])]
    for module, (here, absent) in tables.items():
        lines += ["", f"## {module}", ""]
        if absent:
            lines += ["Not here:", *wrapped(absent), ""]
        lines += ["Here:", *wrapped(here)]
    return "\n".join(lines) + "\n"


def wrapped(names: list[str]) -> list[str]:
    """The names in lines of at most WIDTH characters."""
    lines = [""]
    for i, name in enumerate(names):
        word = f"`{name}`" + ("," if i + 1 < len(names) else ".")
        if lines[-1] and len(lines[-1]) + 1 + len(word) > WIDTH:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def main() -> None:
    if "--collect" in sys.argv[1:]:
        STORED.write_text("".join(f"{module}: {' '.join(names)}\n"
                                  for module, names in collected().items()), encoding="utf-8")
        PATHS.write_text("".join(f"{module}:{''.join(words(module, names))}\n"
                                 for module, names in paths_collected().items()), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    for module, (here, absent) in found().items():
        print(f"{module:28} {len(here):4} of {len(here) + len(absent):4}")


if __name__ == "__main__":
    main()
