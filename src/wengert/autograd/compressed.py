"""Sparse Jacobians and Hessians: :func:`jacobian`, :func:`hessian`, and the :class:`Plan` that both
make.

A plan has a pattern (``dependence.py``) and a colouring (``colouring.py``) of it. A call of it is
as many products with the Jacobian as there are colours, all at once by a mapped jvp or vjp, and one
look at their results for each nonzero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..compiler.known import known_apart
from ..engine.devices import sparse_coo, sparse_csr
from ..engine.recording.flushing import value
from ..engine.recording.handle import Handle
from ..engine.recording.lanes import for_each
from ..engine.recording.recorder import hold_beside, hold_like
from ..engine.recording.recording import dtype_of, here, shape_of
from ..func import grad, gradients
from ..functions.joins import cat
from ..tensors.data import as_tensor, from_numpy
from ..tensors.recorded import function
from ..tensors.sparse.construction import ready
from . import colouring as colour
from .arguments import (
    REVERSE,
    Argnums,
    check_forward,
    check_outputs,
    check_reverse,
    places_of,
    prepared,
    pushforward,
)
from .captured import close, released
from .dependence import Found, global_pattern, local_pattern
from .forward_mode import jvp
from .modes import differentiating
from .pushforward import whole_recording
from .trees import leaves_of, mapped, outline, tensors_in

_cat = function(cat)
FORMATS = ("csr", "csc", "coo")
COLOURINGS = {"column": colour.by_columns, "row": colour.by_rows,
              "bidirectional": colour.both_ways, "star": colour.symmetric}
WAYS = ("global", "local")


def jacobian(func: Callable[..., Any], argnums: Argnums = 0, *, pattern: Any = "global",
             coloring: str = "auto", format: Any = "csr", chunk_size: int | None = None,
             check: bool = False) -> Sparse:
    """The function that returns the Jacobian of ``func`` as a sparse matrix, with a row for each
    element of the result and a column for each of the argument numbered ``argnums``, row by row.

    Where Jacobians have few nonzeros in each row or column, it costs a few products with them
    instead of one for each column. ``pattern`` says where they are: ``"global"`` finds it in the
    function's graph, and it holds for every input; ``"local"`` where they are at this input; a
    ``scipy.sparse`` matrix or an array is the pattern itself. ``coloring`` says by which products:
    of columns (``"column"``, jvps), rows (``"row"``, vjps) or both (``"bidirectional"``);
    ``"auto"`` takes the fewest. ``chunk_size`` limits how many products are computed at a time.

    The result is a ``scipy.sparse`` array (``format`` ``"csr"``, ``"csc"``, ``"coo"``) or a sparse
    tensor (``torch.sparse_csr``, ``torch.sparse_coo``), through whose values gradients flow. Of
    several arguments or results there is a matrix for each pair, in their structures, as
    ``jacrev`` has it. Arrays of NumPy may stand for tensors.

    Each call looks whether the function is still the same; ``.plan(*args)`` gives a :class:`Plan`,
    which does not. With ``check`` each result is compared with a jvp in a random direction.

    RuntimeError, with the line, where a global pattern is asked for and the function looks at
    values.

    >>> J = torch.sparse.jacobian(lambda x: x[1:] * x[:-1])
    >>> print(J(torch.tensor([2.0, 3.0, 5.0])).toarray())
    [[3. 2. 0.]
     [0. 5. 3.]]
    """
    return Sparse(func, argnums, pattern, coloring, format, chunk_size, check, False)


def hessian(func: Callable[..., Any], argnums: Argnums = 0, *, pattern: Any = "global",
            coloring: str = "auto", format: Any = "csr", chunk_size: int | None = None,
            check: bool = False) -> Sparse:
    """The function that returns the Hessian of ``func``, whose result is a scalar, as a sparse
    matrix; see :func:`jacobian`.

    It is computed by Hessian-vector products (jvps of the gradient). The coloring ``"star"``, which
    ``"auto"`` takes too, reads an entry or its mirror image, whichever is alone.

    >>> H = torch.sparse.hessian(lambda x: (x[1:] * x[:-1] ** 2).sum())
    >>> print(H(torch.tensor([2.0, 3.0, 5.0])).toarray())
    [[ 6.  4.  0.]
     [ 4. 10.  6.]
     [ 0.  6.  0.]]
    """
    return Sparse(grad(func, argnums), argnums, pattern, coloring, format, chunk_size, check, True)


class Sparse:
    """A function whose result is a sparse derivative: what :func:`jacobian` and :func:`hessian`
    return."""

    def __init__(self, func: Callable[..., Any], argnums: Argnums, pattern: Any, coloring: str,
                 format: Any, chunk_size: int | None, check: bool, symmetric: bool) -> None:
        name = "hessian" if symmetric else "jacobian"
        names = ["auto", "column", "star"] if symmetric else [
            "auto", "column", "row", "bidirectional"]
        if coloring not in names:
            raise ValueError(f"sparse.{name}: coloring is one of {names}, got {coloring!r}")
        if isinstance(pattern, str) and pattern not in WAYS:
            raise ValueError(f"sparse.{name}: pattern is 'global', 'local' or a matrix, got "
                             f"{pattern!r}")
        if chunk_size is not None and chunk_size < 1:
            raise ValueError(f"sparse.{name}: chunk_size should be greater than 0")
        self.func, self.argnums, self.pattern = func, argnums, pattern
        self.coloring, self.format, self.chunk_size = coloring, checked_format(format), chunk_size
        self.check, self.symmetric, self.name = check, symmetric, name
        self.plans: list[Plan] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        plan = self.plan(*args, **kwargs)
        return plan(*args, **kwargs)

    def plan(self, *args: Any, **kwargs: Any) -> Plan:
        """The plan for arguments like these, which is made once: pattern and colours."""
        places = places_of(self.argnums, len(args))
        args = entered(args, places)
        for k in places:
            for leaf in leaves_of(args[k]):
                check_forward(leaf)
        args = tuple([mapped(arg, lambda h: h.detach().requires_grad_()) if k in places else arg
                      for k, arg in enumerate(args)])
        xs = list(tensors_in([args[k] for k in places]))
        found = self.found(args, kwargs, xs)
        for plan in self.plans:
            if plan.found is found and plan.like(xs):
                return plan
        plan = Plan(self, found, xs)
        if found.graph is not None:
            self.plans = [plan, *self.plans[:KEPT - 1]]
        return plan

    def found(self, args: tuple[Any, ...], kwargs: dict[str, Any], xs: Sequence[Handle]) -> Found:
        """The pattern, by the way that was asked for."""
        if not isinstance(self.pattern, str):
            return Found(given_pattern(self.pattern, self.name), None, {})
        if self.pattern == "local":
            return local_pattern(self.func, args, kwargs, xs)
        return global_pattern(self.func, args, kwargs, xs, [plan.found for plan in self.plans])


KEPT = 8
"""How many plans a function keeps."""


class Plan:
    """A sparse derivative whose pattern and colours are known: a call of it computes its values.

    ``pattern`` (a ``scipy.sparse`` CSR array of bools) has all rows and columns, those of several
    results and arguments below and beside each other. ``colors`` is how many products a call
    makes, ``forward`` of them jvps and ``reverse`` vjps. The pattern is not looked at again: where
    the function may have another one by now, :meth:`check` tells.
    """

    def __init__(self, made_by: Sparse, found: Found, xs: Sequence[Handle]) -> None:
        self.made_by, self.found = made_by, found
        self.shapes = [(shape_of(x), dtype_of(x)) for x in xs]
        rows = found.rows
        self.sizes = [math.prod(shape_of(x)) for x in xs]
        if rows.shape[1] != sum(self.sizes):
            raise ValueError(f"sparse.{made_by.name}: the pattern is {rows.shape}, and the "
                             f"argument has {sum(self.sizes)} elements")
        if made_by.symmetric:
            if rows.shape[0] != rows.shape[1]:
                raise ValueError("sparse.hessian: the pattern is to be square, got "
                                 f"{rows.shape}")
            rows = both_sides(rows) if found.graph is not None else either_side(rows)
        self.pattern = rows
        self.way = colours_of(rows, made_by, any(dtype.is_complex for _, dtype in self.shapes))
        way = self.way
        self.forward, self.reverse, self.colors = way.forwards, way.reverses, way.total
        self.units = units(way.forward, way.forwards, xs) if way.forwards else []
        m, n = rows.shape
        self.places = np.where(way.by_row, way.forwards * m + way.product * n,
                               way.product * m) + way.place
        self.index = hold_beside(xs[0], self.places)
        self.kinds: list[Any] = []
        self.cotangents: list[Any] = []
        self.structures: list[tuple[str, list[Any], Any]] = []
        """The structures of results that there were: as a text, the kinds of their tensors, and one
        of them."""
        self.known = {ends: known_apart(lambda _, *args, ends=ends: self.parts(args, {}, ends),
                                        made_by.func) for ends in (True, False)}
        self.blocks: dict[tuple[int, ...], list[list[Block]]] = {}

    def __repr__(self) -> str:
        m, n = self.pattern.shape
        products = [f"{count} {name}{'s' if count > 1 else ''}" for count, name in (
            (self.forward, "hvp" if self.made_by.symmetric else "jvp"), (self.reverse, "vjp"))
            if count]
        return (f"<sparse {self.made_by.name} of {m} by {n} with {self.pattern.nnz} nonzeros, by "
                f"{' and '.join(products) or 'no products'}>")

    def like(self, xs: Sequence[Handle]) -> bool:
        """Whether tensors have the shapes and dtypes of those that it was made for."""
        return self.shapes == [(shape_of(x), dtype_of(x)) for x in xs]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative at these arguments."""
        by = self.made_by
        args = entered(args, places_of(by.argnums, len(args)))
        values, out = self.computed(args, kwargs, by.format in FORMATS)
        result = self.matrices(values, out, [args[k] for k in places_of(by.argnums, len(args))])
        if by.check:
            self.compared(values, args, kwargs)
        return result

    def values(self, *args: Any, **kwargs: Any) -> Any:
        """The nonzeros of the derivative, a tensor with an element for each of ``pattern``, row by
        row; gradients flow through it."""
        return self.computed(entered(args, places_of(self.made_by.argnums, len(args))), kwargs)[0]

    def check(self, *args: Any, **kwargs: Any) -> None:
        """RuntimeError unless the derivative and a jvp agree in a random direction at these
        arguments."""
        args = entered(args, places_of(self.made_by.argnums, len(args)))
        self.compared(self.computed(args, kwargs)[0], args, kwargs)

    # ---- products ----

    def computed(self, args: tuple[Any, ...], kwargs: dict[str, Any],
                 ends: bool = False) -> tuple[Any, Any]:
        """The nonzeros, and a structure like the function's result; ``ends`` says that no gradient
        goes on from here."""
        if kwargs:
            values, k = self.parts(args, kwargs, ends)
        else:   # what it reads of the plan is an argument too
            values, k = self.known[ends]((self.units, self.cotangents, self.index), *args)
        return values, self.structures[k][2]

    def parts(self, args: tuple[Any, ...], kwargs: dict[str, Any], ends: bool) -> tuple[Any, int]:
        """The nonzeros, and the number of the structure of the function's result."""
        tracked = here.modes.grad and not ends
        parts = []
        out = wrt = None
        if self.forward or not self.reverse:
            found, out, wrt = self.forwards(args, kwargs, tracked)
            parts += found
        if self.reverse:
            found, out, wrt = self.reverses(args, kwargs, tracked)
            parts += found
        flat = [part.reshape(-1) for part in parts]
        every = flat[0] if len(flat) == 1 else _cat(flat) if flat else None
        number = self.number_of(out)
        if every is None or not self.places.size:
            first: Any = next(tensors_in(wrt))
            return first.detach().new_zeros((self.places.size,)), number
        return every[self.index], number

    def number_of(self, out: Any) -> int:
        """The number of the structure of a result."""
        text, kinds = outline(out), [(shape_of(o), dtype_of(o)) for o in tensors_in(out)]
        for k, (other, others, _) in enumerate(self.structures):
            if text == other and kinds == others:
                return k
        self.structures.append((text, kinds, mapped(out, lambda o: hold_like(
            o, 0, (math.prod(shape_of(o)), 0)))))
        return len(self.structures) - 1

    def forwards(self, args: Any, kwargs: Any, tracked: bool) -> tuple[list[Any], Any, Any]:
        by = self.made_by
        args, wrt = prepared(args, by.argnums, check_forward)
        self.check_like(wrt)
        with whole_recording():
            run, out, _ = pushforward(by.func, args, kwargs, wrt, False)
            self.check_rows(run.outs)
            if not self.forward:
                return [], out, wrt
            found = self.in_chunks(lambda *units: run.along(list(units)), self.units)
            return joined([released(t, tracked) for t in found], self.forward), out, wrt

    def reverses(self, args: Any, kwargs: Any, tracked: bool) -> tuple[list[Any], Any, Any]:
        by = self.made_by
        args, wrt = prepared(args, by.argnums, check_reverse)
        self.check_like(wrt)
        with differentiating():
            out = by.func(*args, **kwargs)
        close(tensors_in(wrt))
        check_outputs(out, REVERSE)
        outs = list(tensors_in(out))
        self.check_rows(outs)
        kinds = [(shape_of(o), dtype_of(o)) for o in outs]
        if kinds != self.kinds:
            self.kinds, self.cotangents = kinds, units(self.way.reverse, self.reverse, outs)
        found = self.in_chunks(lambda *cts: list(tensors_in(
            gradients(outs, wrt, cts, tracked, True))), self.cotangents)
        return joined(found, self.reverse), out, wrt

    def in_chunks(self, products: Callable[..., list[Any]], given: list[Any]) -> list[Any]:
        """The results of products with ``given``, as many at a time as a chunk has."""
        n, size = shape_of(given[0])[0], self.made_by.chunk_size
        if size is None or size >= n:
            return for_each(products, given)
        parts = [for_each(products, [g.narrow(0, k, min(size, n - k)) for g in given])
                 for k in range(0, n, size)]
        return [_cat(column, 0) for column in zip(*parts, strict=True)]

    def check_like(self, wrt: Any) -> None:
        xs = list(tensors_in(wrt))
        if not self.like(xs):
            raise ValueError(
                f"a plan of sparse.{self.made_by.name} is for arguments of the shapes and dtypes "
                f"{[(list(s), d) for s, d in self.shapes]}, and was given "
                f"{[(list(shape_of(x)), dtype_of(x)) for x in xs]}: make another one")

    def check_rows(self, outs: Sequence[Any]) -> None:
        count = sum(math.prod(shape_of(o)) for o in outs)
        if count != self.pattern.shape[0]:
            raise ValueError(
                f"a plan of sparse.{self.made_by.name} has a pattern of {self.pattern.shape[0]} "
                f"rows, and the function returned {count} elements")

    # ---- results ----

    def matrices(self, values: Any, out: Any, wrt: Any) -> Any:
        """A matrix for each pair of a result and an argument, in their structures."""
        outs = list(leaves_of(out))
        sizes = tuple([shape_of(o)[0] for o in outs])
        if sizes not in self.blocks:
            self.blocks[sizes] = blocks_of(self.pattern, sizes, self.sizes)
        lines: Iterator[Any] = iter(self.blocks[sizes])
        single = isinstance(self.made_by.argnums, int)

        def of_output(_: Any) -> Any:
            line = iter(next(lines))
            found = [mapped(like, lambda _: next(line).matrix(values, self.made_by.format))
                     for like in wrt]
            return found[0] if single else tuple(found)
        return mapped(out, of_output)

    def compared(self, values: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        by = self.made_by
        places = places_of(by.argnums, len(args))
        rng = np.random.default_rng()
        xs: list[Any] = list(tensors_in([args[k] for k in places]))
        vs = [rng.normal(size=shape).astype(dtype.numpy) for shape, dtype in self.shapes]
        v = np.concatenate([np.ravel(each) for each in vs])

        def rest(*given: Any) -> Any:
            new = iter(given)
            return by.func(*[mapped(arg, lambda _: next(new)) if k in places else arg
                             for k, arg in enumerate(args)], **kwargs)
        y, pushed = jvp(rest, tuple([x.detach() for x in xs]),
                        tuple([hold_beside(x, each) for x, each in zip(xs, vs, strict=True)]))
        wanted = np.concatenate([np.ravel(value(t)) for t in tensors_in([pushed])])
        matrix = self.pattern.astype(wanted.dtype)
        matrix.data = np.asarray(value(values)).astype(wanted.dtype)
        size = abs(matrix) @ abs(v) + abs(wanted)
        eps = np.finfo(wanted.dtype).eps
        scale = max([float(abs(value(each)).max(initial=0)) for each in tensors_in([y])], default=0)
        off = abs(matrix @ v - wanted) > eps ** 0.5 * (size + size.sum() / max(size.size, 1)) + (
            100 * eps * scale)
        if off.any():
            raise RuntimeError(
                f"sparse.{by.name}: the pattern lacks nonzeros: in a random direction a jvp is "
                f"other in {int(off.sum())} of {off.size} rows, the first of them "
                f"{int(np.flatnonzero(off)[0])}. Make the plan anew, or without a pattern of your "
                "own or one at a single input")


class Block:
    """The part of the nonzeros that one result and one argument have."""

    def __init__(self, pattern: Any, chosen: Any) -> None:
        self.indices, self.indptr = pattern.indices, pattern.indptr
        self.shape = pattern.shape
        self.chosen = chosen
        self.index = None if chosen is None else from_numpy(chosen)

    def matrix(self, values: Any, format: Any) -> Any:
        """It as a matrix."""
        part = values if self.index is None else values[self.index]
        if format not in FORMATS:
            return self.tensor(part, format)
        from scipy.sparse import csr_array
        data = np.array(value(part))
        found = csr_array((data, self.indices.copy(), self.indptr.copy()), shape=self.shape)
        return found if format == "csr" else found.asformat(format)


    def tensor(self, values: Any, layout: Any) -> Any:
        """It as a sparse tensor, in COO or CSR, through whose values gradients flow."""
        sparse = ready()
        indices = self.indices.astype(np.int64)
        if layout is sparse_csr:
            return sparse.made(layout, (self.indptr.astype(np.int64), indices), values, self.shape,
                               False)
        rows = np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))
        return sparse.coo(np.stack([rows, indices]), values, self.shape, True)


