"""Programs in which the user's own Python takes part in a backward: hooks, saved tensors in the
user's hands, custom functions, checkpoints, modes. Each is a function of ``torch`` that asserts
what is right: ``test_interplay.py`` runs them four times in each tier, the oracle test with
PyTorch.
"""
# ruff: noqa: B023 - what is defined in a loop is called in the same turn of it

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable
from typing import Any

PROGRAMS: dict[str, Callable[[Any], None]] = {}
HERE_ALONE: dict[str, Callable[[Any], None]] = {}
"""What PyTorch does otherwise, silently wrong or not at all."""
ORDERED: dict[str, Callable[[Any], None]] = {}
"""What depends on what is recorded together: not in the eager tier."""


def program(fn: Callable[[Any], None]) -> Callable[[Any], None]:
    PROGRAMS[fn.__name__] = fn
    return fn


def here_alone(fn: Callable[[Any], None]) -> Callable[[Any], None]:
    HERE_ALONE[fn.__name__] = fn
    return fn


def in_order(fn: Callable[[Any], None]) -> Callable[[Any], None]:
    ORDERED[fn.__name__] = fn
    return fn


def leaf(torch: Any, *values: float) -> Any:
    return torch.tensor(values, requires_grad=True)


def refused(call: Callable[[], Any], *words: str, kind: type[Exception] = RuntimeError) -> None:
    """Asserts that ``call`` raises such an error, with one of ``words`` if there are any."""
    try:
        call()
    except kind as error:
        assert not words or any(word in str(error) for word in words), error
    else:
        raise AssertionError("no error")


# Writes through views

VIEWS: dict[str, Callable[[Any, Any], Any]] = {
    "index": lambda torch, x: x[0],
    "slice": lambda torch, x: x[:1],
    "ellipsis": lambda torch, x: x[...],
    "new axis": lambda torch, x: x[None],
    "index by a tensor without dimensions": lambda torch, x: x[torch.tensor(0)],
    "iteration": lambda torch, x: next(iter(x)),
    "select": lambda torch, x: x.select(0, 0),
    "narrow": lambda torch, x: x.narrow(0, 0, 1),
    "view": lambda torch, x: x.view(-1),
    "view of a view": lambda torch, x: x.view(4)[1:],
    "view_as": lambda torch, x: x.view_as(torch.zeros(4)),
    "reshape": lambda torch, x: x.reshape(-1),
    "flatten": lambda torch, x: x.flatten(),
    "ravel": lambda torch, x: x.ravel(),
    "unflatten": lambda torch, x: x.unflatten(0, (1, 2)),
    "squeeze": lambda torch, x: x.squeeze(),
    "unsqueeze": lambda torch, x: x.unsqueeze(0),
    "t": lambda torch, x: x.t(),
    "T": lambda torch, x: x.T,
    "mT": lambda torch, x: x.mT,
    "adjoint": lambda torch, x: x.adjoint(),
    "permute": lambda torch, x: x.permute(1, 0),
    "transpose": lambda torch, x: x.transpose(0, 1),
    "swapaxes": lambda torch, x: x.swapaxes(0, 1),
    "movedim": lambda torch, x: x.movedim(0, 1),
    "unbind": lambda torch, x: x.unbind(0)[0],
    "split": lambda torch, x: x.split(1)[0],
    "split_with_sizes": lambda torch, x: torch.split_with_sizes(x, [1, 1])[1],
    "chunk": lambda torch, x: x.chunk(2)[0],
    "tensor_split": lambda torch, x: x.tensor_split(2)[0],
    "hsplit": lambda torch, x: x.hsplit(2)[0],
    "diagonal": lambda torch, x: x.diagonal(),
    "unfold": lambda torch, x: x.unfold(0, 1, 1),
    "expand": lambda torch, x: x.expand(1, 2, 2),
    "expand_as": lambda torch, x: x.expand_as(torch.zeros(1, 2, 2)),
    "as_strided": lambda torch, x: x.as_strided((2,), (1,)),
    "atleast_3d": lambda torch, x: torch.atleast_3d(x),
    "contiguous": lambda torch, x: x.contiguous(),
    "to": lambda torch, x: x.to(torch.float32),
}


def setitem(view: Any) -> None:
    view[...] = 3.0


@program
def a_view_of_a_leaf_refuses_writes(torch):
    for make in VIEWS.values():
        for write in (lambda view: view.add_(1), setitem, lambda view: view.zero_()):
            x = torch.ones(2, 2, requires_grad=True)
            view = make(torch, x)
            refused(lambda: write(view), "leaf", "is a view and is being modified")
            refused(lambda: write(make(torch, torch.ones(2, 2, requires_grad=True))),
                    "leaf", "is a view and is being modified")
            assert x.tolist() == [[1.0, 1.0], [1.0, 1.0]]


@program
def a_detached_view_of_a_leaf_can_be_written(torch):
    for name, make in VIEWS.items():
        x = torch.ones(2, 2, requires_grad=True)
        if name != "as_strided":
            make(torch, x.detach()).zero_()
            assert 0.0 in x.detach().view(-1).tolist()
            y = torch.ones(2, 2, requires_grad=True)
            with torch.no_grad():
                make(torch, y).zero_()
            assert 0.0 in y.detach().view(-1).tolist()


@program
def a_view_made_without_grad_refuses_writes_with_grad(torch):
    x = leaf(torch, 1.0, 2.0, 3.0)
    for base in (x, x * 1):
        with torch.no_grad():
            view = base[:2]
            view.mul_(1)
        refused(lambda: view.add_(1), "view was created in no_grad mode")
    assert x.tolist() == [1.0, 2.0, 3.0]


