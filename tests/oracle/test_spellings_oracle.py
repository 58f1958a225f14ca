"""Each function, method and class of the surface takes the arguments that PyTorch's signatures
name.

What is written in C is called, as its stubs spell each signature: by keywords, by position, with
each optional argument given as its default. What PyTorch takes, Wengert takes. What is written in
Python is compared by its signature: names, order, defaults.
"""

import ast
import importlib
import inspect
import warnings
from collections import defaultdict
from pathlib import Path

import pytest
import torch
import torch.distributions
import torch.nn.utils.parametrizations
import torch.nn.utils.rnn
import torch.optim.swa_utils
import torch.utils.checkpoint
import torch.utils.data
from torch.overrides import get_testing_overrides

import wengert

STUBS = Path(torch.__file__).parent / "_C"
KINDS = (("float32", 2), ("int64", 2), ("bool", 2), ("complex64", 2), ("float32", 1), ("int64", 1),
         ("float32", 3), ("float32", 4), ("float32", 5))
"""The dtypes and dimensions of the tensors given, until PyTorch takes them."""
SEQUENCES = {"tensors", "indices", "matrices", "inputs"}
"""Parameters that are several tensors where the stubs have no annotation."""
VALUES = {
    "dim": 0, "dim0": 0, "dim1": 1, "axis0": 0, "axis1": 1, "dims": (0, 1), "axis": 0,
    "size": (2, 2), "shape": (2, 2), "sizes": (2, 1), "stride": (1, 1), "n": 2, "m": 2, "k": 1,
    "end": 5, "start": 1, "step": 1, "steps": 3, "high": 4, "low": 1, "fill_value": 1, "value": 1,
    "repeats": 2, "sections": 1, "chunks": 2, "split_size": 1, "split_sizes": (1, 1), "p": 0.5,
    "dimension": 0, "groups": 1, "length": 1, "window_length": 4, "diagonal": 0, "row": 2,
    "col": 2, "other": "tensor", "exponent": 2, "q": 0.5, "s": 1, "n_fft": 4, "N": 2, "r": 1,
    "dtype": "dtype", "reduce": "sum", "equation": "ij,jk->ik", "maxnorm": 1.0, "mean": 1.0,
    "std": 1.0, "kernel_size": 1, "output_size": (1, 1), "num_groups": 1, "normalized_shape": (2,),
    "memory_format": "format", "source": 0, "destination": 1, "shifts": 1, "bins": 2, "min": 0,
    "max": 1, "train": False, "training": True, "eps": 1e-5, "momentum": 0.1,
    "cudnn_enabled": False, "upper": True, "ord": 2, "tol": 1.0, "rcond": None, "ind": 1,
    "index_": 0, "lambd": 0.5, "threshold": 1.0, "decimals": 1, "from": 0, "to": 3,
    "upscale_factor": 1, "downscale_factor": 1, "margin": 1.0, "compute_mode": None,
    "dilation": 1, "padding": 0, "bidirectional": False, "has_biases": True, "num_layers": 1,
    "requires_grad": False, "mode": "reduced", "indices_or_sections": 1, "pad": (1, 1),
    "num": 1, "num_classes": 2, "ndim": 2, "d": "dtype", "type": "dtype", "rtol": 1e-3,
    "atol": 1e-3,
}
LEFT_OUT = {
    "lstm", "gru", "rnn_tanh", "rnn_relu",    # positional arguments only: docs/differences.md
    "set_num_threads", "set_num_interop_threads", "set_flush_denormal", "get_default_dtype",
    "share_memory_", "set_", "apply_", "map_", "map2_", "new", "data_ptr", "backward",
    "as_strided_scatter", "expand_copy", "split_copy", "unsafe_split", "view_copy",
    "hinge_embedding_loss", "margin_ranking_loss", "triplet_margin_loss",   # reduction is a number
}
"""What changes the process, has no signature in PyTorch either, or is in docs/differences.md."""
SCALED = {"alpha", "beta", "value"}
"""By position in the deprecated order of ``torch.add(input, alpha, other)``."""


def stubs(file, owner=None):
    """The signatures in a stub, by name: (positional or keyword, keyword only), each a list of
    (name, annotation, default)."""
    body = ast.parse((STUBS / file).read_text()).body
    if owner:
        body = next(n.body for n in body if isinstance(n, ast.ClassDef) and n.name == owner)
    found = defaultdict(list)
    for node in body:
        if isinstance(node, ast.FunctionDef) and not node.args.vararg and not node.args.kwarg:
            args = [*node.args.posonlyargs, *node.args.args]
            if node.name.startswith(("add", "sub", "baddbmm")) and any(
                    a.arg in SCALED for a in args):
                continue
            defaults = [None] * (len(args) - len(node.args.defaults)) + node.args.defaults
            found[node.name].append((
                [(a.arg, ast.unparse(a.annotation) if a.annotation else "", d)
                 for a, d in zip(args, defaults, strict=True)],
                [(a.arg, ast.unparse(a.annotation) if a.annotation else "", d)
                 for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)]))
    return found