def blocks_of(pattern: Any, rows: Sequence[int], columns: Sequence[int]) -> list[list[Block]]:
    """The blocks of a pattern for results and arguments of those sizes."""
    if len(rows) == len(columns) == 1:
        return [[Block(pattern, None)]]
    from scipy.sparse import csr_array
    numbers = csr_array((np.arange(1, pattern.nnz + 1), pattern.indices, pattern.indptr),
                        shape=pattern.shape)
    found: list[list[Block]] = []
    top = 0
    for m in rows:
        line, left = [], 0
        for n in columns:
            part = numbers[top:top + m, left:left + n]
            part.sort_indices()
            line.append(Block(part, part.data - 1))
            left += n
        found.append(line)
        top += m
    return found


def colours_of(rows: Any, made_by: Sparse, complex_: bool) -> colour.Compression:
    """The colouring that was asked for."""
    name = made_by.coloring
    if name == "auto":
        if made_by.symmetric or complex_:
            return COLOURINGS["star" if made_by.symmetric else "column"](rows)
        return colour.both_ways(rows)
    if complex_ and name != "column":
        raise NotImplementedError("sparse.jacobian: of complex numbers the coloring is 'column'")
    return COLOURINGS[name](rows)


def units(colours: Any, count: int, like: Sequence[Handle]) -> list[Any]:
    """For each colour what is 1 in its places, in parts of the shapes and dtypes of tensors."""
    shapes = [shape_of(x) for x in like]
    ends = np.cumsum(list(map(math.prod, shapes)))
    every = np.split(np.arange(count)[:, None] == colours, ends[:-1], axis=1)
    return [hold_beside(x, part.reshape(count, *shape).astype(dtype_of(x).numpy))
            for x, part, shape in zip(like, every, shapes, strict=True)]


