"""``torch.func``: transforms of functions, from a function to its gradient, Jacobian, Hessian.

Each calls the function on tensors of its own and differentiates what that records; so they nest,
and run along known paths when called again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .autograd import api
from .autograd.api import requires_grad
from .autograd.arguments import (
    REVERSE,
    Argnums,
    check_forward,
    check_outputs,
    check_reverse,
    kept,
    parts,
    prepared,
    pushforward,
)
from .autograd.captured import close, flows_out, released
from .autograd.modes import differentiating
from .autograd.pushforward import whole_recording, zeros_of
from .autograd.trees import alike, leaves_of, mapped, outline, tensors_in
from .autograd.vmap import vmap
from .compiler.known import known
from .engine.lazy import lazy
from .engine.recording.handle import Handle
from .engine.recording.lanes import for_each
from .engine.recording.recorder import hold_like
from .engine.recording.recording import dtype_of, here, shape_of
from .functions.joins import cat
from .functions.stateless import (
    functional_call,
    replace_all_batch_norm_modules_,
    stack_module_state,
)
from .names.missing import answer_missing_names
from .tensors.recorded import function

if TYPE_CHECKING:   # found when first asked for
    from .autograd.forward_mode import jvp, linearize
    from .autograd.jets import directional, jet
    from .autograd.laplacian import (
        divergence,
        forward_laplacian,
        hessian_diagonal,
        jacobian_diagonal,
        laplacian,
    )
    from .functions.rearranging import rearrange

_cat = function(cat)


def units(x: Any) -> Any:
    """The unit tensors of the shape of ``x``, in a row."""
    return lazy("autograd.functional").units(x)


def check_jacfwd(x: Any) -> None:
    """An error unless :func:`jacfwd` can differentiate in ``x``."""
    if not isinstance(x, Handle):
        raise AttributeError(f"{type(x).__name__!r} object has no attribute 'numel': jacfwd "
                             "differentiates in tensors, and in structures of nothing else")
    check_forward(x)


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0,
                   has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns the gradient and the value of ``func``, whose result is a scalar.

    With ``has_aux``, ``func`` returns a pair whose second part is passed through.
    """
    return known(both_of(func, argnums, has_aux), func, "grad_and_value", argnums, has_aux)


VALUED = "grad_and_value(f)(*args)"


def check_scalar(out: Any) -> None:
    """RuntimeError unless ``out`` is a tensor of no dimensions."""
    if not isinstance(out, Handle):
        raise RuntimeError(f"{VALUED}: Expected f(*args) to return a Tensor, got {type(out)}")
    if shape_of(out) != ():
        raise RuntimeError(f"{VALUED}: Expected f(*args) to return a scalar Tensor, got tensor with"
                           f" {len(shape_of(out))} dims. Maybe you wanted to use the vjp or jacrev "
                           "APIs instead?")


def both_of(func: Callable[..., Any], argnums: Argnums, has_aux: bool) -> Callable[..., Any]:
    """:func:`grad_and_value`, recorded at each call."""
    def call(*args: Any, **kwargs: Any) -> Any:
        tracked = here.modes.grad
        args, wrt = prepared(args, argnums, check_reverse)
        with differentiating():
            out = func(*args, **kwargs)
        close(tensors_in(wrt))
        out, aux = parts(out, has_aux, VALUED)
        check_scalar(out)
        found = gradients([out], wrt, [None], tracked)
        grads = found[0] if isinstance(argnums, int) else tuple(found)
        value, aux = kept((out, aux), tracked)
        return (grads, (value, aux)) if has_aux else (grads, value)
    return call


def grad(func: Callable[..., Any], argnums: Argnums = 0,
         has_aux: bool = False) -> Callable[..., Any]:
    """The function that returns the gradient of ``func``, whose result is a scalar, with respect to
    the arguments numbered ``argnums``.

    >>> torch.func.grad(torch.sin)(torch.tensor(0.0))
    tensor(1.)
    """
    both = both_of(func, argnums, has_aux)

    def call(*args: Any, **kwargs: Any) -> Any:
        grads, value = both(*args, **kwargs)
        return (grads, value[1]) if has_aux else grads
    return known(call, func, "grad", argnums, has_aux)


