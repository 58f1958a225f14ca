"""A call of a custom function as the engine sees it: sources in the recording, one per result,
whose cotangents are handed to the user's ``backward``.

What the context saves is kept as values and places in the graph (``kept.py``), never as tensors
with a history: so no cycle keeps the graph alive. Start with :meth:`CustomCall.finish`, then
:meth:`CustomCall.backward`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from operator import is_
from typing import Any
from weakref import ref

import numpy as np

from ..config import config
from ..engine.errors import NOWHERE, Line, show_line
from ..engine.graph import Node
from ..engine.recording.backward import Engine
from ..engine.recording.custom import (
    apart,
    back_on,
    becomes,
    fitting,
    inputs_of,
    kept_plainly,
    new_custom,
    only_result,
    place,
    result,
)
from ..engine.recording.flushing import flush, host
from ..engine.recording.handle import (
    Handle,
    extra,
    is_leaf,
    shared_store,
    versions_of,
)
from ..engine.recording.rebinding import detached_alias, detached_value
from ..engine.recording.recorder import hold, hold_like, record_fresh, wait, wait_too
from ..engine.recording.recording import Recording, dtype_of, here, set_mode, shape_of
from ..engine.recording.replay import ALIAS
from ..engine.recording.segment import NOTHING, CustomOutput
from ..engine.recording.sharing import check_writable, write
from ..engine.recording.structures import (
    PLAIN,
    leaves_like,
    mapped,
    opened,
    tensors_in,
    tensors_on,
)
from . import anomaly, forward_ad
from .api import requires_grad
from .graph_node import Edge, GraphNode, after, before, edge_of
from .hooks import RemovableHandle, register
from .kept import (
    Held,
    Kept,
    Saved,
    all_saved,
    among,
    excuse,
    is_constant,
    writes_outside,
)
from .saved import current as hooks_of_saved


class CustomCall:
    """A call of a custom function: where the gradients of its results go."""

    behind: tuple[Any, ...] = ()
    pre: dict[int, Any] = NOTHING
    post: dict[int, Any] = NOTHING
    by_rule = False
    """Whether a rule of the function's own has made the results for all samples of a mapping."""
    held: Held | None = None
    watched: Sequence[tuple[Handle, int]] = ()
    """The other tensors on the context, and how often they had been written."""
    own: Sequence[Handle] = ()
    """Tensors of the user's own that are kept."""
    tensors: Sequence[bool] = ()
    """Which of the arguments are tensors, where none is a structure that may hold some."""
    single = True
    """Whether there is one result, which is no tuple."""
    flat = True
    """Whether there are no results but that, or the tensors of a tuple."""
    _like: tuple[Any, ...] | None = None
    _shapes: Any = None
    function: Any
    ctx: Any
    kept: Kept
    values: Sequence[Node] = ()
    """The nodes of the results as forward has made them."""

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes of the tensors among the arguments."""
        return self.kept.inputs

    @property
    def like(self) -> tuple[Any, ...]:
        """The structure of the arguments, with tensors that hold no values."""
        if self._like is None:
            each = iter(self.inputs)
            self._like = tuple([shape_of_node(next(each)) if is_tensor else None
                                for is_tensor in self.tensors])
        return self._like

    @property
    def shapes(self) -> Any:
        """The structure of the results, with such tensors."""
        if self._shapes is None:
            found = tuple(map(shape_of_node, self.values))
            self._shapes = found[0] if self.single else found
        return self._shapes

    def name(self) -> str:
        """The name that ``grad_fn`` shows."""
        return self.kept.name

    def grad_fn(self, unit: Any) -> GraphNode:
        """The ``grad_fn`` of this call's results."""
        kind: type[CustomGradFn] = custom_class(self.name())
        return kind(unit, self)

    def hooks(self, name: str) -> dict[int, Any]:
        """What is called before (``pre``) or after (``post``) backward, to add to it."""
        if name not in vars(self):
            setattr(self, name, {})
        found: dict[int, Any] = getattr(self, name)
        return found

    # After forward
    @staticmethod
    def end() -> None:
        """The results have all that they are to have."""
        if config.tier == "eager" and not here.modes.mappings and here.modes.open is None:
            flush()

    def finish(self, args: Sequence[Any], given: list[Handle], output: Any,
               earlier: Sequence[Handle], tensors: Sequence[bool] | None) -> Any:
        """Enter the results of the call in the recording; what ``apply`` returns. Gradients may be
        off before, and are recorded afterwards.

        ``given`` are the tensors in ``args``; ``tensors`` says which of these they are, and is
        None where some may stand in structures. ``earlier`` stand for them as they were before
        forward.
        """
        rec, kept, ctx = here.recording, self.kept, self.ctx
        inputs, flowing = inputs_of(rec, earlier)
        kept.inputs = inputs
        if tensors is not None:
            self.tensors = tensors
        else:
            self._like = args_without_values(tuple(map(opened, args)))
        single = isinstance(output, Handle)
        if single and not ctx._dirty and not ctx._fixed:
            node, end, waits = only_result(rec, output, flowing, self, given)
            self.values = (node,)
            kept.results = (end,)
            new = output if waits else self.entered(output, end, given)
            if ctx._asked or ctx._forward or vars(ctx):
                self.keep(given, earlier, (output,), (new,))
            return new
        self.single = single
        results = [output] if single else list(tensors_in(output))
        flat = self.flat = single or (type(output) is tuple and len(results) == len(output) and (
            all(map(is_, results, output))))
        if not flat:
            self._shapes = mapped(output, shape_only)
        if ctx._dirty:
            back_on()
            self.check_dirty(results)
        fixed = ctx._fixed
        values: list[Node] = []
        ends: list[Node | None] = []
        for i, handle in enumerate(results):
            node = rec.enter(handle)
            values.append(node)
            flows = node.dtype.is_differentiable and not (fixed and among(handle, fixed))
            ends.append(result(rec, node, flowing, CustomOutput(self, i)) if flows else None)
        self.values, kept.results = values, ends
        back_on()
        every = [self.entered(handle, node, given)
                 for handle, node in zip(results, ends, strict=True)]
        ctx._dirty = ctx._fixed = ()
        if ctx._asked or ctx._forward or vars(ctx):
            self.keep(given, earlier, results, every)
        if flat:
            return every[0] if single else tuple(every)
        it = iter(every)
        return mapped(output, lambda _: next(it))

    def check_dirty(self, results: list[Handle]) -> None:
        for handle in self.ctx._dirty:
            if not among(handle, results):
                raise RuntimeError(
                    "Some elements marked as dirty during the forward method were not returned as "
                    "output. The inputs that are modified inplace must all be outputs of the "
                    "Function.")
            check_writable(handle, self.function.__name__)

    def entered(self, result: Handle, node: Node | None, given: list[Handle]) -> Handle:
        """``result`` with the history ``node``; a new tensor if it is an input or a view."""
        rec = here.recording
        is_given = among(result, given)
        if node is not None and not is_given and becomes(result, node, rec):
            return result
        if self.ctx._dirty and among(result, self.ctx._dirty):
            if node is not None:
                while write(result, node, rec.enter(result)):
                    pass   # another thread came before
                extra(result).version -= 1
            return result
        shared = is_leaf(result) or shared_store(result) is not None
        if node is None:
            return detached_alias(result) if shared or is_given else result
        if shared or is_given:
            return wait_too(rec, node)
        rec.give(result, node)
        return result

    def keep(self, given: Sequence[Handle], earlier: Sequence[Handle], results: Sequence[Handle],
             new: Sequence[Handle]) -> None:
        """Keep what forward saved as values and places."""
        kept, ctx = self.kept, self.ctx
        rec, modes = here.recording, here.modes
        plain = not rec.captures and modes.open is None and modes.lanes is None
        own: list[Handle] = []
        asked = ctx._asked
        if asked:
            ctx._asked = ()
            if plain and hooks_of_saved() is None:
                kept.saved, own = kept_plainly(Saved, asked, given, earlier, results, new, kept,
                                               rec)
            else:
                kept.saved, own = all_saved(asked, given, results, new, kept)
        forward = ctx._forward
        if forward:
            ctx._forward = ()
            if modes.open is not None or forward_ad.in_level():
                kept.forward = [None if h is None else Saved(
                    h, kept, *place(h, given, results, new)) for h in forward]
        for item in vars(ctx).values():
            if item.__class__ not in PLAIN:
                own += self.keep_named(given, results, new)
                break
        if not plain:
            found = {node for s in kept.each() if s.output >= 0
                     and (node := kept.results[s.output]) is not None}
            if found:
                self.held = Held(rec, found)
        if own:
            self.own = own

    def keep_named(self, given: Sequence[Handle], results: Sequence[Handle],
                   new: Sequence[Handle]) -> list[Handle]:
        """Keep what stands on the context; gives the tensors that are the user's own."""
        kept, named = self.kept, vars(self.ctx)
        others = [(name, item) for name, item in named.items()
                  if item.__class__ not in PLAIN and not is_constant(item)]
        if not others:
            return []
        own: list[Handle] = []
        for name, item in others:
            if isinstance(item, Handle):
                at = place(item, given, results, new)
                if at != (-1, -1):
                    del named[name]
                    if kept.named is NOTHING:
                        kept.named = {}
                    found = kept.named[name] = Saved(item, kept, *at)
                    if found.original is not None:
                        own.append(found.original)
        self.watched = [(h, writes_outside(h)) for h in tensors_on(self.ctx)]
        return [*[h for h, _ in self.watched], *own]

    def check_written(self) -> None:
        """RuntimeError if a tensor on the context was written since forward."""
        for handle, count in self.watched:
            if writes_outside(handle) != count:
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an "
                    f"inplace operation: a tensor of shape {list(shape_of(handle))} on the context "
                    f"of {self.name()} was written after its forward. Keep it with "
                    "ctx.save_for_backward, or put a clone() on the context")

    # In a backward
    def backward(self, arrived: dict[int, Handle], unit: Any,
                 engine: Engine) -> Iterable[tuple[Node, Handle]]:
        """The cotangents of the inputs for those of the results that have ``arrived``."""
        kept, modes = self.kept, here.modes
        if kept.freed is not None:
            kept.check()
        if self.watched:
            self.check_written()
        shown = self.given(arrived)
        for hook in list(self.pre.values()) if self.pre else ():
            shown = hook(shown, engine)
        cts = self.materialized(shown) if len(shown) > 1 or self.pre else shown
        function, mode, again = self.function.derivative(), modes.grad, engine.create_graph
        once = again and getattr(function, "once_differentiable", False)
        exits = modes.exits if again else 0
        kept.unit = unit
        if mode is not (again and not once):
            set_mode(again and not once)
        own = self.own
        before = versions_of(own) if own else None
        try:
            answer = function(self.ctx, *(cts if self.flat else self.structured(cts)))
            if before is not None and versions_of(own) != before:
                excuse(own, before)
            if modes.grad is not again:
                set_mode(again)
            grads = self.checked(answer)
            if again and (once or (
                    modes.exits != exits and not getattr(function, "looks", False))):
                grads = self.barred(grads, cts, unit, once)
        finally:
            kept.unit = None
            if modes.grad is not mode:
                set_mode(mode)
        return self.passed_on(grads, shown, engine)

    def passed_on(self, grads: list[Any], cts: tuple[Any, ...],
                  engine: Engine) -> list[tuple[Node, Handle]]:
        """``grads`` at the inputs that they belong to, after the hooks and checks."""
        for hook in list(self.post.values()) if self.post else ():
            grads = list(hook(tuple(grads), cts, engine))
        if engine.check:   # anomaly mode
            for i, ct in enumerate(grads):
                if ct is not None and np.isnan(host(ct)).any():
                    anomaly.raise_at(self.name(), i, "It is a custom function.")
        if not engine.retain_graph:
            self.kept.free(engine.line())
            if self.own:
                self.own = [h for h, _ in self.watched]
        return [(node, ct) for node, ct in zip(self.kept.inputs, grads, strict=True)
                if ct is not None and node.requires_grad]

    def given(self, arrived: dict[int, Handle]) -> tuple[Any, ...]:
        """The cotangent of each result: None for one that was not used."""
        if len(self.values) == 1:
            ct: Any = arrived[0]
            alone = apart(ct)
            return (record_fresh(ct) if alone is None else alone,)
        cts: list[Any] = []
        for i in range(len(self.values)):
            ct = arrived.get(i)
            if ct is not None:
                alone = apart(ct)
                ct = record_fresh(ct) if alone is None else alone
            cts.append(ct)
        return tuple(cts)

    def materialized(self, cts: tuple[Any, ...]) -> tuple[Any, ...]:
        """``cts`` with zeros in place of None, unless the context asks for None."""
        if not self.ctx._materialize:
            return cts
        return tuple([hold_like(shape_of_node(node), 0) if ct is None else ct
                      for ct, node in zip(cts, self.values, strict=True)])

    def structured(self, cts: tuple[Any, ...]) -> tuple[Any, ...]:
        """``cts`` as the arguments of backward: one per result of forward, which has structures."""
        it = iter(cts)
        results = self.shapes if isinstance(self.shapes, tuple) else (self.shapes,)
        return tuple(mapped(result, lambda _: next(it)) if next(tensors_in(result), None)
                     is not None else None for result in results)

    def checked(self, answer: Any) -> list[Any]:
        """The gradients that backward returned, one per tensor among the arguments."""
        grads = answer if isinstance(answer, tuple) else (answer,)
        tensors = self.tensors
        n = len(tensors) or len(self.like)
        if len(grads) > n and all(g is None for g in grads[n:]):
            grads = grads[:n]
        if len(grads) != n:
            raise RuntimeError(f"function {self.name()} returned an incorrect number of gradients "
                               f"(expected {n}, got {len(grads)})\nIts backward, at "
                               f"{show_line(self.backward_line())}, is to return one for each "
                               "argument of forward: None for those that have no gradient.")
        if tensors:
            quick = fitting(grads, tensors, self.kept.inputs)
            if quick is not None:
                return quick
        found: list[Any] = []
        inputs = self.kept.inputs
        for i, (is_tensor, ct) in enumerate(zip(tensors, grads, strict=False)):
            if is_tensor:
                found.append(self.fitted(ct, inputs[len(found)], i))
            elif ct is not None:
                raise self.not_expected(i)
        if tensors:
            return found
        for i, (arg, ct) in enumerate(zip(self.like, grads, strict=True)):
            if next(tensors_in(arg), None) is None:
                if ct is not None and not isinstance(arg, (tuple, list, dict)):
                    raise self.not_expected(i)
                continue
            found += [self.fitted(part, self.inputs[len(found) + k], i)
                      for k, part in enumerate(leaves_like(arg, ct))]
        return found

    def not_expected(self, i: int) -> RuntimeError:
        """The error of a gradient for argument ``i``, which is no tensor."""
        return RuntimeError(
            f"function {self.name()} returned a gradient different than None at position {i + 1}, "
            "but the corresponding forward input was not a Variable")

    def fitted(self, ct: Any, node: Node | None, i: int) -> Any:
        """``ct`` in the shape and dtype of the input ``node``; an error if it does not fit."""
        if ct is None or (node is not None and not node.requires_grad):
            return None
        if not isinstance(ct, Handle):
            raise RuntimeError(f"expected Variable or None (got {type(ct).__name__})\n"
                               f"as gradient {i} that {self.name()} returned")
        assert node is not None
        shape = shape_of(ct)
        if not expandable(node.shape, shape):
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {i} - got "
                f"{list(shape)} but expected shape compatible with {list(node.shape)}\n"
                f"Its backward is at {show_line(self.backward_line())}.")
        if dtype_of(ct).is_complex and not node.dtype.is_complex:
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {i} - expected type "
                f"{node.dtype!r} but got {dtype_of(ct)!r}\n"
                f"Its backward is at {show_line(self.backward_line())}: return the real part.")
        if shape == node.shape and dtype_of(ct) is node.dtype:
            return ct
        return reduced(ct, node)

    def backward_line(self) -> Line:
        """Where the user wrote backward."""
        code = getattr(self.function.derivative(), "__code__", None)
        return (code.co_filename, code.co_firstlineno) if code is not None else NOWHERE

    def barred(self, grads: list[Any], cts: tuple[Any, ...], unit: Any, once: bool) -> list[Any]:
        """``grads``, which raise where they are differentiated."""
        rec = here.recording
        seen = [*cts, *(s.get(self.kept, unit) for s in self.kept.each())]
        nodes = [rec.enter(h) for h in seen if h is not None and requires_grad(h)]
        if not nodes:
            return grads
        barrier = Barrier(self.name(), None if once else self.backward_line())
        barrier.inputs = tuple(dict.fromkeys(nodes))
        return [None if ct is None else barrier.guarding(ct, i) for i, ct in enumerate(grads)]