@here_alone
def a_view_that_was_there_when_its_base_became_a_leaf(torch):
    a = torch.ones(3)
    view = a[:2]
    a.requires_grad_()
    assert view.requires_grad
    (view * torch.tensor([2.0, 3.0])).sum().backward()
    assert a.grad.tolist() == [2.0, 3.0, 0.0]
    refused(lambda: view.add_(1), "leaf")


# Hooks

@program
def a_retained_gradient_follows_writes(torch):
    a = leaf(torch, 1.0, 1.0) * 1
    a.retain_grad()
    a.mul_(2)
    a.sum().backward()
    assert a.grad.tolist() == [1.0, 1.0]

    a = leaf(torch, 1.0, 1.0) * 1
    a.retain_grad()
    earlier = a * 5
    a.mul_(2)
    a[0] = 7.0
    a.sum().item()
    a.add_(a)
    ((a * a).sum() + earlier.sum()).backward()
    assert a.grad.tolist() == [28.0, 8.0] and a.retains_grad


@program
def a_retained_gradient_follows_writes_through_a_view(torch):
    a = leaf(torch, 1.0, 1.0) * 1
    a.retain_grad()
    a[0].mul_(2)
    (a * 3).sum().backward()
    assert a.grad.tolist() == [3.0, 3.0]

    b = leaf(torch, 1.0, 1.0) * 1
    view = b[:1]
    view.retain_grad()
    view.mul_(2)
    (view * 3).sum().backward()
    assert view.grad.tolist() == [3.0]


@program
def a_retained_gradient_stays_with_a_write_that_autograd_does_not_see(torch):
    a = leaf(torch, 1.0, 1.0) * 1
    a.retain_grad()
    with torch.no_grad():
        a.mul_(2)
    (a * 3).sum().backward()
    assert a.grad.tolist() == [3.0, 3.0]


@program
def a_hook_may_write_to_its_gradient(torch):
    a = leaf(torch, 1.0, 2.0)
    b = a * 2
    b.register_hook(lambda g: (g.mul_(2), None)[1])
    (b * b).sum().backward()
    assert a.grad.tolist() == [16.0, 32.0]


@program
def a_hook_keeps_shape_and_dtype(torch):
    for wrong in (lambda g: g[:1], lambda g: g.double()):
        b = leaf(torch, 1.0, 2.0) * 2
        b.register_hook(wrong)
        refused(lambda: (b * b).sum().backward(), "has changed the")
    b = leaf(torch, 1.0, 2.0) * 2
    b.register_hook(lambda g: 3)
    refused(lambda: (b * b).sum().backward(), kind=TypeError)


@program
def the_order_of_hooks(torch):
    a = leaf(torch, 1.0, 2.0)
    b = a * 2
    seen = []
    a.register_hook(lambda g: seen.append(("a", g.tolist())))
    a.register_hook(lambda g: g * 3)
    a.register_post_accumulate_grad_hook(lambda p: seen.append(("after", p.grad.tolist())))
    b.register_hook(lambda g: (seen.append(("b", g.tolist())), g + 1)[1])
    gone = b.register_hook(lambda g: seen.append("gone"))
    b.retain_grad()
    b.register_hook(lambda g: g * 2)
    b.grad_fn.register_prehook(lambda gs: seen.append(("pre", gs[0].tolist())))
    b.grad_fn.register_hook(lambda gi, go: seen.append(("post", gi[0].tolist())))
    gone.remove()
    (b * b).sum().backward()
    assert seen == [("b", [4.0, 8.0]), ("pre", [10.0, 18.0]), ("post", [20.0, 36.0]),
                    ("a", [20.0, 36.0]), ("after", [60.0, 108.0])]
    assert b.grad.tolist() == [10.0, 18.0]


@program
def a_hook_on_several_tensors(torch):
    a, b, c = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0), leaf(torch, 5.0, 6.0)
    d = a * b
    seen, first = [], []
    hook = torch.autograd.graph.register_multi_grad_hook(
        (a, b, c, d), lambda gs: seen.append([None if g is None else g.tolist() for g in gs]))
    torch.autograd.graph.register_multi_grad_hook((a, b, d), first.append, mode="any")
    d.sum().backward(retain_graph=True)
    (d * c).sum().backward(retain_graph=True)
    assert seen == [[[3.0, 4.0], [1.0, 2.0], None, [1.0, 1.0]],
                    [[15.0, 24.0], [5.0, 12.0], [3.0, 8.0], [5.0, 6.0]]]
    assert [g.tolist() for g in first] == [[1.0, 1.0], [5.0, 6.0]]
    hook.remove()
    d.sum().backward()
    assert len(seen) == 2 and len(first) == 3
    refused(lambda: torch.autograd.graph.register_multi_grad_hook((a,), print, mode="some"),
            kind=ValueError)


@program
def a_layer_whose_output_is_intercepted(torch):
    for inputs_flow in (False, True):
        layer, kept, seen = torch.nn.Linear(2, 2), [], []
        layer.register_forward_hook(lambda m, i, o: kept.append(o))
        layer.register_full_backward_hook(lambda m, gi, go: seen.append(go[0].tolist()))
        x = torch.ones(1, 2, requires_grad=inputs_flow)
        out = (layer(x) * torch.tensor([2.0, 3.0])).sum()
        (g,) = torch.autograd.grad(out, kept[0], retain_graph=True)
        assert g.tolist() == [[2.0, 3.0]]
        assert seen == ([] if inputs_flow else [[[2.0, 3.0]]])
        out.backward()
        assert seen[-1] == [[2.0, 3.0]]


