"""``torch.autograd.backward`` and ``torch.autograd.grad``: derivatives of what was recorded.

Both check what they are asked, then let :class:`~..recording.backward.Engine` record the adjoint.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from ..engine.errors import line_at, see, show_line, user_line
from ..engine.graph import Node, reachable
from ..engine.lazy import lazy
from ..engine.ops.structural import stop
from ..engine.recording.backward import Engine
from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle, extra, is_leaf, last_node, place_in
from ..engine.recording.lanes import for_each
from ..engine.recording.modes import captures
from ..engine.recording.recorder import hold_like
from ..engine.recording.recording import Recording, dtype_of, here, history, put_back, shape_of
from ..engine.recording.segment import CustomOutput
from ..engine.recording.steps import again, end_step, known_next_time, no_update, tell_reached
from ..engine.recording.walking import walks_back
from . import forward_ad
from .graph_node import AccumulateGrad
from .hooks import deposit, fresh, on_leaf
from .modes import within

Gradients = Sequence[Any]


class _Collecting(threading.local):
    """What a backward, while it runs, brings leaves beside the recording: sparse gradients."""

    apart: dict[int, tuple[Handle, Any]] | None = None


collecting = _Collecting()


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None,
             create_graph: bool = False, grad_variables: Any = None, inputs: Any = None) -> None:
    """Add the gradients of ``tensors`` to the ``grad`` of the leaves.

    ``grad_tensors`` are the cotangents, one per tensor, each of its tensor's shape; None where the
    tensor has one element. ``retain_graph`` keeps what a second backward needs (by default if
    ``create_graph``); ``create_graph`` makes the gradients differentiable; ``inputs`` limits to
    which tensors gradients are added.
    """
    grad_tensors = grad_variables if grad_tensors is None else grad_tensors
    plain = grad_tensors is None and inputs is None and not create_graph and not retain_graph
    if plain and isinstance(tensors, Handle) and again(tensors, deposit):
        return
    roots = as_tuple(tensors)
    rec = here.recording
    if rec.update is not None:
        no_update(rec)
    at, node = rec.at, place_in(roots[0], rec) if len(roots) == 1 else None
    wanted = None if inputs is None else as_tuple(inputs)
    if wanted is not None and not wanted:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    cts = cotangents(roots, listed(grad_tensors, len(roots)), create_graph)
    if wanted is not None:
        check_inputs(wanted)
    if forward_ad.any_dual((*roots, *cts)):
        raise NotImplementedError("backward() from a tensor that carries a tangent: use "
                                  "torch.autograd.grad, whose results carry tangents too")
    engine = run(roots, cts, retain_graph, create_graph, wanted, early=False, then=give_out)
    try:
        known = known_next_time(rec, at, node, engine) if plain and node is not None else None
        if here.modes.awaiting:
            tell_reached([*engine.given, *[leaf for leaf, _ in engine.leaves.values()]])
        if not here.modes.held:
            end_step(rec, known)
        elif here.recording.at.grad is not here.modes.grad:
            here.recording.set_grad(here.modes.grad)
    except BaseException:
        put_back(here.modes.grad, here.modes.inference)
        raise


def give_out(engine: Engine, wanted: Sequence[Any] | None) -> None:
    """Add the gradients that a backward found to those of the leaves, and of what is wanted."""
    for leaf, ct in together(engine) if engine.apart else engine.leaves.values():
        arrive(leaf, ct, engine)
    for handle in wanted or ():
        if extra(handle).retains is not None:
            continue   # it has been given its gradient on the way
        found = engine.gradient_of(handle)
        if found is not None:
            deposit(handle, found, engine.create_graph)
    for call in list(engine.after.values()):
        call()


def together(engine: Engine) -> list[tuple[Handle, Any]]:
    """The leaves that a backward has reached, and what has arrived there, beside the recording
    too."""
    found: dict[int, tuple[Handle, Any]] = dict(engine.leaves)
    for key, (leaf, beside) in engine.apart.items():
        if engine.wanted_leaves is None or key in engine.wanted_leaves:
            found[key] = leaf, found[key][1] + beside if key in found else beside
    return list(found.values())


def grad(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None,
         create_graph: bool = False, only_inputs: bool = True, allow_unused: bool | None = None,
         is_grads_batched: bool = False, materialize_grads: bool = False) -> tuple[Any, ...]:
    """The gradients of the sum of ``outputs`` with respect to ``inputs``, as a tuple.

    ``grad_outputs`` are the cotangents, one per output; None where the output has one element.
    An input that no output depends on is an error, unless ``allow_unused`` (its gradient is None)
    or ``materialize_grads`` (its gradient is zeros). With ``is_grads_batched`` each cotangent has a
    leading dimension of several cotangents, and so has each gradient.

    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> torch.autograd.grad(x ** 2, x)
    (tensor(6.),)
    """
    if allow_unused is False and materialize_grads:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads="
                         "True, but got: allow_unused=False.")
    roots = as_tuple(outputs)
    wanted = as_tuple(inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if is_grads_batched:
        return batched(roots, wanted, grad_outputs, retain_graph, create_graph,
                       bool(allow_unused), materialize_grads)
    cts = cotangents(roots, listed(grad_outputs, len(roots)), create_graph)
    check_inputs(wanted)
    if forward_ad.any_dual((*roots, *cts)):
        return forward_over_reverse(roots, wanted, cts, create_graph,
                                    bool(allow_unused) or materialize_grads)
    engine = run(roots, cts, retain_graph, create_graph, wanted)
    found = results(engine, wanted, bool(allow_unused) or materialize_grads)
    for call in list(engine.after.values()):
        call()
    if materialize_grads:
        found = [zeros_like(h) if ct is None else ct for h, ct in zip(wanted, found, strict=True)]
    return tuple(found)


def run(roots: Sequence[Any], cts: Sequence[Any], retain_graph: bool | None, create_graph: bool,
        wanted: Sequence[Any] | None, early: bool = True, hooks: bool = True,
        then: Callable[[Engine, Sequence[Any] | None], None] | None = None) -> Engine:
    """The engine after a backward from ``roots``, which calls ``hooks`` or does not, and what
    ``then`` does with it."""
    given = list(zip(roots, cts, strict=True))
    told = here.modes.at_backwards
    for observer in told:
        observer.backward_begins(given)
    check = [observer.derivative_taken for observer in told if observer.derivatives]
    python, is_mapped = runs_python(here.recording), here.modes.lanes is not None
    if is_mapped:
        check = []   # there are no values
    elif check or python or walks_back(here.recording, roots, create_graph):
        flush()
    def started() -> Engine:
        engine = Engine(retain_graph=create_graph if retain_graph is None else retain_graph,
                        create_graph=create_graph, wanted=wanted, check=check)
        engine.early = early
        if is_mapped and python:
            engine.through_open = lazy("engine.recording.mapped_backward").go_through
        engine.hooks = hooks
        engine.deliver = arrive if then is give_out else pass_hooks
        before, collecting.apart = collecting.apart, engine.apart
        try:
            engine.run(given)
        finally:
            collecting.apart = before
        if then is not None:
            if captures.open:
                here.recording.note_reached(
                    [*engine.given, *[leaf for leaf, _ in together(engine)], *(wanted or ())])
            then(engine, wanted)
        return engine
    return within(create_graph, started)


def runs_python(rec: Recording) -> bool:
    """Whether a backward through this recording has to run the user's Python."""
    return bool(rec.hooks or rec.packed) or CustomOutput in map(type, rec.sources)