def of_overrides():
    """The signatures of functions of ``torch.linalg`` and ``torch.special`` written in C."""
    found = defaultdict(list)
    known = get_testing_overrides()
    for space in ("linalg", "special"):
        for name, f in vars(getattr(torch, space)).items():
            if not name.startswith("_") and callable(f) and f in known:
                rows = []
                for p in inspect.signature(known[f]).parameters.values():
                    default = None if p.default is p.empty else ast.Constant(p.default)
                    if p.kind is p.POSITIONAL_OR_KEYWORD and p.name not in ("out", "driver"):
                        rows.append((p.name, "", default))
                found[f"{space}.{name}"].append((rows, []))
    return found


def made(library, name, annotation, kind):
    """A value for a parameter that has no default."""
    dtype, ndim = kind

    def tensor():
        return (library.eye(2) * 2 + 1).to(getattr(library, dtype)).expand((2,) * max(ndim, 2))[
            (0,) * (ndim == 1)].clone()

    if "Tensor" in annotation.split("|")[0] and ("Sequence" in annotation or "list" in annotation):
        return [tensor(), tensor()]
    if annotation.startswith("Tensor"):
        if "index" in name or name in ("indices", "target", "repeats", "pivots", "LU_pivots"):
            return library.zeros((2,) * ndim, dtype=library.int64)
        return library.ones((2,) * ndim, dtype=library.bool) if "mask" in name else tensor()
    if not annotation and name not in VALUES:
        return [tensor(), tensor()] if name in SEQUENCES else tensor()
    value = VALUES.get(name, 1)
    if annotation.startswith(("Sequence[_int]", "_size", "tuple[_int")) and isinstance(value, int):
        return (value,)
    if annotation.startswith("_int") and isinstance(value, tuple):
        return value[0]
    special = {"tensor": tensor, "dtype": lambda: library.float32,
               "format": lambda: library.contiguous_format}
    return special[value]() if value in special else value


def calls(signature):
    """The calls of a signature: for each the names given by position and those by keyword."""
    positional, keyword = signature
    required = [p for p in positional if p[2] is None]
    needed = [p for p in keyword if p[2] is None]
    optional = [p for p in (*positional, *keyword) if p[2] is not None and p[0] != "out"]
    yield [], [*required, *needed]
    yield positional, needed
    yield required, [*needed, *optional]
    for p in optional:
        yield required, [*needed, p]


def called(library, path, by_position, by_name, kind, method):
    """Call ``path`` of a library; each argument as its default, or made for it."""
    def value(p):
        name, annotation, default = p
        if default is None:
            return made(library, name, annotation, kind)
        try:
            return ast.literal_eval(default)
        except ValueError:
            return eval(ast.unparse(default), {"torch": library, "strided": library.strided,
                                               "inf": float("inf")})

    owner = made(library, "", "Tensor", kind) if method else library
    f = owner
    for part in path.split("."):
        f = getattr(f, part)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return f(*[value(p) for p in by_position if p[0] != "self" or not method],
                 **{p[0]: value(p) for p in by_name if p[0] != "self" or not method})


def described(found):
    """What is compared of a result: shapes and dtypes."""
    if isinstance(found, (tuple, list)):
        return [described(f) for f in found]
    if hasattr(found, "dtype") and hasattr(found, "shape"):
        return tuple(found.shape), str(found.dtype)
    return type(found).__name__ if isinstance(found, (bool, int, float)) else None


def known(library, path):
    owner = library
    for part in path.split("."):
        if part not in dir(owner):
            return False
        owner = getattr(owner, part)
    return callable(owner)


METHODS = stubs("__init__.pyi", "TensorBase")
FUNCTIONS = {**stubs("_VariableFunctions.pyi"), **of_overrides()}
ROWS = [(where, path, signatures)
        for where, library, table in (("function", wengert, FUNCTIONS),
                                      ("method", wengert.Tensor, METHODS))
        for path, signatures in sorted(table.items())
        if not path.startswith("_") and path not in LEFT_OUT and known(library, path)]


