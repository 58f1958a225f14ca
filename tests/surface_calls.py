"""Calls of the whole surface, each four times along one path with other numbers.

:data:`CASES` has, for each function, method and operator, the lines of ``surface_samples.py`` that
it is called with; :func:`variants` the kinds of arguments, dtypes, shapes and layouts of a line.
:func:`four_calls` makes the calls, with ``wengert`` or with PyTorch; :func:`difference` compares.
"""

from __future__ import annotations

import operator
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

import surface_samples
import wengert

CALLS = 4
LETTERS = "xyzwpqughijkbc"
LETTER = re.compile(rf"(?<![\w.\"'])([{LETTERS}])(?![\w(\"'=])")
FLOATING = re.compile(r"\b[XPUHSATC]\(")
TENSOR = wengert.Tensor


# ---- what is called ----


class Form(NamedTuple):
    """One way to call something: ``make`` gives the function, for ``wengert`` or for PyTorch;
    ``first`` says that no other form of the same line comes before it."""

    label: str
    make: Callable[[Any], Callable[..., Any]]
    writes: bool
    first: bool


class Case(NamedTuple):
    """A form and the text of its arguments; ``main`` for the first text of a line."""

    form: Form
    text: str
    main: bool

    def __str__(self) -> str:
        return f"{self.form.label}({self.text})"


MODULES = {"F": "nn.functional", "linalg": "linalg", "special": "special", "masked": "masked",
           "windows": "signal.windows"}


def place(lib: Any, name: str) -> Any:
    """A module or class of ``wengert`` or of PyTorch."""
    for part in name.split("."):
        lib = getattr(lib, part)
    return lib


def of_module(module: str, name: str) -> Callable[[Any], Callable[..., Any]]:
    return lambda lib: getattr(place(lib, module) if module else lib, name)  # type: ignore[no-any-return]


def method(name: str) -> Callable[[Any], Callable[..., Any]]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = getattr(self, name)
        return found(*args, **kwargs) if callable(found) else found
    return lambda lib: call


def writing(make: Callable[[Any], Callable[..., Any]]) -> Callable[[Any], Callable[..., Any]]:
    """The same on a copy of the first argument."""
    def made(lib: Any) -> Callable[..., Any]:
        function = make(lib)
        return lambda self, *args, **kwargs: function(self.clone(), *args, **kwargs)
    return made


def setitem(lib: Any) -> Callable[..., Any]:
    def call(self: Any, index: Any, value: Any) -> Any:
        copy = self.clone()
        copy[index] = value
        return copy
    return call


def forms(name: str) -> Iterator[Form]:
    """The ways in which a name of ``surface_samples.py`` is called."""
    module, _, last = name.rpartition(".")
    if module == "op":
        place_ = operator.__dict__[last]
        make: Callable[[Any], Any] = setitem if last == "setitem" else lambda lib: place_
        writes = last.startswith("i") and last not in ("invert",)
        yield Form(name, writing(make) if writes else make, writes, True)
    elif module == "Tensor":
        writes = last.endswith("_")
        yield Form(name, writing(method(last)) if writes else method(last), writes, True)
        if not writes and is_function(getattr(TENSOR, f"{last}_", None)):
            yield Form(f"{name}_", writing(method(f"{last}_")), True, False)
    elif module:
        writes = last.endswith("_")
        make = of_module(MODULES[module], last)
        yield Form(name, writing(make) if writes else make, writes, True)
    else:
        first = True
        if hasattr(wengert, name):
            writes, make = last.endswith("_"), of_module("", name)
            yield Form(name, writing(make) if writes else make, writes, True)
            first = False
        if hasattr(TENSOR, name):
            yield Form(f"Tensor.{name}", method(name), False, first)
        if hasattr(TENSOR, f"{name}_"):
            yield Form(f"Tensor.{name}_", writing(method(f"{name}_")), True, False)
        if hasattr(wengert, f"{name}_"):
            yield Form(f"{name}_", writing(of_module("", f"{name}_")), True, False)