def forward_over_reverse(roots: Sequence[Any], wanted: Sequence[Any], cts: Sequence[Any],
                         create_graph: bool, allow_unused: bool) -> tuple[Any, ...]:
    """:func:`grad` inside a level of forward mode: the gradients carry tangents.

    The tangent of a gradient is its derivative along those of the dual tensors, which is the
    derivative of a product with a dummy ``u`` with respect to ``u``.
    """
    duals = forward_ad.duals()
    if not all(requires_grad(dual) for dual, _ in duals):
        raise NotImplementedError(
            "forward mode over a gradient: every tensor given to make_dual must require grad; or "
            "use torch.func.jvp of the gradient's function")
    with forward_ad.paused():
        graph = run(roots, cts, True, True, wanted)
        found = results(graph, wanted, allow_unused)
        flows = [g for g in found if g is not None and requires_grad(g)]
        units: list[Any] = [zeros_like(g) for g in flows]
        for unit in units:
            unit.requires_grad = True
        pulled = grad(flows, [dual for dual, _ in duals], units, create_graph=True,
                      materialize_grads=True) if flows else ()
        ways = [(p, t) for p, (_, t) in zip(pulled, duals, strict=False) if requires_grad(p)]
        pushed = grad([p for p, _ in ways], units, [t for _, t in ways], create_graph=True,
                      materialize_grads=True) if ways else ()
        given = [None if g is None else fresh(g) if create_graph else g.detach() for g in found]
        tangents = dict(zip(map(id, flows), pushed, strict=False))
    for g, out in zip(found, given, strict=True):
        if out is not None and id(g) in tangents:
            t = tangents[id(g)]
            forward_ad.set_tangent(out, t if create_graph else t.detach())
    return tuple(given)