def differing(path, signature, by_position, by_name, method):
    """None if no kind of tensor makes a call that PyTorch takes; otherwise what differs in the
    first that does, "" for nothing."""
    for kind in KINDS:
        try:
            expected = described(called(torch, path, by_position, by_name, kind, method))
        except Exception:
            continue
        names = f"({', '.join([p[0] for p in by_position] + [f'{p[0]}=' for p in by_name])})"
        try:
            found = described(called(wengert, path, by_position, by_name, kind, method))
        except NotImplementedError:
            return ""
        except Exception as error:
            return f"{path}{names} of {kind}: {type(error).__name__}: {error}"
        return "" if found == expected else f"{path}{names} of {kind}: {found}, not {expected}"
    return None


@pytest.mark.parametrize("where, path, signatures", ROWS, ids=[f"{w}-{p}" for w, p, _ in ROWS])
def test_signatures_in_c(where, path, signatures):
    faults = []
    for signature in signatures:
        for by_position, by_name in calls(signature):
            fault = differing(path, signature, by_position, by_name, where == "method")
            if fault:
                faults.append(fault)
    assert not faults, "\n".join(faults)


def test_most_signatures_are_called():
    taken = [any(differing(path, s, *next(calls(s)), where == "method") is not None
                 for s in signatures) for where, path, signatures in ROWS]
    assert sum(taken) > 0.88 * len(ROWS)


# Written in Python
SPACES = (
    "", "nn", "nn.functional", "nn.init", "nn.utils", "nn.utils.rnn", "nn.utils.parametrize",
    "nn.utils.parametrizations", "nn.Module", "nn.parameter", "optim", "optim.lr_scheduler",
    "optim.swa_utils", "optim.Optimizer", "distributions", "distributions.Distribution",
    "distributions.transforms", "distributions.constraints", "distributions.kl", "autograd",
    "autograd.functional", "autograd.forward_ad", "autograd.graph", "func", "utils.data",
    "utils.checkpoint", "random", "testing", "linalg", "special", "amp", "cuda", "backends.cudnn",
    "serialization", "jit", "hub", "Tensor", "Generator")
UNLIKE = {
    "Size", "enable_grad", "autograd.enable_grad",      # called without names
    "optim.Optimizer.profile_hook_step", "distributions.constraints.dependent_property",
    "jit.load", "norm",                                 # internal arguments; out= before dtype=
    "Tensor.split",                                     # test_signatures_in_c calls it
    *(f"nn.functional.{kind}max_pool{n}d_with_indices" for kind in ("", "adaptive_")
      for n in (1, 2, 3)),                              # return_indices means nothing
    *(name for name in dir(torch) if name.endswith("Storage")),
}
"""Whose signatures differ on purpose."""


def space(library, path):
    owner = library
    for part in filter(None, path.split(".")):
        owner = getattr(owner, part, None) or importlib.import_module(f"{owner.__name__}.{part}")
    return owner


def signature(f):
    try:
        return inspect.signature(f)
    except (TypeError, ValueError):
        return None


def pairs():
    for path in SPACES:
        theirs, ours = space(torch, path), space(wengert, path)
        for name in sorted(set(dir(theirs)) & set(dir(ours))):
            full = f"{path}.{name}".lstrip(".")
            a, b = getattr(theirs, name), getattr(ours, name)
            if name.startswith("_") or full in UNLIKE or not (callable(a) and callable(b)) or (
                    inspect.isclass(a) and issubclass(a, BaseException)):
                continue
            if signature(a) and signature(b):
                yield full, signature(a).parameters, signature(b).parameters


PAIRS = list(pairs())


def of_kind(parameters, *kinds):
    return [name for name, p in parameters.items() if p.kind in kinds]


@pytest.mark.parametrize("path, theirs, ours", PAIRS, ids=[path for path, _, _ in PAIRS])
def test_signatures_in_python(path, theirs, ours):
    kinds = inspect.Parameter
    any_name = of_kind(ours, kinds.VAR_KEYWORD)
    by_place = (kinds.POSITIONAL_OR_KEYWORD, kinds.POSITIONAL_ONLY)
    places, own_places = of_kind(theirs, *by_place), of_kind(ours, *by_place)
    for i, name in enumerate(places):
        if name not in ("self", "out") and not of_kind(ours, kinds.VAR_POSITIONAL) and not any_name:
            assert own_places[i:i + 1] == [name], f"{path}: {own_places}, not {places}"
    for name, p in theirs.items():
        own = ours.get(name)
        if p.kind in (kinds.VAR_KEYWORD, kinds.VAR_POSITIONAL) or name in ("self", "out"):
            continue
        assert own is not None or any_name, f"{path} does not take {name}"
        if own is not None and p.default is not p.empty:
            assert own.default is not own.empty, f"{path} needs {name}"
            if isinstance(p.default, (int, float, str, tuple, type(None))):
                assert own.default == p.default, f"{path}: {name}={own.default}, not {p.default}"