@program
def a_layer_whose_hook_looks_at_a_gradient_that_goes_on(torch):
    for k in (1.0, 2.0, 3.0):
        layer, seen = torch.nn.Linear(2, 2, bias=False), []
        with torch.no_grad():
            layer.weight.copy_(torch.eye(2) * k)
        layer.register_full_backward_hook(lambda m, gi, go: seen.append(
            (gi[0].detach().numpy().tolist(), go[0].detach().numpy().tolist())))
        x = leaf(torch, 1.0, 2.0)
        out = layer(x * x)
        assert out.sum().item() == 5 * k
        (out * out).sum().backward()
        assert seen == [([2 * k * k, 8 * k * k], [2 * k, 8 * k])]
        assert x.grad.tolist() == [4 * k * k, 32 * k * k]
        out = layer(x * x)
        (g,) = torch.autograd.grad((out * out).sum(), x, create_graph=True)   # 4 k² x³
        (h,) = torch.autograd.grad(g.sum(), x)
        assert h.tolist() == [12 * k * k, 48 * k * k]


@program
def a_jacobian_holds_what_its_function_captures(torch):
    F = torch.autograd.functional
    w, v = leaf(torch, 1.0, 2.0), torch.tensor([1.0, 1.0])
    for k in (1.0, 2.0, 3.0):
        for create in (False, True):
            for x in (w, w * 2):
                y = x * k
                value, points = [k * a for a in x.tolist()], x.tolist()

                def fn(z, x=x, y=y):
                    return z * z * x * y
                wanted = [2 * a * a * b for a, b in zip(points, value, strict=True)]
                found = F.jacobian(fn, x, create_graph=create)
                assert found.diagonal().tolist() == wanted
                assert F.jvp(fn, x, v, create_graph=create)[1].tolist() == wanted
                assert F.vjp(fn, x, v, create_graph=create)[1].tolist() == wanted
                twice = [2 * a * b for a, b in zip(points, value, strict=True)]
                assert F.hvp(lambda z: fn(z).sum(), x, v, create_graph=create)[1].tolist() == twice
                assert F.hessian(lambda z: fn(z).sum(), x,
                                 create_graph=create).diagonal().tolist() == twice
                if create:   # the whole, 2 k x³, moves with all of it
                    (g,) = torch.autograd.grad(found.sum(), w)
                    s = 8 if x is not w else 1
                    assert g.tolist() == [s * 6 * k, s * 24 * k]


@program
def a_write_through_a_detached_alias_keeps_what_views_retain(torch):
    for n in (1.0, 2.0, 3.0, 4.0):
        b = leaf(torch, 0.0, 1.0, 2.0, 3.0)
        c = b * n
        v, u = c[:2], c[:2][0]
        v.retain_grad()
        u.retain_grad()
        d = c.detach()
        d[3] = 7.0
        if n % 2:
            d[0] = 5.0
            with torch.no_grad():
                d.mul_(2)
        ((v * v + u).sum() + (c ** 2).sum()).backward()
        assert v.grad.tolist() == [2 * t for t in v.tolist()] and u.grad == 2
        wanted = [4 * t for t in v.tolist()] + [2 * t for t in c[2:].tolist()]
        assert b.grad.tolist() == [n * (g + 2 * (i == 0)) for i, g in enumerate(wanted)]


# Saved tensors in the user's hands

@program
def what_is_kept_as_numbers_has_its_history_again(torch):
    class Tanh(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.tanh()
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, ct):
            x, y = ctx.saved_tensors
            return ct * (1 - y * y) * 2 + ct * x
    for k in (1.0, 2.0, 3.0):
        found = []
        for pack, unpack in ((lambda t: t, lambda t: t),
                             (lambda t: t.detach().numpy().copy(), lambda a: torch.tensor(a))):
            w = leaf(torch, 0.5 * k, 1.0)
            for x in (w, w * 1.5):
                x.sum().item()
                with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
                    y = Tanh.apply(x)
                y.sum().item()
                (g,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
                found.append(torch.autograd.grad((g * g).sum(), w)[0].tolist())
        assert found[:2] == found[2:] and found[0] != found[1]


@program
def of_nested_saved_tensors_hooks_the_inner_act(torch):
    seen = []

    def pair(name):
        return torch.autograd.graph.saved_tensors_hooks(
            lambda t: (seen.append(name), t)[1], lambda t: t)
    x = torch.tensor(2.0, requires_grad=True)
    with pair("outer"):
        with pair("inner"):
            y = x * x
        assert set(seen) == {"inner"}
        z = x * x
        assert set(seen) == {"inner", "outer"}
    (y + z).backward()
    assert x.grad == 8


@program
def saved_tensors_are_written_to(torch):
    allowed = torch.autograd.graph.allow_mutation_on_saved_tensors
    x = leaf(torch, 0.5, 0.25)
    with allowed():
        y, z = x.clone(), x.exp()
        out = (y ** 2).sum() + (z * y).sum()
        y.sin_()
        z[0] = 7.0
        z.mul_(y)
        (out + z.sum()).backward()
        refused(lambda: allowed().__enter__())
    again = leaf(torch, 0.5, 0.25)
    e = again.exp()
    first = torch.where(torch.tensor([True, False]), 7.0, e)
    ((again ** 2).sum() + (e * again).sum() + (
        first * again.sin()).sum()).backward()
    assert torch.allclose(x.grad, again.grad)
    with allowed():
        pass
    with torch.autograd.graph.disable_saved_tensors_hooks("not now"):
        refused(lambda: allowed().__enter__())


@program
def saved_tensors_in_numpy(torch):
    x = leaf(torch, 0.5, 0.25)
    keep = torch.autograd.graph.saved_tensors_hooks(
        lambda t: t.detach().numpy().copy(), torch.from_numpy)
    with keep:
        y = (x * x).exp().sin()
        z = y * y
    z.sum().backward()
    again = leaf(torch, 0.5, 0.25)
    ((again * again).exp().sin() ** 2).sum().backward()
    assert torch.allclose(x.grad, again.grad)


@program
def a_pack_hook_must_not_write(torch):
    x = leaf(torch, 2.0, 3.0)

    def pack():
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t.mul_(2), lambda t: t):
            return (x * 1).exp()
    refused(pack, "pack hook is modifying its input")