class Barrier:
    """A place that a second derivative cannot pass."""

    behind: tuple[Any, ...] = ()

    def __init__(self, name: str, line: tuple[str, int] | None) -> None:
        self.name = name
        self.line = line
        self.inputs: tuple[Node | None, ...] = ()

    def guarding(self, ct: Handle, i: int) -> Handle:
        """``ct``, which raises where it is differentiated."""
        rec = here.recording
        inputs = tuple(n for n in self.inputs if n is not None)
        node = new_custom(rec, rec.enter(detached_value(ct)), inputs, CustomOutput(self, i))
        return wait(rec, rec.replayed((ALIAS, node), ()))

    def grad_fn(self, unit: Any) -> GraphNode:
        """What ``grad_fn`` shows."""
        return BarrierNode()

    def backward(self, arrived: Any, unit: Any, engine: Any) -> Any:
        """Raise: the derivative of what lies behind is not known."""
        if self.line is None:
            raise RuntimeError("trying to differentiate twice a function that was marked with "
                               f"@once_differentiable: {self.name}")
        raise RuntimeError(
            f"The backward of {self.name} left the recorded world at {show_line(self.line)}: it "
            "used the values of tensors outside of torch operations (NumPy, item(), ...), so its "
            "own derivative is not known. Mark it with @once_differentiable, or write it with "
            "torch operations.")