def gradients(outs: Sequence[Any], wrt: Sequence[Any], cts: Sequence[Any], tracked: bool,
              retain: bool = False) -> list[Any]:
    """The gradients in structures of tensors, zeros where nothing arrives; ``tracked`` says that
    they keep the history that leads to anything but those."""
    flat = list(tensors_in(list(wrt)))
    flows = [(o, c) for o, c in zip(outs, cts, strict=True) if requires_grad(o)]
    if flows:
        inside = tracked or here.modes.open is not None
        deep = inside and any(h is not None and requires_grad(h) and flows_out(h)
                              for pair in flows for h in pair)
        found = api.grad([o for o, _ in flows], flat, [c for _, c in flows],
                         retain or deep, deep, allow_unused=True, materialize_grads=True)
    else:
        found = tuple(map(zeros_of, flat))
    it = iter([released(g, tracked) for g in found])
    return [mapped(w, lambda _: next(it)) for w in wrt]


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """``func(*primals)``, and the function from cotangents of the result to those of ``primals``.
    """
    tracked = here.modes.grad
    args, wrt = prepared(primals, tuple(range(len(primals))), check_reverse)
    with differentiating():
        out = func(*args)
    close(tensors_in(wrt))
    out, aux = parts(out, has_aux, REVERSE)
    check_outputs(out, REVERSE)
    outs = list(tensors_in(out))

    def pull(*cts: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        if not cts:
            raise TypeError("the function that vjp returns is missing its argument: a cotangent of "
                            f"the result, of its structure {outline(out)}")
        given = check_cotangents(cts[0] if len(cts) == 1 else cts, out)
        deep = here.modes.grad if create_graph is None else create_graph
        return tuple(gradients(outs, wrt, given, deep, retain_graph))

    value, aux = kept((out, aux), tracked)
    return (value, pull, aux) if has_aux else (value, pull)


def check_cotangents(cts: Any, out: Any) -> list[Any]:
    """The cotangents in order, each of its result's shape or, of a scalar, None; RuntimeError or
    TypeError otherwise."""
    given, outs = list(leaves_of(cts)), list(leaves_of(out))
    if not alike(cts, out):
        raise RuntimeError("Expected pytree structure of cotangents to be the same as pytree "
                           "structure of outputs to the function. cotangents: "
                           f"{outline(cts)}, primal output: {outline(out)}")
    for i, (ct, o) in enumerate(zip(given, outs, strict=True)):
        if ct is None:
            api.check_scalar(o, i)
        elif not isinstance(ct, Handle):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(ct).__name__}")
        elif shape_of(ct) != shape_of(o):
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of torch.Size("
                f"{list(shape_of(ct))}) and output[{i}] has a shape of torch.Size("
                f"{list(shape_of(o))}).")
    return given


def jacrev(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *,
           chunk_size: int | None = None, _preallocate_and_copy: bool = False,
           holomorphic: bool = False) -> Callable[..., Any]:
    """The function that returns the Jacobian of ``func`` by reverse mode: for each result and each
    argument of ``argnums`` a tensor of the result's shape followed by the argument's.

    Of complex numbers it is the derivative along the real axis, as :func:`jacfwd` gives it.
    """
    def call(*args: Any, **kwargs: Any) -> Any:
        tracked = here.modes.grad
        args, wrt = prepared(args, argnums, check_reverse)
        with differentiating():
            out = func(*args, **kwargs)
        close(tensors_in(wrt))
        out, aux = parts(out, has_aux, REVERSE)
        check_outputs(out, REVERSE)
        check_holomorphic(holomorphic, tensors_in(wrt), tensors_in(out), "jacrev")

        def rows(o: Any) -> Any:
            shape, each = shape_of(o), list(tensors_in(wrt))
            if 0 in shape:
                columns = [hold_like(x, 0, (*shape, *shape_of(x))) for x in each]
            elif not shape:
                columns = row(o, wrt, hold_like(o, 1) if dtype_of(o).is_complex else None, tracked)
            else:
                columns = [column.reshape((*shape, *shape_of(x))) for x, column in zip(
                    each, by_rows(lambda unit: row(o, wrt, unit, tracked), units(o), chunk_size),
                    strict=True)]
            given = iter(columns)
            found = [mapped(like, lambda _: next(given)) for like in wrt]
            return found[0] if isinstance(argnums, int) else tuple(found)
        jacobian = mapped(out, rows)
        return (jacobian, kept(aux, tracked)) if has_aux else jacobian
    return known(call, func, "jacrev", argnums, has_aux, chunk_size, holomorphic)


def by_rows(function: Callable[[Any], list[Any]], units: Any, chunk_size: int | None) -> list[Any]:
    """The results of ``function`` for each row of ``units``, as many at a time as a chunk has."""
    n = shape_of(units)[0]
    if chunk_size is None or chunk_size >= n:
        return for_each(function, [units])
    if chunk_size < 1:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")
    parts = [for_each(function, [units.narrow(0, k, min(chunk_size, n - k))])
             for k in range(0, n, chunk_size)]
    return [_cat(column, 0) for column in zip(*parts, strict=True)]


def row(out: Any, wrt: Sequence[Any], unit: Any, tracked: bool) -> list[Any]:
    """The derivatives of the element of ``out`` at which ``unit`` is 1, along the real axis, in
    each tensor of ``wrt``."""
    found = list(tensors_in(gradients([out], wrt, [unit], tracked, True)))
    complex_out = dtype_of(out).is_complex
    if not complex_out and not any(dtype_of(x).is_complex for x in tensors_in(list(wrt))):
        return found
    real = list(map(real_part, found))
    if not complex_out:
        return real
    other = gradients([out], wrt, [unit * 1j], tracked, True)
    return [a + real_part(b) * 1j for a, b in zip(real, tensors_in(other), strict=True)]