@program
def slices_are_not_freed(torch):
    p = leaf(torch, 1.0, 2.0, 3.0)
    for part in (p[:2], p[1], p[-1], p.narrow(0, 1, 1), p.select(0, 2), p[torch.tensor(1)]):
        for _ in range(2):
            (g,) = torch.autograd.grad((part * torch.tensor(2.0)).sum(), p)
            assert g.sum() == 2 * part.numel()
    q = p[:2] * p[1:]
    torch.autograd.grad(q.sum(), p)
    refused(lambda: torch.autograd.grad(q.sum(), p), "second time")


# Custom functions

@program
def a_saved_leaf_is_the_leaf(torch):
    w, seen = torch.tensor(3.0, requires_grad=True), []

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, p):
            ctx.save_for_backward(x, p)
            return x.detach() * p.detach()

        @staticmethod
        def backward(ctx, g):
            x, p = ctx.saved_tensors
            seen.append(p is w)
            with torch.enable_grad():
                y = x.detach().requires_grad_() * w
                (gp,) = torch.autograd.grad(y, p, g)
            return None, gp
    y = Product.apply(torch.tensor(2.0), w)
    assert y.grad_fn.saved_tensors[1] is w
    y.backward()
    assert w.grad == 2 and seen == [True]


@program
def a_result_that_the_caller_drops(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            d = 3 * x ** 2
            ctx.save_for_backward(x, d)
            return x ** 3, d

        @staticmethod
        def backward(ctx, g, gd):
            x, d = ctx.saved_tensors
            return g * d + gd * 6 * x
    for value_first in (False, True):
        x = torch.tensor(2.0, requires_grad=True, dtype=torch.float64)
        y = Cube.apply(x)[0]
        if value_first:
            assert y.item() == 8
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        (g2,) = torch.autograd.grad(g, x, create_graph=True)
        (g3,) = torch.autograd.grad(g2, x)
        assert (g.item(), g2.item(), g3.item()) == (12, 12, 6)


def giving(torch: Any, gradient: Any) -> Any:
    """A custom function, the double of its argument, whose backward returns ``gradient``."""
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, *rest):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return gradient
    return Double


@program
def gradients_that_fit_or_not(torch):
    for shape in ((2, 3), (1, 2, 3), (4, 2, 3)):   # summed to the argument's shape
        x = torch.zeros(2, 3, requires_grad=True)
        giving(torch, torch.ones(shape)).apply(x).sum().backward()
        assert x.grad.tolist() == [[shape[0] if len(shape) == 3 else 1.0] * 3] * 2
    for shape in ((3,), (1, 3), (2, 1), (1, 1), (), (6,), (3, 2), (0,), (2, 3, 1)):
        x = torch.zeros(2, 3, requires_grad=True)
        refused(lambda: giving(torch, torch.ones(shape)).apply(x).sum().backward(),
                "invalid gradient")
    x = torch.zeros(2, requires_grad=True)
    refused(lambda: giving(torch, torch.ones(2, dtype=torch.complex64)).apply(x).sum().backward())
    giving(torch, torch.ones(2, dtype=torch.float64)).apply(x).sum().backward()
    assert x.grad.dtype is torch.float32
    y = torch.zeros(2, requires_grad=True)
    giving(torch, (torch.ones(2), torch.ones(7))).apply(y, torch.ones(3)).sum().backward()
    assert y.grad.tolist() == [1.0, 1.0]   # what does not require grad gets none, fitting or not


@program
def attributes_of_the_context_are_not_freed(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x
            ctx.twice = x * 2
            return x * x

        @staticmethod
        def backward(ctx, g):
            return g * ctx.twice
    x = leaf(torch, 1.0, 2.0)
    y = Square.apply(x).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [4.0, 8.0]


@program
def a_backward_that_collects_on_its_context(torch):
    class Counted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, total, box):
            ctx.total, ctx.boxes = total, [box]
            return 3 * x

        @staticmethod
        def backward(ctx, g):
            ctx.total.add_(g.sum())
            ctx.boxes[0].add_(1)
            return 3 * g, None, None
    x, total, box = leaf(torch, 1.0, 2.0), torch.zeros(()), torch.zeros(())
    (Counted.apply(x, total, box) + Counted.apply(x, total, box)).sum().backward()
    assert total == 4 and box == 2 and x.grad.tolist() == [6.0, 6.0]


@dataclasses.dataclass
class Pair:
    scale: Any
    power: int


@program
def objects_as_arguments_and_on_the_context(torch):
    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, pair):
            ctx.pair, ctx.all = Pair(x, 2), {"x": [x], "scale": pair.scale}
            return pair.scale * x * x

        @staticmethod
        def backward(ctx, g):
            return g * ctx.all["scale"] * 2 * ctx.pair.scale, None
    x = torch.tensor(3.0, requires_grad=True)
    y = Scaled.apply(x * 1, Pair(torch.tensor(5.0), 2))
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    (g2,) = torch.autograd.grad(g, x)
    assert (g.item(), g2.item()) == (30, 10)


class OneField:
    def __init__(self, value: Any) -> None:
        self.value = value


# Checkpoints