def joined(found: list[Any], count: int) -> list[Any]:
    """The results of ``count`` products beside each other: one tensor, a row for each product."""
    flat = [t.reshape(count, -1) for t in found]
    return flat[:1] if len(flat) == 1 else [_cat(flat, 1)]


def both_sides(rows: Any) -> Any:
    """The places of a square pattern whose mirror images are there too: a Hessian is symmetric, so
    no nonzero is elsewhere."""
    return tidy(rows.multiply(rows.T))


def either_side(rows: Any) -> Any:
    """A square pattern with its mirror image."""
    return tidy(rows + rows.T)


def tidy(rows: Any) -> Any:
    from scipy.sparse import csr_array
    rows = csr_array(rows, dtype=bool)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    rows.sort_indices()
    return rows


def given_pattern(pattern: Any, name: str) -> Any:
    """A user's pattern: where a matrix has entries, or an array is not 0."""
    from scipy.sparse import csr_array, issparse
    if isinstance(pattern, Handle):
        pattern = value(pattern)
    if not issparse(pattern):
        pattern = np.asarray(pattern)
        if pattern.ndim != 2:
            raise ValueError(f"sparse.{name}: a pattern is a matrix, got {pattern.ndim} dimensions")
        return tidy(csr_array(pattern != 0))
    found = csr_array(pattern)
    return tidy(csr_array((np.ones(found.nnz, bool), found.indices, found.indptr), found.shape))


def checked_format(format: Any) -> Any:
    if format in (*FORMATS, sparse_coo, sparse_csr):
        return format
    raise ValueError(f"a sparse derivative has a format of {list(FORMATS)}, torch.sparse_coo or "
                     f"torch.sparse_csr, got {format!r}")


def entered(args: tuple[Any, ...], places: Sequence[int]) -> tuple[Any, ...]:
    """The arguments, with tensors for arrays where they are differentiated in."""
    def of(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return as_tensor(value)
        if isinstance(value, (tuple, list)) and any(isinstance(v, np.ndarray) for v in value):
            return type(value)([of(v) for v in value])
        if isinstance(value, dict):
            return {key: of(v) for key, v in value.items()}
        return value
    return tuple([of(arg) if k in places else arg for k, arg in enumerate(args)])


__all__ = ["Plan", "Sparse", "hessian", "jacobian"]