def is_function(thing: Any) -> bool:
    return callable(thing)


def cases() -> Iterator[Case]:
    explicit = {name for _, names, _ in lines() for name in names}
    known: set[Any] = set()
    for _, names, texts in lines():
        for name in names:
            for form in forms(name):
                if form.label != name and form.label in explicit:
                    continue   # it has a line of its own
                for k, text in enumerate(texts):
                    same = (body_of(form.label), text, form.writes)
                    yield Case(form._replace(first=form.first and same not in known), text, k == 0)
                    known.add(same)


def body_of(label: str) -> Any:
    """What two names of one function have in common."""
    module, _, name = label.rpartition(".")
    if module == "op":
        return label
    found = getattr(place(wengert, MODULES.get(module, module)) if module else wengert, name)
    return getattr(found, "__wrapped__", found)


def lines() -> Iterator[tuple[str, list[str], list[str]]]:
    for table in surface_samples.TABLES:
        for line in re.sub(r"\n +", " ", table.strip()).splitlines():
            names, *texts = [part.strip() for part in line.split(" | ")]
            yield line, names.split(), texts


# ---- how ----


class Variant(NamedTuple):
    """The kinds of the arguments of a call."""

    dtype: str = "float32"
    shape: str = "plain"
    layout: str = "plain"
    which: int = -1
    """The operand that is something else than a tensor with axes, and what it is."""
    kind: str = ""

    def __str__(self) -> str:
        other = [] if self.which < 0 else [f"operand {self.which}: {self.kind}"]
        return ", ".join([self.dtype, self.shape, self.layout, *other])


PLAIN = Variant()
FREE = [
    PLAIN, Variant("float64", "broadcast"), Variant("float32", "empty"),
    Variant("float64", "0-dim"), Variant("float32", "plain", "strided"),
    Variant("int64", "broadcast"), Variant("bool"), Variant("complex64"), Variant("float16"),
    Variant("bfloat16", "plain", "strided"), Variant("uint8"), Variant("int32", "0-dim"),
]
SECOND = [
    Variant("float32", which=1, kind="0-dim"), Variant("float32", which=1, kind="int"),
    Variant("float64", which=1, kind="float"), Variant("int64", which=1, kind="float"),
    Variant("int64", which=1, kind="int"), Variant("float32", which=1, kind="bool"),
    Variant("float32", which=1, kind="numpy"), Variant("float64", which=1, kind="numpy32"),
    Variant("int64", which=1, kind="numpy int"), Variant("float16", which=1, kind="float"),
    Variant("bool", which=1, kind="float"), Variant("complex64", which=1, kind="float"),
    Variant("float32", "0-dim", which=1, kind="float"), Variant("uint8", which=1, kind="int"),
]
FIRST = [
    Variant("float32", which=0, kind="0-dim"), Variant("float32", which=0, kind="float"),
    Variant("float64", which=0, kind="int"), Variant("int64", which=0, kind="float"),
    Variant("float32", "0-dim", which=0, kind="numpy"), Variant("int64", which=0, kind="bool"),
]
THIRD = [Variant("float32", which=2, kind="float"), Variant("float64", which=2, kind="0-dim")]
FIXED = [PLAIN, Variant("float64", layout="strided"), Variant("complex64"), Variant("int64"),
         Variant("float16"), Variant("bfloat16", layout="strided"), Variant("bool")]


def variants(case: Case) -> list[Variant]:
    """The kinds of arguments that a case is called with: the first of each list always, of the
    others a few, other ones for another text."""
    letters = list(dict.fromkeys(LETTER.findall(case.text)))
    form, more = case.form, len(letters) > 1
    turn = zlib.crc32(case.form.label.encode())
    if not letters and not FLOATING.search(case.text):
        return [PLAIN, Variant(layout="strided")] if re.search(r"\b[IB]\(", case.text) else [PLAIN]
    if not form.first:
        return [PLAIN, *some(SECOND[:6], turn, 1 if more and case.main else 0),
                *([FREE[4], FREE[5]] if form.writes and case.main else [])]
    if not case.main:
        return [PLAIN, *some(FREE[1:] if letters else FIXED[1:], turn, 1),
                *some(SECOND, turn, 1 if more else 0)]
    if not letters:
        return [*FIXED[:2], *some(FIXED[2:], turn, 2)]
    return [*FREE[:3], *some(FREE[3:], turn, 4), *some(SECOND, turn, 6 if more else 0),
            *some(FIRST, turn, 3 if more else 0), *some(THIRD, turn, 2 if len(letters) > 2 else 0)]