def run_twice(torch: Any, first: Any, then: Any, **options: Any) -> Any:
    """The gradient of a checkpointed function that is ``first``, and ``then`` when run again."""
    runs = []

    def f(a):
        runs.append(1)
        return (first if len(runs) == 1 else then)(a)
    x = leaf(torch, 2.0, 3.0)
    y = torch.utils.checkpoint.checkpoint(f, x, use_reentrant=False, **options)
    (y * torch.tensor([1.0, 2.0])).sum().backward()
    return x.grad.tolist()


@program
def a_checkpointed_function_that_changes(torch):
    error = torch.utils.checkpoint.CheckpointError
    assert run_twice(torch, lambda a: a * a, lambda a: a * a) == [4.0, 12.0]
    for first, then in ((lambda a: a * a, lambda a: (a[:1] * a[:1]).expand(2)),
                        (lambda a: a * a, lambda a: a.exp()),
                        (lambda a: (a * a).exp(), lambda a: a * a)):
        refused(lambda: run_twice(torch, first, then), "torch.utils.checkpoint", kind=error)
        refused(lambda: run_twice(torch, first, then, early_stop=False), kind=error)
        refused(lambda: run_twice(torch, first, then, debug=True), "Mul", "Exp", "aten::",
                kind=error)
    refused(lambda: run_twice(torch, lambda a: a, lambda a: a, determinism_check="some"),
            "determinism_check", kind=ValueError)
    refused(lambda: run_twice(torch, lambda a: a, lambda a: a, debug=True,
                              context_fn=lambda: (None, None)), "debug=True", kind=ValueError)


@here_alone
def what_a_checkpointed_function_reads_changes(torch):
    error = torch.utils.checkpoint.CheckpointError
    number, tensor, parameter = [2.0], torch.tensor([2.0, 3.0]), leaf(torch, 2.0, 3.0)

    def change_number():
        number[0] *= 1.5

    def change_parameter():
        with torch.no_grad():
            parameter.mul_(5)
    for f, change in ((lambda a: a.exp() * number[0], change_number),
                      (lambda a: a.exp() * tensor, lambda: tensor.mul_(5)),
                      (lambda a: a.exp() * parameter, change_parameter)):
        for reentrant in (False, True):
            x = leaf(torch, 1.0, 2.0)
            y = torch.utils.checkpoint.checkpoint(f, x, use_reentrant=reentrant)
            change()
            refused(y.sum().backward, "has changed since", kind=error)
            y = torch.utils.checkpoint.checkpoint(f, x, use_reentrant=reentrant,
                                                  determinism_check="none")
            change()
            y.sum().backward()
            assert torch.allclose(x.grad, f(x.detach()))
    for first, then in ((lambda a: a * a, lambda a: (a * a)[:1]),
                        (lambda a: a * a, lambda a: (a * a).detach()),
                        (lambda a: a * a, lambda a: (a * a).double())):
        refused(lambda: run_twice(torch, first, then), "different metadata", kind=error)


@program
def an_argument_of_a_checkpoint_is_kept(torch):
    x = leaf(torch, 1.0, 2.0)
    h = x * 1
    y = torch.utils.checkpoint.checkpoint(lambda a: 3 * a * a, h.clone(), use_reentrant=False)
    h.mul_(5)
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]


@program
def random_numbers_in_a_checkpoint(torch):
    for reentrant in (False, True):
        x = leaf(torch, 1.0, 2.0, 3.0, 4.0)
        torch.manual_seed(0)
        y = torch.utils.checkpoint.checkpoint(
            lambda a: torch.nn.functional.dropout(a, 0.5), x, use_reentrant=reentrant)
        values = y.tolist()
        y.sum().backward()
        assert [v * g for v, g in zip(x.tolist(), x.grad.tolist(), strict=True)] == values
        y = torch.utils.checkpoint.checkpoint(
            lambda a: torch.nn.functional.dropout(a, 0.5), x, use_reentrant=reentrant,
            preserve_rng_state=False)
        y.sum().backward()


@program
def checkpoints_in_checkpoints(torch):
    ck = torch.utils.checkpoint.checkpoint
    for reentrant in (False, True):
        x, calls = leaf(torch, 0.5, 0.25), []

        def outer(a):
            calls.append(1)
            return ck(lambda b: b.sin() * b, a, use_reentrant=reentrant).exp()
        ck(outer, x, use_reentrant=reentrant).sum().backward()
        again = leaf(torch, 0.5, 0.25)
        (again.sin() * again).exp().sum().backward()
        assert torch.allclose(x.grad, again.grad) and len(calls) == 2
        m = torch.nn.Sequential(*[torch.nn.Linear(2, 2) for _ in range(4)])
        a, b = leaf(torch, 0.5, 0.25), leaf(torch, 0.5, 0.25)
        torch.utils.checkpoint.checkpoint_sequential(m, 2, a, use_reentrant=reentrant).sum(
            ).backward()
        m(b).sum().backward()
        assert torch.allclose(a.grad, b.grad)


@here_alone
def tensors_in_structures_are_tracked(torch):
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, parts):
            a, b = parts if isinstance(parts, list) else (
                (parts["a"], 2) if isinstance(parts, dict) else
                (parts.value, 2) if isinstance(parts, OneField) else (parts.scale, parts.power))
            ctx.b, ctx.kind = b, type(parts)
            return a * b

        @staticmethod
        def backward(ctx, g):
            grad = g * ctx.b
            if ctx.kind is list:
                return [grad, None]
            if ctx.kind is dict:
                return {"a": grad}
            return ctx.kind(grad) if ctx.kind is OneField else ctx.kind(grad, 0)
    for held in (lambda t: [t, torch.tensor(2.0)], lambda t: {"a": t}, OneField,
                 lambda t: Pair(t, 2)):
        x = torch.tensor(3.0, requires_grad=True)
        y = Product.apply(held(x * 5))
        y.backward()
        assert x.grad == 10