def results(engine: Engine, wanted: Sequence[Any], allow_unused: bool) -> list[Any]:
    """The gradients of ``wanted``, None for one that nothing depends on."""
    found: list[Any] = []
    complete = engine.complete
    for leaf, arrived in together(engine):
        before = complete.get(id(leaf))
        pass_hooks(leaf, arrived, engine)
        if before is not None:   # the rest of it came beside the recording
            whole: Any = before
            complete[id(leaf)] = whole + complete[id(leaf)]
    for i, handle in enumerate(wanted):
        if extra(handle).leaf:
            ct = complete.get(id(handle))
        else:
            ct = engine.gradient_of(handle)
        if ct is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the "
                "graph. Set allow_unused=True if this is the desired behavior.\n"
                "One of the differentiated Tensors appears to not have been used in the graph: "
                f"the outputs do not depend on inputs[{i}], of shape {list(shape_of(handle))}. "
                "Set materialize_grads=True for zeros.")
        found.append(None if ct is None else fresh(ct))
    return found


def pass_hooks(leaf: Handle, ct: Handle, engine: Engine) -> None:
    """Note the gradient of a leaf that is asked for, after the leaf's hooks."""
    engine.complete[id(leaf)] = on_leaf(leaf, ct, engine)


def arrive(leaf: Handle, ct: Handle, engine: Engine) -> None:
    """Add ``ct`` to the gradient of a leaf, between the leaf's hooks."""
    x = extra(leaf)
    if x.leaf and not (x.hooks or x.post_hooks or x.grad_fn or engine.foreign) and x.grad is None:
        x.grad = ct   # since the look at it no call: no other thread comes between
        return
    if not x.leaf and not here.recording.captures:   # a capture tells it, whatever it is
        return
    ct = on_leaf(leaf, ct, engine)
    end = x.grad_fn if isinstance(x.grad_fn, AccumulateGrad) else None
    for call in list(end.pre.values()) if end else ():
        ct = call((ct,), engine)[0]
    if x.grad is None and not engine.foreign and not x.hooks:
        x.grad = ct   # since the look at it no call: no other thread comes between
    else:
        deposit(leaf, ct, engine.create_graph)
    for call in list(end.post.values()) if end else ():
        call((), (ct,), engine)
    for call in list((x.post_hooks or {}).values()):
        if call(leaf) is not None:
            raise RuntimeError("Tensor post accumulate grad hooks should return None.")


# What was asked for

def as_tuple(tensors: Any) -> tuple[Any, ...]:
    """One tensor, or several, as a tuple."""
    return (tensors,) if isinstance(tensors, Handle) else tuple(tensors)


def listed(cts: Any, n: int) -> list[Any]:
    """Cotangents given as None, one tensor or several, as a list of ``n``."""
    if cts is None:
        return [None] * n
    found = list(as_tuple(cts))
    if len(found) != n:
        raise RuntimeError(f"got {n} tensors and {len(found)} gradients")
    return found


