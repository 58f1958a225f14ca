"""Random graphs for the compiled tier, and what it means that a result of theirs is right.

:func:`graphs` draws a graph of primitives with values for its inputs. :func:`assert_right` compares
results with the interpreter's. How far they may be apart is measured, not guessed: the interpreter
runs the graph again a few times with every intermediate value moved by a few units in the last
place, and a result may differ by a few times what that does to it. So an ill-conditioned difference
may be off by as much as it must, and everything else by a few ulp.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from wengert.engine.backends.interpreter import Interpreter
from wengert.engine.backends.numbers import implementation
from wengert.engine.dtypes import DType, bool_, float16, float32, float64, int32, int64
from wengert.engine.graph import TABLE, Graph, Node
from wengert.engine.ops import elementwise as el
from wengert.engine.ops import reduce as red
from wengert.engine.ops import structural as stru

FLOATS = (float32, float64, float16)
INTS = (int32, int64)
NOISE_ULP = 4.0
"""By how many units in the last place an intermediate value is moved."""
RUNS = 6

# Without erfc: in its tail SciPy, and so the interpreter, is the less exact of the two.
UNARY = ["neg", "abs", "square", "cube", "sqrt", "reciprocal", "exp", "exp2", "expm1", "log",
         "log2",
         "log10", "log1p", "sigmoid", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh",
         "tanh", "asinh", "acosh", "atanh", "erf", "floor", "ceil", "trunc", "relu", "sign",
         "softplus", "root", "copy", "alias"]
BINARY = ["add", "sub", "mul", "div", "maximum", "minimum", "clamp_min", "clamp_max", "atan2",
          "hypot", "annihilate", "pow"]
COMPARE = ["eq", "ne", "lt", "le", "gt", "ge"]
LOGIC = ["logical_and", "logical_or", "logical_xor"]
TESTS = ["isnan", "isinf", "isfinite"]
INT_UNARY = ["neg", "abs", "square", "cube", "relu", "copy"]
INT_BINARY = ["add", "sub", "mul", "maximum", "minimum", "clamp_min", "clamp_max"]
WEAK_BINARY = ["add", "sub", "mul"]
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, float("inf"), float("-inf"), float("nan"), 1e-40, 1e30,
           -3.0, 88.0, -104.0, 1e5]
LENGTHS = [1, 1, 2, 3, 3, 5, 16, 17, 33, 64]


class Drawn:
    """A graph with values for its inputs."""

    def __init__(self, graph: Graph, values: list[Any]) -> None:
        self.graph = graph
        self.values = values


class Drawing:
    """The nodes made so far."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.inputs: list[Node] = []
        self.values: list[Any] = []
        self.pool: list[Node] = []
        self.space = self.drawn_space()

    def one(self, options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def drawn_space(self) -> tuple[int, ...]:
        rank = self.draw(st.integers(0, 4))
        space = [self.one(LENGTHS) for _ in range(rank)]
        while np.prod(space, initial=1) > 3000:
            space[space.index(max(space))] = 3
        kind = self.draw(st.integers(0, 19))
        if rank and kind == 0:
            space[self.draw(st.integers(0, rank - 1))] = 0
        elif rank and kind == 1:
            space = [1] * (rank - 1) + [4097]
        elif rank > 1 and kind == 2:
            space = [*([1] * (rank - 2)), 3, 4097]
        elif rank > 1 and kind == 3:
            space = [4097, *([1] * (rank - 2)), 2]
        return tuple(space)

    def drawn_shape(self) -> tuple[int, ...]:
        """A shape that broadcasts to the space."""
        how = self.draw(st.integers(0, 4))
        if how < 2:
            return self.space
        kept = self.draw(st.integers(0, len(self.space)))
        shape = self.space[len(self.space) - kept:]
        return tuple(1 if self.draw(st.integers(0, 3)) == 0 else n for n in shape)

    # ---- inputs ----

    def input(self) -> Node:
        dtype = self.one([float32, float32, float32, float64, float64, float16, int32, int64,
                          bool_])
        shape = self.drawn_shape()
        node = stru.free(shape, dtype)
        self.inputs.append(node)
        self.values.append(self.value(shape, dtype))
        self.pool.append(node)
        return node

    def number(self) -> Node:
        kind = self.one([int, float])
        node = Node(stru.number, (), {}, (), float32 if kind is float else int64, weak=True)
        self.inputs.append(node)
        self.values.append(self.one([0, 1, 2, 3, -1, 7] if kind is int
                                    else [0.0, 0.5, 0.1, -1.0, 3.0, 1e-3, -0.0, float("inf")]))
        self.pool.append(node)
        return node

    def value(self, shape: tuple[int, ...], dtype: DType) -> Any:
        rng = np.random.default_rng(self.draw(st.integers(0, 1 << 16)))
        if dtype is bool_:
            x = rng.integers(0, 2, shape).astype(bool)
        elif dtype in INTS:
            top = self.one([3, 100, 1 << 30])
            x = rng.integers(-top, top, shape).astype(dtype.numpy)
        else:
            x = np.asarray(rng.normal(size=shape) * self.one([1.0, 1.0, 10.0, 1e-3]))
            special = self.draw(st.integers(0, 3))
            if special == 0:
                hit = rng.random(shape) < 0.2
                x = np.where(hit, rng.choice(SPECIAL, size=shape), x)
            elif special == 1:
                x = np.round(x)
            with np.errstate(all="ignore"):
                x = np.asarray(x, dtype.numpy)
        return self.laid_out(x)

    def laid_out(self, x: Any) -> Any:
        """``x`` with the same values, in memory of several kinds."""
        how = self.draw(st.integers(0, 7))
        if how == 0 and x.ndim:
            wide = np.zeros((*x.shape, 2), x.dtype)
            wide[..., 0] = x
            return wide[..., 0]
        if how == 1 and x.ndim:
            return np.asfortranarray(x)
        if how == 2 and x.ndim:
            return np.ascontiguousarray(x[::-1])[::-1]
        if how == 3 and x.ndim:
            return np.broadcast_to(x[:1], x.shape) if x.shape[0] else x
        if how == 4 and x.ndim:
            raw = np.zeros(x.nbytes + 1, np.uint8)[1:]
            off = raw.view(x.dtype).reshape(x.shape) if x.size else x
            if x.size:
                off[...] = x
            return off
        return np.array(x, order="C")

    # ---- operations ----

    def pick(self, *dtypes: DType, weak: bool = False) -> Node | None:
        found = [n for n in self.pool if not n.weak and n.dtype in dtypes]
        if weak:
            found = [n for n in self.pool if n.weak]
        if not found:
            return None
        near = self.draw(st.integers(0, 2))
        return found[-1] if near == 0 else self.one(found)

    def partner(self, a: Node, numbers: bool = True) -> Node | None:
        """Another argument beside ``a``: of its dtype, and of a shape that broadcasts."""
        found = [n for n in self.pool if not n.weak and n.dtype is a.dtype and meets(n, a)]
        if numbers:
            found += [n for n in self.pool if n.weak and (
                a.dtype in FLOATS or (a.dtype in INTS and n.dtype is int64))]
            if a.dtype in FLOATS:
                found += [el.constant(value=self.one([0.5, 2.0, -1.0, 3.0]))] * 2
                found[-1].weak = found[-2].weak = True
            elif a.dtype in INTS:
                found += [weak_constant(self.one([0, 1, -2, 5]))]
        return self.one(found) if found else None

    def step(self) -> Node | None:
        how = self.draw(st.integers(0, 16))
        if how <= 2:
            return self.unary()
        if how <= 6:
            return self.binary()
        if how == 7:
            return self.compared()
        if how == 8:
            return self.selected()
        if how == 9:
            a = self.pick(bool_, *INTS, *FLOATS)
            return a and el.cast(a, dtype=self.one([float32, float64, int64, int32, bool_]))
        if how <= 12:
            return self.reduced()
        if how == 13:
            return self.moved()
        if how == 14:
            return self.family()
        return self.weakly() if how == 15 else self.by_rows()

    def unary(self) -> Node | None:
        a = self.pick(*FLOATS) if self.draw(st.integers(0, 4)) else self.pick(*INTS, bool_)
        if a is None:
            return None
        if a.dtype in FLOATS:
            return TABLE[self.one(UNARY)](a)
        if a.dtype is bool_:
            return TABLE[self.one(["logical_not", "copy", "alias"])](a)
        return TABLE[self.one(INT_UNARY)](a)

    def binary(self) -> Node | None:
        a = self.pick(*FLOATS) if self.draw(st.integers(0, 4)) else self.pick(*INTS)
        b = a and self.partner(a)
        if a is None or b is None:
            return None
        name = self.one(BINARY if a.dtype in FLOATS else INT_BINARY)
        if self.draw(st.booleans()) and name not in ("clamp_min", "clamp_max"):
            a, b = b, a
        return TABLE[name](a, b)

    def compared(self) -> Node | None:
        how = self.draw(st.integers(0, 3))
        if how == 0:
            a = self.pick(bool_)
            b = a and self.partner(a, False)
            return TABLE[self.one([*LOGIC, "eq", "ne"])](a, b) if a and b else None
        if how == 1:
            a = self.pick(*FLOATS)
            return a and TABLE[self.one(TESTS)](a)
        a = self.pick(*FLOATS, *INTS)
        b = a and self.partner(a)
        return TABLE[self.one(COMPARE)](a, b) if a and b else None

    def selected(self) -> Node | None:
        c, a = self.pick(bool_), self.pick(*FLOATS, *INTS, bool_)
        b = a and self.partner(a)
        if not (c and a and b and meets(c, a) and meets(c, b)):
            return None
        if self.draw(st.booleans()):
            a, b = b, a
        try:
            return el.where(c, a, b)
        except RuntimeError:
            return None

    def reduced(self) -> Node | None:
        a = self.pick(*FLOATS) if self.draw(st.integers(0, 5)) else self.pick(*INTS, bool_)
        if a is None:
            return None
        axes = tuple(i for i in range(a.ndim) if self.draw(st.booleans()))
        if self.draw(st.integers(0, 2)) == 0:
            axes = tuple(range(a.ndim))
        elif self.draw(st.integers(0, 2)) == 0 and a.ndim:
            axes = (a.ndim - 1,)
        keep = self.draw(st.booleans())
        how = self.draw(st.integers(0, 3))
        if how == 0 and a.dtype in FLOATS and all(a.shape[i] for i in axes):
            return TABLE[self.one(["amax", "amin"])](a, axes=axes, keepdims=keep)
        if how == 1:
            shape = red.reduced_shape(a.shape, axes, True)
            while shape and shape[0] == 1 and self.draw(st.booleans()):
                shape = shape[1:]
            return stru.sum_to(a, shape=shape) if a.dtype in FLOATS or a.dtype is int64 else None
        return red.sum_(a, axes=axes, keepdims=keep)

    def moved(self) -> Node | None:
        how = self.draw(st.integers(0, 4))
        a = self.pick(*FLOATS, *INTS, bool_)
        if how == 0:
            value = self.one([0, 1, 2.5, -3])
            dtype = self.one([float32, float64, int64])
            return stru.full(weak_constant(value), shape=self.drawn_shape(), dtype=dtype)
        if how == 1:
            number = self.pick(weak=True)
            return number and stru.full(number, shape=self.drawn_shape(),
                                        dtype=self.one([float32, float64]))
        if a is None:
            return None
        if how == 2 and meets_shape(a.shape, self.space):
            return stru.broadcast_to(a, shape=self.space)
        if how == 3:
            return stru.reshape(a, shape=self.one([
                (a.size,), (1, *a.shape), (*a.shape, 1), tuple(n for n in a.shape if n != 1),
                a.shape[:-2] + (int(np.prod(a.shape[-2:], initial=1)),)]))
        return stru.transpose(a, perm=tuple(range(a.ndim))[::-1]) if a.ndim == 2 else None

    def family(self) -> Node | None:
        a = self.pick(*FLOATS)
        if a is None or not a.ndim or not a.shape[-1] or a.size == 0:
            return None
        axes = (a.ndim - 1,) if self.draw(st.booleans()) else tuple(range(a.ndim))[-2:]
        name = self.one(["softmax", "log_softmax", "logsumexp", "pick_class", "put_class"])
        if name == "logsumexp":
            return red.logsumexp(a, axes=axes, keepdims=self.draw(st.booleans()))
        if name in ("softmax", "log_softmax"):
            return TABLE[name](a, axes=axes)
        classes = a.shape[-1]
        dtype = self.one(INTS)
        target = stru.free(a.shape[:-1], dtype)
        rng = np.random.default_rng(self.draw(st.integers(0, 99)))
        value = rng.integers(0, classes, target.shape)
        value = np.where(rng.random(target.shape) < 0.2, -100, value).astype(dtype.numpy)
        self.inputs.append(target)
        self.values.append(self.laid_out(np.asarray(value)))
        if name == "pick_class":
            return TABLE[name](a, target, axis=a.ndim - 1, ignore=-100)
        picked = TABLE["pick_class"](a, target, axis=a.ndim - 1, ignore=-100)
        return TABLE[name](picked, target, shape=a.shape, axis=a.ndim - 1, ignore=-100)

    def by_rows(self) -> Node | None:
        """A sum over rows of multiples, whose factors are made of the rows; or those multiples."""
        a = self.pick(*FLOATS)
        if a is None or not a.ndim or not a.size or a.shape[-1] == 1:
            return None
        b = self.partner(a, False) if self.draw(st.booleans()) else a
        if b is None or b.shape != a.shape:
            return None

        def total(x: Node) -> Node:
            return red.sum_(x, axes=(a.ndim - 1,), keepdims=True)

        centred = el.sub(a, total(a) / a.shape[-1])
        factor = TABLE[self.one(["square", "abs", "reciprocal", "copy"])](total(el.square(
            self.one([a, centred]))))
        first = el.mul(b, factor) if self.draw(st.booleans()) else el.annihilate(b, factor)
        how = self.draw(st.integers(0, 3))
        if how == 0:
            first = el.add(first, el.annihilate(total(b), centred))
        elif how == 1:
            first = el.sub(el.neg(centred), first)
        elif how == 2:
            return first
        return total(first)

    def weakly(self) -> Node | None:
        a, b = self.pick(weak=True), self.pick(weak=True)
        if a is None or b is None:
            return None
        if self.draw(st.booleans()):
            b = weak_constant(self.one([1, 2.0, -1.5]))
        if self.draw(st.integers(0, 3)) == 0:
            return el.neg(a)
        return TABLE[self.one(WEAK_BINARY)](a, b)


def weak_constant(value: complex) -> Node:
    from_lift = el.lift(value)
    return from_lift


def meets_shape(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(a, b) == b
    except ValueError:
        return False


def meets(a: Node, b: Node) -> bool:
    try:
        return int(np.prod(np.broadcast_shapes(a.shape, b.shape), initial=1)) < 20_000
    except ValueError:
        return False


@st.composite
def graphs(draw: Any, most: int = 14) -> Drawn:
    """A graph of up to ``most`` steps, with values for its inputs."""
    made = Drawing(draw)
    for _ in range(draw(st.integers(1, 3))):
        made.input()
    for _ in range(draw(st.integers(0, 2))):
        made.number()
    steps: list[Node] = []
    for _ in range(draw(st.integers(1, most))):
        node = made.step()
        if node is not None:
            made.pool.append(node)
            steps.append(node)
    strong = [n for n in steps if not n.weak]
    outputs = [n for n in strong if draw(st.integers(0, 3)) == 0] + strong[-1:]
    outputs = list(dict.fromkeys(outputs))
    if not outputs:
        outputs = [el.neg(made.inputs[0]) if made.inputs[0].dtype is not bool_
                   else el.logical_not(made.inputs[0])]
    return Drawn(Graph(made.inputs, outputs), made.values)


def graph_of_sums(chosen: random.Random) -> Graph:
    """A graph of elementwise operations and of reductions over any axes, kept as ones: a value, one
    number per channel and one per element of a row."""
    shape = chosen.choice([(5, 6, 80), (4, 3, 7, 9), (6, 70), (3, 2, 65)])
    n = len(shape)
    x = stru.free(shape, float64)
    y = stru.free(tuple(length if i == 1 else 1 for i, length in enumerate(shape)), float64)
    pool, whole, steps = [x, y, stru.free(shape[-1:], float64)], [x], []
    inputs = [*pool]
    for _ in range(chosen.randint(4, 22)):
        how, a = chosen.random(), chosen.choice(whole)
        if how < 0.3:
            new = chosen.choice([el.neg, el.square, el.abs_, el.tanh, lambda v: v * 0.5])(a)
        elif how < 0.65:
            pair = [a, chosen.choice(pool)]
            chosen.shuffle(pair)
            new = TABLE[chosen.choice(["add", "sub", "mul", "annihilate", "maximum"])](*pair)
        else:
            axes = tuple(sorted(chosen.sample(range(n), chosen.randint(1, n))))
            name = "sum" if chosen.random() < 0.8 else "amax"
            new = el.tanh(TABLE[name](a, axes=axes, keepdims=True) * 0.1)
        pool.append(new)
        steps.append(new)
        if new.shape == shape:
            whole.append(new)
    outputs = [step for step in steps[:-1] if chosen.random() < 0.2]
    return Graph(inputs, list(dict.fromkeys([*outputs, steps[-1]])))


# ---- what is right ----

REDUCTIONS = ("sum", "sum_to", "softmax", "log_softmax", "logsumexp")


def disturbed(graph: Graph, values: list[Any], seed: int) -> list[Any]:
    """The outputs where every intermediate value is moved by a few ulp."""
    rng = np.random.default_rng(seed)
    known: dict[Node, Any] = dict(zip(graph.inputs, values, strict=True))

    def moved(x: Any) -> Any:
        if type(x) is float or not isinstance(x, np.ndarray | np.generic):
            return x
        x = np.asarray(x)
        if x.dtype.kind != "f":
            return x
        unit = NOISE_ULP * np.finfo(x.dtype).eps
        return (x * (1 + unit * rng.uniform(-1, 1, x.shape)).astype(x.dtype)).astype(x.dtype)

    with np.errstate(all="ignore"):
        for node in graph.nodes():
            if node in known:
                continue
            args = [known[arg] for arg in node.args]
            if node.prim.name in REDUCTIONS:
                args = [moved(arg) for arg in args]
            value = implementation(node)(*args)
            value = np.asarray(value) if node.shape else value
            minus = {"annihilate": seed & 2}.get(node.prim.name, seed & 1)
            if node.prim.name in (*REDUCTIONS, "annihilate", "amax", "amin") and not node.weak and (
                    value.dtype.kind == "f"):   # the sign of a zero sum is anyone's
                value = np.where(value == 0, -0.0 if minus else 0.0, value).astype(value.dtype)
            value = moved(value)
            if node.prim.name in ("log_softmax", "logsumexp"):   # log(1 + a little)
                unit = NOISE_ULP * np.finfo(value.dtype).eps
                value = (value + unit * rng.uniform(-1, 1, value.shape)).astype(value.dtype)
            known[node] = value
    return [known[node] for node in graph.outputs]


def magnitude(values: list[Any]) -> float:
    """The largest finite magnitude among the inputs, 1 at least."""
    top = 1.0
    for value in values:
        wide = np.abs(np.asarray(value, dtype=np.float64))
        top = max(top, float(np.max(wide, where=np.isfinite(wide), initial=0.0)))
    return top


def assert_right(graph: Graph, values: list[Any], found: list[Any], factor: float = 4.0) -> None:
    """Compare ``found`` with the interpreter's results, as the module says."""
    right = [np.asarray(v) for v in Interpreter(graph)(values)]
    apart = None
    for k, (node, a, b) in enumerate(zip(graph.outputs, found, right, strict=True)):
        a = np.asarray(a)
        assert a.shape == node.shape, f"{node}: shape {a.shape}"
        assert a.dtype == node.dtype.numpy or node.weak, f"{node}: dtype {a.dtype}"
        same = (a == b) | ((a != a) & (b != b))
        if same.all():
            continue
        if apart is None:
            apart = [disturbed(graph, values, seed) for seed in range(RUNS)]
        runs = [np.asarray(run[k]) for run in apart]
        ok = same
        for run in runs:
            ok = ok | (a == run) | ((a != a) & (run != run))
        if b.dtype.kind in "fi":
            with np.errstate(all="ignore"):
                wide = np.stack([b, *runs]).astype(np.float64)
                finite = np.isfinite(wide)
                high = np.max(wide, 0, initial=-np.inf, where=finite)
                low = np.min(wide, 0, initial=np.inf, where=finite)
                allowed = factor * (high - low)
        if b.dtype.kind == "i":   # made of floating numbers, where the runs differ
            ok = ok | (np.abs(a.astype(np.float64) - b) <= allowed)
        elif b.dtype.kind == "f":
            with np.errstate(all="ignore"):
                unit = np.finfo(b.dtype)
                size = np.maximum(np.abs(high), np.abs(low))
                allowed = allowed + 4 * unit.eps * size + 4 * float(unit.smallest_subnormal)
                near = b.astype(np.float64)
                near = np.where(np.isfinite(near), near, np.clip(a, low, high))
                ok = ok | (np.abs(a.astype(np.float64) - near) <= allowed)
                # A result at the edge of the range may fall on either side of it.
                top = 0.9 * float(unit.max)
                ok = ok | ((np.abs(a) > top) & (np.abs(b) > top) & (np.sign(a) == np.sign(b)))
                # Where the noise of each run is without bounds, nothing is known.
                ok = ok | (np.isfinite(b) & ~np.isfinite(wide[1:]).any(0))
        if not ok.all():
            at = tuple(int(i) for i in np.argwhere(~ok)[0])
            raise AssertionError(f"{node} at {at}: compiled {a[at]!r}, interpreted {b[at]!r}, "
                                 f"disturbed {[run[at] for run in runs]}")