@here_alone
def what_the_context_keeps_is_written_afterwards(torch):
    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, c, how):
            if how == "saved":
                ctx.save_for_backward(c)
            elif how == "attribute":
                ctx.c = c
            elif how == "list":
                ctx.c = [c]
            elif how == "dict":
                ctx.c = {"c": (c,)}
            elif how == "dataclass":
                ctx.c = Pair(c, 2)
            elif how == "object":
                ctx.c = OneField(c)
            ctx.how = how
            return x * c

        @staticmethod
        def backward(ctx, g):
            how = ctx.how
            c = (ctx.saved_tensors[0] if how == "saved" else ctx.c if how == "attribute" else
                 ctx.c[0] if how == "list" else ctx.c["c"][0] if how == "dict" else
                 ctx.c.scale if how == "dataclass" else ctx.c.value)
            return g * c, None, None
    for how in ("saved", "attribute", "list", "dict", "dataclass", "object"):
        x, c = leaf(torch, 2.0, 3.0), torch.tensor([1.0, 2.0])
        y = Product.apply(x, c, how).sum()
        c.mul_(10)
        if how in ("saved", "attribute"):   # kept as it was
            y.backward()
            assert x.grad.tolist() == [1.0, 2.0]
        else:
            refused(y.backward, "modified by an inplace operation")


# Modes

def recorded(torch: Any) -> bool:
    """Whether gradients are recorded now, as a result and as the mode say."""
    flows: bool = (torch.ones(2, requires_grad=True) * 2).requires_grad
    assert flows == torch.is_grad_enabled()
    return flows


def quiet(torch: Any) -> Any:
    """A context manager made of a generator."""
    @contextlib.contextmanager
    def without_grad():
        with torch.no_grad():
            yield
    return without_grad()


@program
def a_mode_in_a_context_manager_of_a_generator(torch):
    with quiet(torch):
        assert not recorded(torch)
    assert recorded(torch)
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        assert not recorded(torch)
    assert recorded(torch)

    async def inside():
        @contextlib.asynccontextmanager
        async def without_grad():
            with torch.no_grad():
                yield
        async with without_grad():
            await asyncio.sleep(0)
            assert not recorded(torch)
        assert recorded(torch)
    asyncio.run(inside())


@program
def decorated_generators(torch):
    @torch.no_grad()
    def gen():
        got = yield recorded(torch)
        yield recorded(torch), got
    g = gen()
    assert next(g) is False and recorded(torch)
    assert g.send(3) == (False, 3) and recorded(torch)
    g.close()
    assert recorded(torch)


@program
def a_mode_in_a_training_loop_that_yields(torch):
    def train():
        w = leaf(torch, 1.0, 2.0)
        for _ in range(4):
            loss = (w * w).sum()
            loss.backward()
            with torch.no_grad():
                w -= 0.25 * w.grad
            w.grad = None
            yield loss.item()
    assert list(train()) == [5.0, 1.25, 0.3125, 0.078125]


def generators(torch: Any) -> list[Any]:
    """Generators with a mode around a yield, each with what it says from step to step."""
    def plain():
        with torch.no_grad():
            yield recorded(torch)
            yield recorded(torch)
        yield recorded(torch)

    def nested():
        with torch.no_grad():
            with torch.enable_grad():
                yield recorded(torch)
            yield recorded(torch)
        yield recorded(torch)

    def inference():
        with torch.inference_mode():
            yield recorded(torch) or not torch.is_inference_mode_enabled()
        yield recorded(torch) and not torch.is_inference_mode_enabled()

    def switched():
        with torch.set_grad_enabled(False):
            yield recorded(torch)
        yield recorded(torch)

    def managed():
        with quiet(torch):
            yield recorded(torch)
        with contextlib.ExitStack() as stack:
            stack.enter_context(torch.no_grad())
            yield recorded(torch)
        yield recorded(torch)

    def delegated():
        yield from plain()
    return [(plain, [False, False, True]), (nested, [True, False, True]),
            (inference, [False, True]), (switched, [False, True]),
            (managed, [False, False, True]), (delegated, [False, False, True])]


@here_alone
def a_mode_around_a_yield(torch):
    for make, said in generators(torch):
        heard = []
        for each in make():
            heard.append(each)
            assert recorded(torch) and not torch.is_inference_mode_enabled()
        assert heard == said
        heard = []
        with torch.no_grad():   # what comes after the block is as the caller has it
            for each in make():
                heard.append(each)
                assert not recorded(torch)
        assert heard == said or heard[:-1] == said[:-1]
        assert recorded(torch)
        g = make()
        next(g)
        assert recorded(torch)
        with torch.no_grad():
            assert next(g) is said[1] or len(said) == 2
        assert recorded(torch)
        g.close()
        assert recorded(torch)
        turns = [make(), make(), make()]
        for _ in said:
            for g in turns:
                next(g)
                assert recorded(torch)
        del g, turns
        assert recorded(torch)

    enabled = torch.autograd.anomaly.is_anomaly_enabled

    def searching():
        with torch.autograd.detect_anomaly():
            yield enabled()
        yield enabled()
    for expected, found in zip((True, False), searching(), strict=True):
        assert found is expected and not enabled()