def cotangents(roots: Sequence[Any], cts: Sequence[Any], create_graph: bool) -> list[Any]:
    """``cts`` after all checks; None stays for the cotangent 1 of a single element."""
    for i, (root, ct) in enumerate(zip(roots, cts, strict=True)):
        if not isinstance(root, Handle):
            raise TypeError(f"element {i} of tensors is a {type(root).__name__}, not a Tensor")
        if ct is None:
            check_scalar(root, i)
        elif not isinstance(ct, Handle):
            raise TypeError("gradients can be either Tensors or None, but got "
                            f"{type(ct).__name__}")
        elif shape_of(ct) != shape_of(root):
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of torch.Size("
                f"{list(shape_of(ct))}) and output[{i}] has a shape of torch.Size("
                f"{list(shape_of(root))}).")
        elif dtype_of(ct).is_complex != dtype_of(root).is_complex:
            raise RuntimeError(
                "For complex Tensors, both grad_output and output are required to have the same "
                f"dtype. Mismatch in dtype: grad_output[{i}] has a dtype of {dtype_of(ct)!r} and "
                f"output[{i}] has a dtype of {dtype_of(root)!r}.")
        if not requires_grad(root):
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a "
                               f"grad_fn\n{reason(root)}{see('no-grad')}")
    return [ct if ct is None else in_dtype(ct, root) for root, ct in zip(roots, cts, strict=True)]


def in_dtype(ct: Any, root: Any) -> Any:
    dtype = dtype_of(root)
    return ct if dtype_of(ct) is dtype else ct.to(dtype)


def check_scalar(root: Handle, i: int) -> None:
    shape = shape_of(root)
    if prod(shape) != 1:
        raise RuntimeError(
            "grad can be implicitly created only for scalar outputs\n"
            f"This one has shape {list(shape)}. Reduce it first, with sum() or mean(), or give "
            "gradient= a tensor of its shape.")
    if not requires_grad(root):
        return
    if dtype_of(root).is_complex:
        raise RuntimeError(
            "grad can be implicitly created only for real scalar outputs but got "
            f"{dtype_of(root)!r}")


def check_inputs(wanted: Sequence[Any]) -> None:
    for i, handle in enumerate(wanted):
        if not isinstance(handle, Handle):
            raise TypeError(f"inputs[{i}] is a {type(handle).__name__}, not a Tensor")
        if not requires_grad(handle):
            raise RuntimeError("One of the differentiated Tensors does not require grad\n"
                               f"It is inputs[{i}]. {reason(handle)}")


def requires_grad(handle: Handle) -> bool:
    """Whether gradients flow through ``handle``."""
    return is_leaf(handle) or history(handle) is not None


def reason(handle: Handle) -> str:
    """Why no gradient flows through ``handle``."""
    dtype = dtype_of(handle)
    if not dtype.is_differentiable:
        return (f"Its dtype is {dtype!r}: only tensors of floating point and complex dtype can "
                "require grad.")
    cut = cut_below(handle)
    if cut is not None:
        what = cut.params.get("reason") or f"a result of dtype {cut.dtype!r}"
        return (f"The path to the tensors that require grad was cut by {what} at "
                f"{show_line(cut.line)}.")
    last = ""
    if here.modes.cut is not None:
        what, place = here.modes.cut
        last = f" One place that cuts gradients is {what} at {show_line(line_at(*place))}."
    return ("Nothing that is recorded of it leads to a tensor that requires grad (at "
            f"{show_line(user_line())}): make the leaves with requires_grad=True, and look for "
            f"no_grad and detach() on the way.{last}")


def cut_below(handle: Handle) -> Node | None:
    """The latest node at which ``no_grad``, ``detach`` or a dtype without gradients cut a gradient
    that led to ``handle``."""
    node = last_node(handle)
    if node is None:
        return None
    cuts = [node for node in reachable([node]) if (
        node.params.get("reason") in ("no_grad", "inference_mode", "detach")
        and node.args[0].requires_grad if node.prim is stop else
        not node.dtype.is_differentiable and any(arg.requires_grad for arg in node.args))]
    return cuts[-1] if cuts else None


def zeros_like(handle: Handle) -> Handle:
    """Zeros of the shape and dtype of ``handle``."""
    return hold_like(handle, 0)


def batched(roots: Sequence[Any], wanted: Sequence[Any], cts: Any, retain_graph: bool | None,
            create_graph: bool, allow_unused: bool, materialize: bool) -> tuple[Any, ...]:
    """:func:`grad` for each of several cotangents, at once."""
    rows = listed(cts, len(roots))
    given = [row for row in rows if row is not None]
    if not given:
        raise RuntimeError("is_grads_batched=True needs grad_outputs with a leading dimension")
    return tuple(for_each(lambda *cts: grad(
        roots, wanted, cts, retain_graph, create_graph, True, allow_unused, False, materialize),
        rows))


__all__ = ["backward", "grad", "requires_grad"]