def some(options: list[Variant], turn: int, count: int) -> list[Variant]:
    """``count`` of the options, begun at one and evenly apart."""
    step = max(1, len(options) // max(1, count))
    return [options[(turn + k * step) % len(options)] for k in range(min(count, len(options)))]


class NotThisKind(Exception):
    """A case has no such variant."""


def sample(domain: str, rng: Any, shape: tuple[int, ...], dtype: str) -> Any:
    """Values of a dtype in a domain."""
    if dtype == "bool" or domain == "b":
        return np.asarray(rng.integers(0, 2, shape), bool)
    if dtype.startswith(("int", "uint")):
        low, high = {"x": (0 if dtype == "uint8" else -4, 5), "p": (1, 5), "g": (2, 6),
                     "u": (0, 1), "h": (0, 2)}[domain]
        return np.asarray(rng.integers(low, high, shape), dtype)
    value = rng.normal(size=shape)
    if dtype.startswith("complex"):
        value = value + 1j * rng.normal(size=shape)
    if domain in "pugh":
        size = rng.random(shape)
        value = {"p": 0.3 + 2 * size, "u": 1.8 * size - 0.9, "g": 1.2 + 2 * size,
                 "h": 0.1 + 0.8 * size}[domain]
    return np.asarray(value, dtype if dtype != "bfloat16" else "float32")


DOMAINS = {**dict.fromkeys("xyzw", "x"), **dict.fromkeys("pq", "p"), "u": "u", "h": "h", "g": "g",
           **dict.fromkeys("bc", "b"), **dict.fromkeys("ij", "x"), "k": "p"}
SHAPES = {"plain": [(3, 4)] * 4, "broadcast": [(3, 1), (4,), (2, 1, 1), ()],
          "empty": [(0, 4), (1, 4), (4,), ()], "0-dim": [()] * 4}


class Arguments(dict[str, Any]):
    """The names in the text of a call, with their values in one of its calls."""

    def __init__(self, lib: Any, text: str, variant: Variant, turn: int) -> None:
        self.lib, self.variant, self.turn = lib, variant, turn
        self.rng = np.random.default_rng([turn, zlib.crc32(text.encode())])
        self.leaves: list[Any] = []
        self.operands = 0
        self["m"] = lib
        self["R"] = (True, 1, 0.0, False, False, False)
        self["N"] = 0.35 + 0.2 * turn
        self["K"] = 5 + turn
        for domain in "xpuh":
            self[domain.upper()] = lambda *shape, domain=domain: self.tensor(
                self.draw(domain, shape))
        self["B"] = lambda *shape: self.tensor(self.draw("b", shape))
        self["I"] = lambda high, *shape: self.tensor(
            np.asarray(self.rng.integers(0, high, shape)))
        self["C"] = lambda *shape: self.tensor(
            sample("x", self.rng, shape, "complex128" if variant.dtype == "float64"
                   else "complex64"))
        self["S"] = lambda *shape: self.tensor(self.square(shape, True))
        self["A"] = lambda *shape: self.tensor(self.square(shape, False))
        self["T"] = lambda *shape: self.tensor(np.tril(self.square(shape, False)))

    def draw(self, domain: str, shape: tuple[int, ...]) -> Any:
        return sample(domain, self.rng, shape, self.variant.dtype)

    def square(self, shape: tuple[int, ...], symmetric: bool) -> Any:
        n = shape[-1]
        m = self.draw("x", (*shape[:-1], n, n)).astype(
            "complex128" if self.variant.dtype == "complex64" else "float64")
        m = m @ m.swapaxes(-1, -2).conj() if symmetric else m
        name = "float32" if self.variant.dtype == "bfloat16" else self.variant.dtype
        return np.asarray(m + (n if symmetric else 2 * n) * np.eye(n)).astype(name)

    def __missing__(self, name: str) -> Any:
        if name not in LETTERS or len(name) != 1:
            raise KeyError(name)
        k, self.operands = self.operands, self.operands + 1
        kind = self.variant.kind if self.variant.which == k else ""
        self[name] = self.number(name, kind) if kind and kind != "0-dim" else self.operand(
            name, () if kind else SHAPES[self.variant.shape][min(k, 3)])
        return self[name]

    def operand(self, name: str, shape: tuple[int, ...]) -> Any:
        dtype = self.variant.dtype
        if name in "ijk" and not dtype.startswith(("int", "uint", "bool")):
            dtype = "int64"
        return self.tensor(sample(DOMAINS[name], self.rng, shape, dtype))

    def number(self, name: str, kind: str) -> Any:
        """A number in place of an operand."""
        domain = DOMAINS[name]
        if kind in ("int", "numpy int", "bool") and domain in "uh":
            raise NotThisKind
        if kind == "bool" or domain == "b":
            if domain not in "xb" or name in "ij":
                raise NotThisKind
            return bool(self.turn % 2)
        if name in "ijk" or kind in ("int", "numpy int"):
            value = 5 + self.turn
            return np.int64(value) if kind.startswith("numpy") else value
        number = round(float(sample(domain, self.rng, (), "float64")), 3) + 0.0123
        return np.float64(number) if kind == "numpy" else np.float32(
            number) if kind == "numpy32" else number

    def tensor(self, value: Any) -> Any:
        """A tensor of these values, with the variant's layout and, where it can, with grad."""
        lib = self.lib
        strided = self.variant.layout == "strided" and value.ndim and value.size
        held = value
        if strided:
            held = np.zeros([2 * n + 1 for n in value.shape], value.dtype)
            held[tuple([slice(1, None, 2)] * value.ndim)] = value
        made = lib.tensor(held)
        if self.variant.dtype == "bfloat16" and held.dtype == np.float32:
            made = made.to(lib.bfloat16)
        if made.is_floating_point() or made.is_complex():
            made.requires_grad_()
            self.leaves.append(made)
        return made[tuple([slice(1, None, 2)] * value.ndim)] if strided else made


# ---- what comes out ----


class Seen(NamedTuple):
    """What a call gave: an error's type, or values and gradients."""

    error: type[BaseException] | None
    text: str
    values: list[Any]


def four_calls(lib: Any, case: Case, variant: Variant,
               between: Callable[[int], None] = lambda turn: None) -> list[Seen]:
    """What the calls of a case give."""
    code = compile(f"f({case.text})", str(case), "eval")
    function = case.form.make(lib)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for turn in range(CALLS):
            found.append(one_call(lib, function, code, case.text, variant, turn))
            between(turn)
    return found


def one_call(lib: Any, function: Callable[..., Any], code: CodeType, text: str, variant: Variant,
             turn: int) -> Seen:
    lib.manual_seed(turn)
    arguments = Arguments(lib, text, variant, turn)
    try:
        out = eval(code, {"f": function}, arguments)
        tensors = [t for t in flat(out) if isinstance(t, lib.Tensor)]
        flowing = [t for t in tensors if t.requires_grad]
        if flowing:
            loss(lib, flowing).backward()
        values = [shown(lib, thing) for thing in flat(out)]
        values += [None if leaf.grad is None else shown(lib, leaf.grad)
                   for leaf in arguments.leaves]
    except NotThisKind:
        raise
    except Exception as error:
        return Seen(type(error), str(error), [])
    return Seen(None, "", values)


def flat(out: Any) -> list[Any]:
    if isinstance(out, (tuple, list)):
        return [each for part in out for each in flat(part)]
    return [out]


def loss(lib: Any, tensors: list[Any]) -> Any:
    """A real number that depends on each element of the tensors otherwise."""
    total: Any = 0
    for k, t in enumerate(tensors):
        weights = lib.arange(t.numel(), dtype=lib.float64).reshape(t.shape) * 0.125 + 0.5 + k
        if t.is_complex():
            parts = lib.view_as_real(t.resolve_conj())
            total = total + (parts[..., 0] * weights + parts[..., 1] * (weights - 2)).sum()
        else:
            total = total + (t * weights).sum()
    return total


def shown(lib: Any, thing: Any) -> Any:
    """A result as Python and NumPy see it."""
    if isinstance(thing, lib.Tensor):
        plain = thing.detach()
        if plain.dtype is lib.bfloat16:
            plain = plain.to(lib.float32)
        value = plain.resolve_conj().resolve_neg().numpy()
        return (str(thing.dtype), tuple(thing.shape), thing.requires_grad, np.array(value))
    if isinstance(thing, np.ndarray | np.generic):
        return (type(thing).__name__, np.array(thing))
    if isinstance(thing, (bool, int, float, complex, type(None), str)):
        return thing
    return str(thing)


TOLERANCE = {"torch.float32": 3e-6, "torch.complex64": 3e-6, "torch.float16": 4e-3,
             "torch.bfloat16": 3e-2}


def beside_torch(found: Seen, wanted: Seen, variant: Variant) -> str:
    """In what a result differs from PyTorch's; nothing for ''. What PyTorch refuses may work here,
    a kind of error may be a narrower one, and of two reasons to refuse either may come first."""
    if wanted.error is not None and (
            found.error is None or variant.kind or issubclass(found.error, wanted.error)
            or issubclass(wanted.error, found.error)):
        return ""
    return difference(found, wanted, variant, 4)


def difference(found: Seen, wanted: Seen, variant: Variant = PLAIN, loosely: float = 1.0) -> str:
    """In what two results differ; nothing for ''."""
    if found.error is not None or wanted.error is not None:
        if found.error is wanted.error:
            return ""
        return (f"{found.error.__name__ if found.error else 'no error'} ({found.text}), not "
                f"{wanted.error.__name__ if wanted.error else 'none'} ({wanted.text})")
    if len(found.values) != len(wanted.values):
        return f"{len(found.values)} values, not {len(wanted.values)}"
    for k, (a, b) in enumerate(zip(found.values, wanted.values, strict=True)):
        if type(a) is not type(b):
            return f"value {k}: {a}, not {b}"
        if not isinstance(a, tuple):
            if a != b and not (isinstance(a, float) and (
                    (a != a and b != b) or abs(a - b) <= 1e-5 * abs(b))):
                return f"value {k}: {a}, not {b}"
            continue
        if a[:-1] != b[:-1]:
            return f"value {k}: {a[:-1]}, not {b[:-1]}"
        problem = unlike(a[-1], b[-1], max(TOLERANCE.get(a[0], 1e-9), TOLERANCE.get(
            f"torch.{variant.dtype}", 0)) * loosely)
        if problem:
            return f"value {k}: {problem}"
    return ""


def unlike(a: Any, b: Any, tolerance: float) -> str:
    if a.shape != b.shape:
        return f"shape {a.shape}, not {b.shape}"
    if a.dtype.kind not in "fc":
        return "" if np.array_equal(a, b) else f"{a.tolist()}, not {b.tolist()}"
    wide = np.complex128 if a.dtype.kind == "c" else np.float64
    x, y = a.astype(wide), b.astype(wide)
    scale = np.max(np.abs(y), where=np.isfinite(y), initial=1.0)
    with np.errstate(all="ignore"):
        good = np.isclose(x, y, rtol=4 * tolerance, atol=tolerance * scale, equal_nan=True)
    return "" if good.all() else f"{a.tolist()}, not {b.tolist()}"


CASES: dict[str, list[Case]] = {}
"""The cases of each callable."""
for _case in cases():
    CASES.setdefault(_case.form.label, []).append(_case)