def real_part(x: Any) -> Any:
    return x.real if dtype_of(x).is_complex else x


def jacfwd(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *,
           randomness: str = "error", holomorphic: bool = False) -> Callable[..., Any]:
    """The function that returns the Jacobian of ``func``, a column at a time; see :func:`jacrev`.

    Of complex numbers it is the derivative along the real axis, which of a holomorphic function is
    the complex derivative; with ``holomorphic``, TypeError unless arguments and results are
    complex, as such a function's are.
    """
    def call(*args: Any, **kwargs: Any) -> Any:
        tracked = here.modes.grad
        args, wrt = prepared(args, argnums, check_jacfwd)
        with whole_recording():
            run, out, aux = pushforward(func, args, kwargs, wrt, has_aux)
            check_holomorphic(holomorphic, run.xs, run.outs, "jacfwd")
            zeros = [zeros_of(x) for x in run.xs]
            per: list[list[Any]] = []
            for j, x in enumerate(run.xs):
                columns: list[Any] = [hold_like(o, 0, (*shape_of(o), 0)) for o in run.outs]
                few = lazy("autograd.mostly_zero").few_columns(run, j)
                if few is not None:
                    columns = [few.jacobian(lambda unit, j=j: run.along(
                        [*zeros[:j], unit, *zeros[j + 1:]]), x)]
                elif 0 not in shape_of(x):
                    columns = for_each(lambda unit, j=j: run.along(
                        [*zeros[:j], unit, *zeros[j + 1:]]), [units(x)], -1)
                per.append([released(t.reshape((*shape_of(o), *shape_of(x))), tracked)
                            for o, t in zip(run.outs, columns, strict=True)])
            aux = kept(aux, tracked)
        each = iter(zip(*per))

        def of_output(_: Any) -> Any:
            found = iter(next(each))
            made = [mapped(w, lambda _: next(found)) for w in wrt]
            return made[0] if isinstance(argnums, int) else tuple(made)
        jacobian = mapped(out, of_output)
        return (jacobian, aux) if has_aux else jacobian
    return known(call, func, "jacfwd", argnums, has_aux, randomness, holomorphic)


def check_holomorphic(asked: bool, xs: Iterable[Any], outs: Iterable[Any], name: str) -> None:
    """TypeError unless all are complex, where that is said."""
    for what, tensors in (("inputs", xs), ("outputs", outs)) if asked else ():
        for x in tensors:
            if not dtype_of(x).is_complex:
                raise TypeError(f"{name} with holomorphic=True requires {what} with complex dtype, "
                                f"but got {dtype_of(x)!r}")


def hessian(func: Callable[..., Any], argnums: Argnums = 0, *,
            holomorphic: bool = False) -> Callable[..., Any]:
    """The function that returns the Hessian of ``func``, whose result is a scalar.

    >>> torch.func.hessian(lambda x: (x ** 3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    inner = jacrev(func, argnums, holomorphic=holomorphic)
    return jacfwd(inner, argnums, holomorphic=holomorphic)


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """``func``: a recorded program has no writes, since a write makes a new node. ``remove`` is
    "mutations" or "mutations_and_views"; RuntimeError for anything else."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError("functionalize(f, remove='mutations'): received invalid argument for "
                           f"remove={remove}. Valid options are: remove='mutations', "
                           "remove='mutations_and_views'")

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)
    return call


def debug_unwrap(tensor: Any, *, recurse: bool = True) -> Any:
    """The tensor of all samples of which ``tensor`` stands for one in a mapped function, for
    looking at it; ``recurse`` says whether through all ``vmap`` around. Any other is itself."""
    mapping = here.modes.lanes
    if mapping is None or not isinstance(tensor, Handle):
        return tensor
    same = all(mapping.same([tensor]))
    whole = tensor if same else mapping.results([tensor], [0])[0]
    if not recurse and not same:
        return whole
    with mapping.suspended():
        return debug_unwrap(whole, recurse=recurse)


__all__ = ["debug_unwrap", "directional", "divergence", "forward_laplacian", "functional_call",
           "functionalize", "grad", "grad_and_value", "hessian", "hessian_diagonal", "jacfwd",
           "jacobian_diagonal", "jacrev", "jet", "jvp", "laplacian", "linearize", "rearrange",
           "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap"]

answer_missing_names(__name__, names={
    ".autograd.forward_mode": "jvp linearize",
    ".autograd.jets": "directional jet",
    ".autograd.laplacian": """
        divergence forward_laplacian hessian_diagonal jacobian_diagonal laplacian""",
    ".functions.rearranging": "rearrange",
})