class BarrierNode(GraphNode):
    """The ``grad_fn`` of a gradient that cannot be differentiated again."""

    def name(self) -> str:
        return "Error"


class CustomGradFn(GraphNode):
    """The ``grad_fn`` of a custom function's results; it has the attributes of the context."""

    def __init__(self, unit: Any, call: CustomCall) -> None:
        self.unit = unit
        self.call = call
        if isinstance(unit, Recording):
            unit.functions.append(ref(self))

    def name(self) -> str:
        return self.call.name()

    @property
    def next_functions(self) -> tuple[Edge, ...]:
        return tuple(edge_of(self.unit, node) for node in self.call.inputs)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What forward saved."""
        return self.call.kept.tensors(self.unit)

    def register_hook(self, fn: Callable[[Any, Any], Any]) -> RemovableHandle:
        return register(self.call.hooks("post"), after(fn))

    def register_prehook(self, fn: Callable[[Any], Any]) -> RemovableHandle:
        return register(self.call.hooks("pre"), before(fn))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["call"].ctx, name)


@cache
def custom_class(name: str) -> type[CustomGradFn]:
    """The class of the ``grad_fn`` of a custom function's results."""
    return type(name, (CustomGradFn,), {})


def shape_only(handle: Handle) -> Handle:
    """A tensor of the shape and dtype of ``handle`` that holds one element."""
    return hold(one_element(shape_of(handle), dtype_of(handle)))


