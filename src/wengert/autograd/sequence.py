"""A step that is run many times, differentiated within a given memory.

:func:`checkpoint_sequence` keeps as many states as fit and computes the others again, by the
schedule of ``revolve.py``. :func:`predict_sequence` says before what that takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb
from typing import Any, NamedTuple

from ..engine.errors import show_line, user_line
from ..engine.graph import Node, reachable
from ..engine.recording.flushing import flush
from ..engine.recording.handle import Handle
from ..engine.recording.recording import dtype_of, here, shape_of
from ..engine.recording.structures import leaves_of, tensors_in
from ..engine.transforms.vjp import vjp as pulled
from ..func import vjp
from ..tensors.data import tensor
from . import forward_ad, revolve
from .bodies import Body, body_of
from .control_flow import check_like
from .function import Function
from .solvers import filled, in_mapped, looks, places_in, undifferentiated

ROOM = 2 ** 24
"""Up to how many bytes are kept to reverse steps at once, where no memory is given; else an eighth
of that."""
TOGETHER = (64, 16, 4, 1)
"""How many steps are recorded before they are run: a few numbers, each of which is planned once."""


class Prediction(NamedTuple):
    """What a differentiated sequence takes: bytes at the peak, ``plain`` without checkpoints; how
    many states are kept; how many steps are run, those that are recorded to be reversed included,
    and how many of these are in a block that is reversed at once."""

    peak: int
    plain: int
    checkpoints: int
    evaluations: int
    block: int


def checkpoint_sequence(step: Callable[..., Any], state: Any, n: int, *, memory: int | None = None,
                        index: bool = False) -> Any:
    """``step(step(... step(state)))``, ``n`` times, whose gradient takes at most ``memory`` bytes.

    ``state`` is a tensor, or tensors in tuples, lists and dicts; ``step`` returns what is like it.
    With ``index`` it is called as ``step(state, k)``, ``k`` the number of the step as a tensor.
    States are kept as many as fit into ``memory``, at the places that need the fewest runs of
    ``step`` (the binomial schedule); without it, as many as let each step run twice. Gradients
    go to all that ``step`` reads. Where a gradient of the gradient or a tangent is wanted, or under
    ``vmap``, all states are kept.

    ``step`` is recorded once, so it cannot look at values: NotImplementedError. ValueError where
    ``memory`` is too little, with the least that is enough; RuntimeError where ``step`` changes
    the structure, shapes or dtypes of the state.

    >>> x = torch.tensor(0.5, requires_grad=True)
    >>> y = torch.checkpoint_sequence(lambda x: 3.5 * x * (1 - x), x, 20, memory=1000)
    >>> torch.autograd.grad(y, x)
    (tensor(0.),)
    """
    plan = Plan(step, state, n, index, memory)
    tensors = list(tensors_in(state))
    if n == 0:
        return state
    if in_mapped() or here.modes.open is not None or forward_ad.in_level() or (
            not here.modes.grad):
        return filled(plan.like, plan.run(tensors, plan.body.operands, 0, n))
    blocks, places = plan.blocks, plan.places(memory)
    operands = plan.body.operands
    plan.body = plan.body.without_tensors()
    found = Reversed.apply(plan, blocks, places, *tensors, *operands)
    return filled(plan.like, list(tensors_in(found)))


def predict_sequence(step: Callable[..., Any], state: Any, n: int, *, memory: int | None = None,
                     index: bool = False) -> Prediction:
    """What :func:`checkpoint_sequence` will take, without running it.

    >>> cost = torch.predict_sequence(torch.sin, torch.zeros(1000), 10_000, memory=1_000_000)
    >>> cost.peak <= 1_000_000, cost.evaluations / 10_000 < 4
    (True, True)
    """
    plan = Plan(step, state, n, index, memory)
    places = plan.places(memory)
    first = max(revolve.spine(plan.blocks, places), default=0)
    again = revolve.advances(plan.blocks, places) - first
    runs = 2 * n + plan.block * again
    return Prediction(plan.fixed + places * plan.nbytes, plan.fixed + n * plan.residuals, places,
                      max(runs, n), plan.block)


class Plan:
    """A step as a body, and what its states and its reverse take."""

    def __init__(self, step: Callable[..., Any], state: Any, n: int, index: bool,
                 memory: int | None) -> None:
        if n < 0:
            raise ValueError(f"checkpoint_sequence: n is {n}, at {show_line(user_line())}")
        if not all(isinstance(x, Handle) for x in leaves_of(state)):
            raise TypeError("checkpoint_sequence: the state is to be tensors, in tuples, lists and "
                            f"dicts, at {show_line(user_line())}")
        given = (state, tensor(0)) if index else (state,)
        looked, (body, out) = looks(lambda: body_of(step, given))
        check_like(out, state, "checkpoint_sequence: step is to return what is like its argument")
        if looked:
            raise NotImplementedError(
                "checkpoint_sequence: step looks at values (item(), bool(), numpy(), an if), at "
                f"{show_line(user_line())}, and is recorded once for all turns: choose with "
                "torch.where, or call torch.utils.checkpoint on parts of the loop")
        self.body: Body = body
        self.index, self.n = index, n
        self.like = places_in(state)
        self.nbytes = max(1, sum(map(bytes_of, tensors_in(state))))
        once, self.residuals = working_set(body, len(list(tensors_in(state))))
        room = (ROOM if memory is None else memory // 8) // self.residuals
        self.block = max(1, n) if room >= n else next((k for k in TOGETHER if k <= room), 1)
        self.blocks = -(-n // self.block)
        self.fixed = (4 * self.nbytes + once + (self.block - 1) * self.residuals
                      + 2 * sum(map(bytes_of, body.operands)))
        """Bytes beside the states that are kept."""

    def places(self, memory: int | None) -> int:
        """How many states are kept beside the first."""
        if memory is None:
            places = 0
            while comb(places + 3, 2) < self.blocks:
                places += 1
            return min(places, max(0, self.blocks - 1))
        if memory < self.fixed:
            raise ValueError(
                f"checkpoint_sequence: memory={memory} is too little for {self.n} steps on a state "
                f"of {self.nbytes} bytes, at {show_line(user_line())}: {self.fixed} are needed")
        return min((memory - self.fixed) // self.nbytes, max(0, self.blocks - 1))

    def run(self, state: Sequence[Any], operands: Sequence[Any], start: int, end: int) -> list[Any]:
        """The state after the steps from ``start`` to ``end``, recorded."""
        for k in range(start, end):
            args = [*state, tensor(k)] if self.index else state
            state = self.body(args, operands)
        return list(state)


def bytes_of(x: Any) -> int:
    """The bytes of a tensor or a node."""
    shape, dtype = (x.shape, x.dtype) if isinstance(x, Node) else (shape_of(x), dtype_of(x))
    size: int = dtype.numpy.itemsize
    for length in shape:
        size *= length
    return size


def working_set(body: Body, count: int) -> tuple[int, int]:
    """The bytes that are alive at most while a step is reversed, and those of them that are kept
    for its reverse."""
    written = body.written
    outs = [node for node in written.outs if node.requires_grad]
    nodes = reachable(written.outs, stop=written.ins, floor=min(n.index for n in written.ins))
    inner = [node for node in nodes if node not in written.ins and node.args]
    cts = pulled({node: node for node in outs}, floor=min(n.index for n in written.ins) + 1)
    after = reachable(list(cts.values()), stop=nodes, floor=0) if cts else []
    new = [node for node in after if node not in nodes and node.args]
    kept = {arg for node in new for arg in node.args if arg in inner}
    residuals = sum(map(bytes_of, kept)) + sum(map(bytes_of, written.ins[:count]))
    return sum(map(bytes_of, inner)) + peak(new), max(1, residuals)


def peak(order: list[Node]) -> int:
    """The most bytes of nodes that are alive at a time, computed in this order."""
    order.sort(key=lambda node: node.index)
    last = {arg: k for k, node in enumerate(order) for arg in node.args}
    alive = most = 0
    inside = set(order)
    for k, node in enumerate(order):
        alive += bytes_of(node)
        most = max(most, alive)
        alive -= sum(bytes_of(arg) for arg in {*node.args} if last[arg] == k and arg in inside)
    return most


class Reversed(Function):
    """The last state of a sequence, as a function of the first and of what the steps read."""

    @staticmethod
    def forward(ctx: Any, plan: Plan, blocks: int, places: int, *tensors: Any) -> Any:
        count = sum(1 for _ in tensors_in_places(plan.like))
        state, operands = list(tensors[:count]), tensors[count:]
        ctx.plan, ctx.places, ctx.count = plan, places, count
        kept: dict[int, Any] = {}
        at = 0
        for stop in [*revolve.spine(blocks, places), blocks]:
            state = advanced(plan, operands, state, at, stop)
            at = stop
            if stop < blocks:
                kept[stop] = state
        ctx.kept_states = Kept(kept)
        ctx.save_for_backward(*tensors)
        return tuple(state)

    @staticmethod
    def backward(ctx: Any, *cts: Any) -> Any:
        plan, count = ctx.plan, ctx.count
        tensors = list(ctx.saved_tensors)
        state, operands = tensors[:count], tensors[count:]
        if here.modes.grad:   # the gradient is to be differentiated
            wanted = [k for k, need in enumerate(ctx.needs_input_grad[3:]) if need]

            def whole(*some: Any) -> Any:
                new = dict(zip(wanted, some, strict=True))
                now = [new.get(k, x) for k, x in enumerate(tensors)]
                return tuple(plan.run(now[:count], now[count:], 0, plan.n))
            found = vjp(whole, *[tensors[k] for k in wanted])[1](cts)
            grads: list[Any] = [None] * len(tensors)
            for k, ct in zip(wanted, found, strict=True):
                grads[k] = ct
            return None, None, None, *grads
        pulling = Pulling(plan, operands, cts, ctx.needs_input_grad[3:], count)
        kept = {0: state, **(ctx.kept_states.states or {})}
        if not ctx.kept_states.states and plan.blocks > 1 and ctx.places:
            kept = {0: state}
        ctx.kept_states.states = None   # a second backward computes them again
        revolve.reverse(plan.blocks, ctx.places, kept, lambda s, a, b: undifferentiated(
            advanced, plan, operands, s, a, b), pulling.block)
        return None, None, None, *pulling.grads()


class Kept:
    """The states that were kept on the way."""

    def __init__(self, states: dict[int, Any]) -> None:
        self.states: dict[int, Any] | None = states


class Pulling:
    """A reverse pass: cotangents of the state, and of what the steps read."""

    def __init__(self, plan: Plan, operands: Sequence[Any], cts: Sequence[Any],
                 needed: Sequence[bool], count: int) -> None:
        self.plan, self.operands, self.count = plan, list(operands), count
        self.cts = list(cts)
        self.needed = needed
        self.flows = [k for k, x in enumerate(cts) if x is not None and (
            dtype_of(x).is_differentiable)]
        self.wanted = [k for k, need in enumerate(needed[count:]) if need]
        self.totals: list[Any] = [None] * len(operands)

    def block(self, state: list[Any], k: int) -> None:
        """Pull through the ``k``-th block of steps, from the state before it."""
        plan, flows = self.plan, self.flows
        start, end = k * plan.block, min(plan.n, (k + 1) * plan.block)

        def run(*some: Any) -> Any:
            now, ops = list(state), list(self.operands)
            for i, x in zip(flows, some, strict=False):
                now[i] = x
            for i, x in zip(self.wanted, some[len(flows):], strict=True):
                ops[i] = x
            out = plan.run(now, ops, start, end)
            return tuple(out[i] for i in flows)
        given = [state[i].detach() for i in flows]
        given += [self.operands[i].detach() for i in self.wanted]
        found = vjp(run, *given)[1](tuple(self.cts[i] for i in flows))
        for i, ct in zip(flows, found, strict=False):
            self.cts[i] = ct
        for i, ct in zip(self.wanted, found[len(flows):], strict=True):
            self.totals[i] = ct if self.totals[i] is None else self.totals[i] + ct
        flush()

    def grads(self) -> list[Any]:
        """The cotangents of the first state and of the operands."""
        first = [ct if k in self.flows and self.needed[k] else None
                 for k, ct in enumerate(self.cts)]
        return [*first, *self.totals]


def advanced(plan: Plan, operands: Sequence[Any], state: list[Any], start: int, end: int,
             ) -> list[Any]:
    """The state after the blocks from ``start`` to ``end``, computed."""
    at, end = start * plan.block, min(plan.n, end * plan.block)
    while at < end:
        count = next(k for k in TOGETHER if k <= end - at)
        state = plan.run(state, operands, at, at + count)
        at += count
        flush()
    return state


def tensors_in_places(like: Any) -> Any:
    """The places in a structure."""
    for leaf in leaves_of(like):
        if hasattr(leaf, "k"):
            yield leaf


__all__ = ["Prediction", "checkpoint_sequence", "predict_sequence"]