@here_alone
def a_mode_in_one_of_several_tasks(torch):
    async def quietly():
        said = [recorded(torch)]
        with torch.no_grad():
            for _ in range(3):
                await asyncio.sleep(0)
                said.append(recorded(torch))
        return [*said, recorded(torch)]

    async def plainly():
        said = []
        for _ in range(6):
            said.append(recorded(torch))
            await asyncio.sleep(0)
        return said

    async def training():
        w = leaf(torch, 1.0, 2.0)
        for _ in range(4):
            loss = (w * w).sum()
            await asyncio.sleep(0)
            loss.backward()
            await asyncio.sleep(0)
            with torch.no_grad():
                w -= 0.25 * w.grad
            w.grad = None
        return w.tolist()

    async def agen():
        with torch.no_grad():
            yield recorded(torch)
            await asyncio.sleep(0)
            yield recorded(torch)
        yield recorded(torch)

    async def main():
        assert [(each, recorded(torch)) async for each in agen()] == [
            (False, True), (False, True), (True, True)]
        found = await asyncio.gather(quietly(), plainly(), training(), quietly())
        with torch.no_grad():
            made_inside = await asyncio.gather(plainly(), plainly())
        assert recorded(torch)
        return found, made_inside
    found, made_inside = asyncio.run(main())
    assert found == [[True, False, False, False, True], [True] * 6, [0.0625, 0.125],
                     [True, False, False, False, True]]
    assert made_inside == [[False] * 6] * 2
    assert recorded(torch)


@program
def hooks_of_what_was_written_through_a_view(torch):
    """A tensor and its view, with a value computed and a write between what is done to them."""
    for computed_between in (False, True):
        for seen_by_numpy in (False, True):
            x = leaf(torch, 1.0, 2.0, 3.0)
            base = x + 1
            part = base[1:]
            part.mul_(2)
            if computed_between:
                assert base.tolist() == [2, 6, 8]
            if seen_by_numpy:
                assert base.detach().numpy().tolist() == [2, 6, 8]
            seen = []
            base.register_hook(lambda g: seen.append(g.tolist()))
            part.register_hook(lambda g: g * 2)
            base.retain_grad()
            part.retain_grad()
            assert torch.ones(2).sum().item() == 2
            (base.sum() + part.sum()).backward()
            assert seen == [[1, 3, 3]], seen
            assert base.grad.tolist() == [1, 3, 3]
            assert part.grad.tolist() == [2, 2]
            assert x.grad.tolist() == [1, 6, 6]


@program
def the_gradient_of_a_view_whose_base_is_written(torch):
    for used_before in (False, True):
        x = leaf(torch, 1.0, 2.0, 3.0)
        base = x + 1
        part, other = base[1:], base[:2]
        for each in (base, part, other):
            each.retain_grad()
        early = (part * 5).sum() if used_before else 0
        base.mul_(2)
        part.mul_(3)
        ((part * part).sum() + early).backward()
        assert part.grad.tolist() == [36, 48]
        assert base.grad.tolist() == [0, 36, 48]
        assert other.grad is None
        assert x.grad.tolist() == [0, 216 + 5 * used_before, 288 + 5 * used_before]


@program
def the_data_of_what_was_computed_is_replaced(torch):
    for computed_before in (False, True):
        w = leaf(torch, 1.0, 2.0)
        y = w * 2
        if computed_before:
            assert y.tolist() == [2, 4]
        y.data = y.data * 0.5
        assert y.requires_grad and not y.is_leaf and y.grad_fn is not None
        y.register_hook(lambda g: g + 1)
        (y * y).sum().backward(retain_graph=True)
        assert w.grad.tolist() == [6, 10]
        y.data = torch.zeros(2)
        assert y.tolist() == [0, 0]
        y.sum().backward()
        assert w.grad.tolist() == [10, 14]


# Writes that autograd does not see: a tensor keeps the gradient of what it was used for before

def by_hand(torch, y):
    with torch.no_grad():
        y.mul_(3)


UNSEEN: dict[str, Callable[[Any, Any], Any]] = {
    "no_grad": by_hand,
    "no_grad, a part": lambda torch, y: torch.no_grad()(lambda: y[0].mul_(3))(),
    "no_grad, a view of a view": lambda torch, y: torch.no_grad()(lambda: y.view(4)[1:].zero_())(),
    "detach": lambda torch, y: y.detach().mul_(3),
    "detach, a part": lambda torch, y: y.detach()[1].add_(1),
    "data": lambda torch, y: y.data.mul_(3),
    "data, given": lambda torch, y: setattr(y, "data", torch.ones(2, 2)),
    "numpy": lambda torch, y: y.detach().numpy().__setitem__(0, 5),
    "twice": lambda torch, y: (by_hand(torch, y), y.detach().add_(1)),
}


@program
def a_tensor_has_the_gradient_of_its_uses_before_an_unseen_write(torch):
    for name, write in UNSEEN.items():
        for looked_at in (False, True):
            x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
            y = x * 2
            before = (y * 3).sum()
            if looked_at:
                before.item()
            write(torch, y)
            if looked_at:
                y.tolist()
            found = torch.autograd.grad(before, y, retain_graph=True)[0]
            assert found.tolist() == [[3.0] * 2] * 2, name
            both = before + (y * 5).sum()
            by_y, by_x = torch.autograd.grad(both, [y, x], retain_graph=True)
            assert by_y.tolist() == [[8.0] * 2] * 2, name
            assert by_x.tolist() == [[16.0] * 2] * 2, name
            both.backward(inputs=[y, x])
            assert y.grad.tolist() == by_y.tolist() and x.grad.tolist() == by_x.tolist(), name


@program
def a_hook_after_an_unseen_write_has_the_uses_before_it(torch):
    for name, write in UNSEEN.items():
        x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        y = x * 2
        y.register_hook(lambda ct: ct * 2)
        before = (y * 3).sum()
        write(torch, y)
        seen = []
        y.register_hook(lambda ct: seen.append(ct.tolist()))
        y.retain_grad()
        (before + (y * 5).sum()).backward()
        assert seen == [[[16.0] * 2] * 2], name
        assert y.grad.tolist() == seen[0] and x.grad.tolist() == [[32.0] * 2] * 2, name