def shape_of_node(node: Node) -> Handle:
    """The same of a node."""
    return hold(one_element(node.shape, node.dtype))


@lru_cache(1024)
def one_element(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array of this shape that holds one element."""
    return np.broadcast_to(np.zeros((), dtype.numpy), shape)


def args_without_values(args: Any) -> tuple[Any, ...]:
    """The structure of the arguments, with tensors that hold no values."""
    return tuple(mapped(arg, shape_only) if next(tensors_in(arg), None) is not None else
                 () if isinstance(arg, (tuple, list, dict)) else None for arg in args)


def expandable(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether ``shape`` broadcasts to the shape ``to``."""
    if len(shape) > len(to):
        return False
    return all(a in (1, b) for a, b in zip(reversed(shape), reversed(to)))


def reduced(ct: Any, node: Node) -> Any:
    """``ct`` summed to the shape of ``node``, in its dtype."""
    lead = ct.dim() - len(node.shape)
    dims = [i for i in range(ct.dim()) if i < lead
            or (node.shape[i - lead] == 1 and ct.shape[i] != 1)]
    if dims:
        ct = ct.sum(dims, keepdim=True)
    if shape_of(ct) != node.shape:
        ct = ct.reshape(node.shape)
    return ct if dtype_of(ct) is node.dtype else ct.to(node.dtype)


__all__ = ["CustomCall"]