@program
def the_conversion_of_a_tensor_is_a_tensor_of_its_own(torch):
    x = leaf(torch, 1.0, 2.0)
    y = x.double()
    before = (y * 3).sum()
    by_hand(torch, y)
    found = torch.autograd.grad(before + y.sum(), [y, x])
    assert [(g.tolist(), g.dtype) for g in found] == [
        ([4.0, 4.0], torch.float64), ([4.0, 4.0], torch.float32)]


@program
def data_that_was_given_is_written_to_and_the_history_stays(torch):
    x = leaf(torch, 1.0, 2.0)
    y, data = x * 2, torch.ones(2)
    y.data = data
    before = (y * y.detach().clone()).sum()
    data.add_(1)
    assert y.tolist() == [2.0, 2.0] and y.requires_grad
    y.mul_(2)
    assert data.tolist() == [4.0, 4.0]
    data[0] = 7
    assert y.tolist() == [7.0, 4.0]
    (before + (y * y.detach().clone()).sum()).backward()
    assert x.grad.tolist() == [30.0, 18.0]


@program
def data_of_numpys_is_written_to_and_the_history_stays(torch):
    x = leaf(torch, 1.0, 2.0)
    y, array = x * 2, torch.ones(2).numpy()
    y.data = torch.from_numpy(array)
    before = (y * y.detach().clone()).sum()
    array[0] = 5
    y.data.add_(1)
    assert array.tolist() == [6.0, 2.0] == y.tolist()
    both = before + (y * y.detach().clone()).sum()
    by_y, by_x = torch.autograd.grad(both, [y, x])
    assert by_y.tolist() == [7.0, 3.0] and by_x.tolist() == [14.0, 6.0]


@program
def data_of_another_dtype_keeps_the_history(torch):
    x = leaf(torch, 1.0, 2.0)
    y = x * 2
    y.data = torch.ones(2, dtype=torch.float64)
    (y * 3).sum().backward()
    assert x.grad.tolist() == [6.0, 6.0] and x.grad.dtype is torch.float32


# The order of hooks, where all is in one recording

@in_order
def hooks_of_leaves_run_when_their_gradients_are_complete(torch):
    for turn in range(3):
        seen = []

        def note(name):
            return lambda _: seen.append(name)
        weights = [torch.eye(2).mul(turn + 1.0).requires_grad_() for _ in range(3)]
        shared = torch.ones(2, requires_grad=True)
        shared.register_hook(note("shared"))
        h = x = torch.ones(1, 2, requires_grad=True)
        for i, w in enumerate(weights):
            w.register_hook(note(f"w{i}"))
            w.register_post_accumulate_grad_hook(note(f"after w{i}"))
            h = (h @ w).tanh() * shared
            h.register_hook(note(f"h{i}"))
            if i == turn:
                h.sum().item()
        h.sum().backward()
        if turn == 2:
            assert seen == ["h2", "w2", "after w2", "h1", "w1", "after w1", "h0", "shared", "w0",
                            "after w0"], seen
        assert sorted(seen) == sorted(["h0", "h1", "h2", "shared", *[
            name for i in range(3) for name in (f"w{i}", f"after w{i}")]]), seen
        assert all(w.grad is not None for w in [x, shared, *weights])


@in_order
def hooks_of_leaves_run_in_order_though_values_were_looked_at(torch):
    for turn in range(8):
        seen = []

        def note(name):
            return lambda _: seen.append(name)
        weights = [torch.full((2,), 0.5 + turn, requires_grad=True) for _ in range(4)]
        for i, w in enumerate(weights):
            w.register_hook(note(f"w{i}"))
            w.register_post_accumulate_grad_hook(note(f"after w{i}"))
        h = torch.ones(2)
        for i, w in enumerate(weights):
            h = (h * w).tanh()
            h.register_hook(note(f"h{i}"))
            if turn >> i & 1 or turn == 0:
                h.sum().item()
        h.sum().backward()
        assert seen == ["h3", "w3", "after w3", "h2", "w2", "after w2", "h1", "w1", "after w1",
                        "h0", "w0", "after w0"], seen


@in_order
def a_leaf_that_an_older_recording_reads_too_waits_for_that(torch):
    for turn in range(4):
        seen, totals = [], []
        shared, own = (torch.full((2,), 1.0 + turn, requires_grad=True) for _ in range(2))
        shared.register_hook(lambda g: (seen.append("shared"), totals.append(g.sum().item()))[0])
        own.register_hook(lambda g: seen.append("own"))
        a = shared * 2
        a.register_hook(lambda g: seen.append("a"))
        a.sum().item()
        b = a * own * shared
        b.register_hook(lambda g: seen.append("b"))
        b.sum().item()
        b.sum().backward()
        assert seen == ["b", "own", "a", "shared"], seen
        assert totals == [8.0 * (1 + turn) ** 2] and shared.grad.sum() == totals[0]


@in_order
def a_gradient_is_there_for_the_hooks_of_what_lies_below(torch):
    for _ in range(4):
        a, b = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
        a.register_hook(lambda ct: ct * 2)

        def tenfold(p):
            p.grad.mul_(10)
        b.register_post_accumulate_grad_hook(tenfold)
        y = a * 5
        found = []
        y.register_hook(lambda ct: found.append((b.grad.tolist(), a.grad)))
        (y * b).sum().backward()
        assert found == [([50.0, 100.0], None)]
        assert a.grad.tolist() == [30.0, 40.0] and b.grad.tolist() == [50.0, 100.0]
        twice = y.detach() * b * b
        twice.register_hook(lambda ct: found.append(b.grad.tolist()))
        twice.sum().backward()
        assert found[1] == [50.0, 100.0] and b.grad.tolist() == [800.0, 1800.0]
