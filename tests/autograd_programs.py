"""Small programs about gradients, each a function of ``torch``: what it returns must not depend on
whose ``torch`` it is. ``autograd_expected.py`` has the results, which the oracle test checks.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

PROGRAMS: dict[str, Callable[[Any], Any]] = {}


def program(fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    PROGRAMS[fn.__name__] = fn
    return fn


def plain(value: Any) -> Any:
    """A result without tensors: values, with the dtype where it is not the usual one."""
    if hasattr(value, "requires_grad") and hasattr(value, "tolist"):
        items, dtype = rounded(value.tolist()), str(value.dtype).removeprefix("torch.")
        flows = ["flows"] if value.requires_grad else []
        return items if dtype == "float32" and not flows else [dtype, items, *flows]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return rounded(value)


def rounded(value: Any) -> Any:
    """Numbers to six digits."""
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.6g}") + 0.0 if isinstance(value, float) else value


def agree(a: Any, b: Any) -> bool:
    """Whether two plain results are equal, numbers up to rounding."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(agree, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == b or abs(a - b) <= 1e-5 * max(abs(a), abs(b), 1.0) or (a != a and b != b)
    return type(a) is type(b) and bool(a == b)


def error_of(call: Callable[[], Any]) -> list[str]:
    """The type and the first words of the error that ``call`` raises."""
    try:
        call()
    except Exception as error:
        return [type(error).__name__, str(error).splitlines()[0][:60]]
    return ["no error"]


# Accumulation

@program
def accumulates_over_paths_and_backwards(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x + 3 * x).sum().backward()
    first = x.grad.clone()
    grad = x.grad
    (x * x).sum().backward()
    x.grad.zero_()
    (2 * x).sum().backward()
    return [first, x.grad, x.grad is grad]


@program
def gradient_set_to_none(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (x ** 2).backward()
    x.grad = None
    (x ** 3).backward()
    return [x.grad]


@program
def backward_with_gradient(torch):
    x = torch.arange(3.0).requires_grad_()
    y = x * x
    y.backward(torch.tensor([1.0, 10.0, 100.0]))
    return [x.grad]


@program
def backward_from_a_leaf(torch):
    x = torch.tensor(2.0, requires_grad=True)
    x.backward()
    v = torch.ones(2)
    y = torch.zeros(2, requires_grad=True)
    y.backward(v)
    v.add_(1)
    return [x.grad, y.grad]


@program
def several_roots(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y, z = x.sum(), x * 3
    torch.autograd.backward([y, z], [None, torch.tensor([1.0, 2.0])])
    return [x.grad]


@program
def same_root_twice(torch):
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    torch.autograd.backward([y, y])
    return [x.grad]


@program
def backward_with_inputs(torch):
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(5.0, requires_grad=True)
    y = x * w
    z = y * w
    z.backward(inputs=[w], retain_graph=True)
    first = [x.grad, w.grad.clone()]
    z.backward(inputs=[y, x])
    return [*first, y.grad, x.grad, w.grad]


@program
def retain_graph_twice(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x ** 3
    y.backward(retain_graph=True)
    y.backward()
    return [x.grad]


@program
def backward_after_printing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    seen = y.tolist()
    z = (y * x).sum()
    value = z.item()
    z.backward()
    return [seen, value, x.grad]


@program
def backward_create_graph(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (x ** 3).backward(create_graph=True)
    g = x.grad
    x.grad = None
    g.backward()
    return [g.detach(), g.requires_grad, x.grad]


@program
def accumulating_with_create_graph(torch):
    x = torch.tensor(2.0, requires_grad=True)
    (x ** 3).backward(create_graph=True)
    first = x.grad
    (x ** 3).backward(create_graph=True)
    return [x.grad is first, first.detach(), x.grad.detach()]


# torch.autograd.grad

@program
def grad_of_several_outputs(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    a, b = x * w, x * x
    return list(torch.autograd.grad([a, b], [x, w],
                                    [torch.tensor([1.0, 2.0]), torch.ones(2)]))


@program
def grad_of_an_intermediate(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y * x).sum()
    return list(torch.autograd.grad(z, [y, x]))


@program
def grad_of_the_output_itself(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    return list(torch.autograd.grad(y, [y, x]))


@program
def grad_of_an_intermediate_after_a_flush(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    first = y.tolist()
    u = y.sin()
    second = u.tolist()
    z = (u * y).sum()
    g = torch.autograd.grad(z, [u, y, x])
    return [first, second, *g, x.grad]


@program
def unused_inputs(torch):
    x = torch.tensor(2.0, requires_grad=True)
    u = torch.ones(2, requires_grad=True)
    return [torch.autograd.grad(x * x, [x, u], allow_unused=True),
            torch.autograd.grad(x * x, [x, u], materialize_grads=True),
            error_of(lambda: torch.autograd.grad(x * x, [x, u]))]


@program
def batched_gradients(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    return list(torch.autograd.grad(y, x, torch.eye(2), is_grads_batched=True))


@program
def third_derivatives(torch):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = x.sin() * x.exp()
    found = []
    for _ in range(3):
        y, = torch.autograd.grad(y.sum(), x, create_graph=True)
        found.append(y.detach())
    return found


@program
def second_derivative_across_flushes(torch):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = (x ** 3).sin()
    shown = y.tolist()
    g, = torch.autograd.grad(y.sum(), x, create_graph=True)
    more = g.tolist()
    h, = torch.autograd.grad((g * g).sum(), x)
    return [shown, more, h]


@program
def gradient_penalty(torch):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    x = torch.tensor([3.0, 4.0], requires_grad=True)
    y = (w * x).tanh().sum()
    g, = torch.autograd.grad(y, x, create_graph=True)
    (y + (g ** 2).sum()).backward()
    return [x.grad, w.grad]


# Leaves, detach, data

@program
def leaves(torch):
    x = torch.ones(2)
    y = torch.ones(2, requires_grad=True)
    z = y * 2
    w = x * 2
    return [x.is_leaf, y.is_leaf, z.is_leaf, w.is_leaf, z.requires_grad, w.requires_grad,
            y.grad_fn is None, z.grad_fn.name(), z.detach().requires_grad, z.detach().is_leaf]


@program
def requires_grad_of_a_result(torch):
    w = torch.arange(3.0) * 2
    w.requires_grad_()
    (w * w).sum().backward()
    v = w.detach() + 1
    v.requires_grad = True
    (v * v).sum().backward()
    v.requires_grad = False
    u = v * 2
    return [w.grad, v.grad, u.requires_grad, w.is_leaf]


@program
def setting_requires_grad_is_refused(torch):
    x = torch.ones(2, requires_grad=True)
    y = x * 2

    def off():
        y.requires_grad = False
    return [error_of(off), error_of(lambda: torch.ones(2, dtype=torch.int64).requires_grad_())]


@program
def detach_shares_storage(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    d = y.detach()
    d[0] = 50.0
    u = x.detach()
    u.add_(1)
    return [y.detach(), x.detach(), d.requires_grad]


@program
def the_detach_program(torch):
    x = torch.arange(4.0, requires_grad=True)
    y = x * x
    u = y.detach()
    (u * x).sum().backward()
    first = x.grad.clone()
    x.grad.zero_()
    y.sum().backward()
    return [first, x.grad]


@program
def detach_in_place(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.detach_()
    x.detach_()
    return [y.requires_grad, y.is_leaf, x.requires_grad, y]


@program
def data_replaced(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    (w * w).sum().backward()
    w.data = w.data - 0.5 * w.grad
    w.grad = None
    w.data.add_(3)
    (w * w).sum().backward()
    return [w.detach(), w.grad, w.is_leaf, w.requires_grad]


@program
def data_sub(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        (w * w).sum().backward()
        w.data.sub_(0.1 * w.grad)
        w.grad.zero_()
    return [w.detach()]


@program
def grad_is_checked(torch):
    x = torch.ones(2, requires_grad=True)

    def put(value):
        def call():
            x.grad = value
        return call
    x.grad = torch.tensor([5.0, 6.0])
    (x * 2).sum().backward()
    kept = x.grad.clone()
    del x.grad
    return [kept, x.grad, error_of(put(3))[0], error_of(put(torch.ones(3)))[0],
            error_of(put(torch.ones(2, dtype=torch.float64)))[0], error_of(put(x))]


@program
def sgd_in_no_grad(torch):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    for _ in range(5):
        loss = ((w - torch.tensor([3.0, 4.0])) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad = None
    return [w.detach(), w.requires_grad, w.is_leaf]


# In place and views

@program
def in_place_operations(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y.mul_(3)
    y += x
    y[1] = 0.0
    y[2:].copy_(x[:1] * 7)
    (y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    return [y.detach(), x.grad, y._version > 2]


@program
def write_through_a_view(torch):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 2
    row = y[0]
    row.mul_(10)
    t = y.t()
    t[1].add_(x[0])
    (y * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    return [y.detach(), row.detach(), x.grad]


@program
def base_written_after_view(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    v = y[:1]
    y.mul_(5)
    v.sum().backward()
    return [v.detach(), x.grad]


@program
def views_of_a_leaf(torch):
    x = torch.arange(6.0, requires_grad=True)
    v = x.view(2, 3)
    (v[1] * v.t()[0].sum()).sum().backward()
    first = x.grad.clone()
    with torch.no_grad():
        x[0] = 100.0
    (v * v).sum().backward()
    return [first, x.grad, v.detach()]


@program
def in_place_on_a_leaf_is_refused(torch):
    x = torch.ones(2, requires_grad=True)
    return [error_of(lambda: x.add_(1))[0], error_of(lambda: x[0:1].mul_(2))[0],
            error_of(lambda: x.zero_())[0]]


@program
def versions(torch):
    x = torch.zeros(3)
    v = x[1:]
    before = x._version
    x.add_(1)
    v.mul_(2)
    return [before, x._version, v._version]


@program
def unbind_and_diagonal(torch):
    x = torch.arange(9.0).reshape(3, 3).requires_grad_()
    a, b, c = x.unbind(0)
    (a * b + x.diagonal() * c).sum().backward()
    return [x.grad]


@program
def expand_and_broadcast(torch):
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    (x.expand(2, 3) * torch.arange(3.0)).sum().backward()
    return [x.grad]


# Modes

@program
def modes(torch):
    x = torch.ones(1, requires_grad=True)
    seen = [torch.is_grad_enabled()]
    with torch.no_grad():
        seen += [torch.is_grad_enabled(), (x * 2).requires_grad]
        with torch.enable_grad():
            seen += [(x * 2).requires_grad]
        seen += [torch.is_grad_enabled()]
    torch.set_grad_enabled(False)
    seen.append(torch.is_grad_enabled())
    torch.set_grad_enabled(True)
    with torch.set_grad_enabled(False):
        seen.append((x * 2).requires_grad)
    with torch.inference_mode():
        seen += [torch.is_grad_enabled(), torch.is_inference_mode_enabled(),
                 (x * 2).requires_grad]
        with torch.inference_mode(False):
            seen += [torch.is_inference_mode_enabled()]
    seen += [torch.is_inference_mode_enabled(), torch.is_grad_enabled()]
    return seen


@program
def modes_as_decorators(torch):
    x = torch.ones(1, requires_grad=True)

    @torch.no_grad()
    def a():
        return (x * 2).requires_grad

    @torch.no_grad
    def b():
        return (x * 2).requires_grad

    @torch.set_grad_enabled(False)
    def c():
        return (x * 2).requires_grad

    @torch.inference_mode()
    def d():
        return (x * 2).requires_grad

    @torch.no_grad()
    @torch.enable_grad()
    def e():
        return (x * 2).requires_grad

    @torch.enable_grad()
    def recursive(n):
        return [torch.is_grad_enabled()] + (recursive(n - 1) if n else [])
    return [a(), b(), c(), d(), e(), recursive(2), torch.is_grad_enabled(), a.__name__]


@program
def modes_around_generators(torch):
    @torch.no_grad()
    def numbers():
        seen = [torch.is_grad_enabled()]
        try:
            got = yield seen[0]
            seen.append(torch.is_grad_enabled())
            try:
                yield got
            except ValueError:
                seen.append(torch.is_grad_enabled())
                yield "caught"
        finally:
            seen.append(torch.is_grad_enabled())
            results.append(seen)
        return "done"
    results = []
    g = numbers()
    seen = [next(g), torch.is_grad_enabled(), g.send(7), torch.is_grad_enabled()]
    seen += [g.throw(ValueError()), torch.is_grad_enabled()]
    try:
        next(g)
    except StopIteration as stop:
        seen.append(stop.value)
    h = numbers()
    next(h)
    h.close()
    return [seen, results, torch.is_grad_enabled()]


@program
def modes_and_errors(torch):
    try:
        with torch.no_grad():
            raise KeyError
    except KeyError:
        pass

    @torch.no_grad()
    def fails():
        raise KeyError
    first = torch.is_grad_enabled()
    with contextlib.suppress(KeyError):
        fails()
    return [first, torch.is_grad_enabled()]


@program
def modes_belong_to_threads(torch):
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
        seen.append(torch.is_grad_enabled())
    return seen


# Hooks

@program
def tensor_hooks(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    seen = []
    y.register_hook(lambda g: seen.append(("y", g.tolist())))
    y.register_hook(lambda g: g * 10)
    removed = y.register_hook(lambda g: g * 1000)
    removed.remove()
    x.register_hook(lambda g: seen.append(("x", g.tolist())))
    x.register_hook(lambda g: g + 1)
    (y * y).sum().backward()
    return [seen, x.grad]


@program
def hooks_and_retain_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    before = y.retains_grad
    z = y.sum()
    z.retain_grad()
    z.backward(retain_graph=True)
    first = y.grad.clone()
    z.backward()
    return [before, first, y.grad, z.grad, x.grad, x.retains_grad]


@program
def hooks_with_grad(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: g + 100)
    z = (y * y).sum()
    return [*torch.autograd.grad(z, [y], retain_graph=True),
            *torch.autograd.grad(z, [x], retain_graph=True), *torch.autograd.grad(z, [y, x])]


@program
def hooks_after_a_flush(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    shown = y.tolist()
    y.register_hook(lambda g: g * 2)
    z = y * y
    z.register_hook(lambda g: g * 5)
    more = z.tolist()
    z.sum().backward()
    return [shown, more, x.grad]


@program
def hook_on_a_tensor_used_twice(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    calls = []
    y.register_hook(lambda g: calls.append(g.item()))
    (y * 3 + y * y).backward()
    return [calls, x.grad]


@program
def hooks_and_second_order(torch):
    x = torch.tensor(2.0, requires_grad=True)
    y = x ** 3
    y.register_hook(lambda g: g * x)
    g, = torch.autograd.grad(y, x, create_graph=True)
    h, = torch.autograd.grad(g, x)
    return [g.detach(), h]


SEVERAL_RESULTS: list[Callable[[Any, Any], Any]] = [
    lambda torch, x: torch.var_mean(x, 1, unbiased=False),
    lambda torch, x: torch.std_mean(x, 0, keepdim=True),
    lambda torch, x: torch.aminmax(x, dim=1),
    lambda torch, x: x.sin().unbind(0),
    lambda torch, x: torch.linalg.qr(x),
    lambda torch, x: torch.linalg.lu(x)[1:],
    lambda torch, x: cell(torch)(x * 0.1)]


def cell(torch: Any) -> Any:
    """An ``LSTMCell`` of three inputs, the same each time."""
    made = torch.nn.LSTMCell(3, 2)
    with torch.no_grad():
        for p in made.parameters():
            p.copy_(torch.linspace(-1, 1, p.numel()).view(p.shape))
    return made


@program
def hooks_on_one_of_several_results(torch):
    seen, found = [], []
    for of in SEVERAL_RESULTS:
        for k in range(4):
            x = torch.tensor([[1.0, 3.0, 2.0], [5.0, 4.0, 9.0], [2.0, 7.0, 4.0]])
            results = of(torch, x.requires_grad_())
            y = results[k % 2]
            if k < 2:
                y.register_hook(lambda ct: (seen.append(ct.sum()), ct * 2 + 1)[1])
            else:
                y.grad_fn.register_hook(lambda given, arrived: None)
            sum([(z * z.sin()).sum() for z in results]).backward()
            found.append(x.grad[k % 3])
    return seen, found


@program
def post_accumulate_hook(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    seen = []

    def step(p):
        seen.append(p.grad.tolist())
        with torch.no_grad():
            p.sub_(p.grad)
        p.grad = None
    handle = w.register_post_accumulate_grad_hook(step)
    (w * w).sum().backward()
    handle.remove()
    (w * 3).sum().backward()
    y = w * 2
    return [seen, w.detach(), w.grad,
            error_of(lambda: y.register_post_accumulate_grad_hook(step))[0]]


@program
def hooks_that_fail(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: g.sum())
    return [error_of(lambda: y.sum().backward())[0],
            error_of(lambda: torch.ones(1).register_hook(print))]


@program
def node_hooks(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    seen = []
    y.grad_fn.register_prehook(lambda gs: (gs[0] * 2,))

    def post(inputs, outputs):
        seen.append([[g.tolist() for g in inputs], [g.tolist() for g in outputs]])
        return inputs[0], inputs[1] * 10
    y.grad_fn.register_hook(post)
    y.sum().backward()
    return [seen, x.grad, w.grad]


@program
def accumulator_hooks(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    end = y.grad_fn.next_functions[0][0]
    seen = []
    end.register_prehook(lambda gs: seen.append(gs[0].tolist()))
    end.register_hook(lambda i, o: seen.append((len(i), o[0].tolist())))
    y.sum().backward()
    return [seen, end.variable is x, x.grad]


# grad_fn

@program
def the_graph(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([1.0, 2.0])
    y = x * c
    z = (y + 1).sin().sum()
    names = []
    node = z.grad_fn
    while node is not None:
        names.append(node.name())
        following = [n for n, _ in node.next_functions]
        names.append(len(following))
        node = following[0] if following else None
    return [names, y.grad_fn is y.grad_fn, y.grad_fn == y.grad_fn,
            y.grad_fn.next_functions[1], x.grad_fn, y.grad_fn.next_functions[0][0].variable is x,
            z.grad_fn.metadata]


@program
def the_graph_after_a_flush(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    fn = y.grad_fn
    shown = y.tolist()
    z = y.exp()
    more = z.tolist()
    return [shown, fn is y.grad_fn, z.grad_fn.name(), z.grad_fn.next_functions[0][0] is fn,
            fn.next_functions[0][0].name(), len(more)]


@program
def names_of_nodes(torch):
    x = torch.ones(2, 2, requires_grad=True)
    found = [x + 1, x - 1, x * 2, x / 2, -x, x ** 2, x.exp(), x.log(), x.sum(), x.mean(), x @ x,
             x.t(), x[0], x.reshape(4), x.relu(), x.sigmoid(), x.tanh(), x.abs(), x.clone(),
             x.view(4), torch.cat([x, x]), torch.stack([x, x]), x.max(), x.permute(1, 0),
             x.unsqueeze(0), x.expand(3, 2, 2), torch.where(x > 0, x, x), x.cos(), x.sqrt()]
    return [t.grad_fn.name() for t in found]


@program
def output_numbers(torch):
    x = torch.ones(2, 3, requires_grad=True)
    a, b = x.unbind(0)
    return [a.output_nr, b.output_nr, a.grad_fn.name(), x.output_nr]


# Errors

@program
def errors(torch):
    x = torch.ones(3, requires_grad=True)
    y = x * x
    done = (x * x).sum()
    done.backward()
    return [error_of(lambda: y.backward()), error_of(lambda: torch.ones(()).backward()),
            error_of(lambda: done.backward()),
            error_of(lambda: y.backward(torch.ones(2))),
            error_of(lambda: torch.autograd.grad(y.sum(), torch.ones(2))),
            error_of(lambda: torch.autograd.backward([y, y], [torch.ones(3)])),
            error_of(lambda: torch.autograd.grad(y.sum(), [])),
            error_of(lambda: torch.ones(2).retain_grad())]


# Custom functions

def functions(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x ** 3

        @staticmethod
        def backward(ctx, grad):
            x, = ctx.saved_tensors
            return grad * 3 * x ** 2

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x.exp()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(output)

        @staticmethod
        def backward(ctx, grad):
            out, = ctx.saved_tensors
            return grad * out

    class Affine(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, scale, name, shift):
            ctx.scale = scale
            ctx.seen = ctx.needs_input_grad
            return x * scale + shift, x - shift

        @staticmethod
        def backward(ctx, a, b):
            log.append((ctx.seen, a.tolist(), b.tolist()))
            return a * ctx.scale + b, None, None, (a - b).sum()
    log = []
    return Cube, Exp, Affine, log


@program
def custom_function(torch):
    cube, exp, affine, log = functions(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = cube.apply(x) + exp.apply(x)
    first = list(torch.autograd.grad(y.sum(), x))
    a, _ = affine.apply(x, 3.0, "name", torch.tensor(1.0, requires_grad=True))
    a.sum().backward()
    return [first, y.detach(), y.grad_fn.next_functions[0][0].name(), a.detach(), log, x.grad]


@program
def custom_function_twice(torch):
    cube, exp, _, _ = functions(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (cube.apply(x) * exp.apply(x)).sum()
    found = []
    for _ in range(3):
        y, = torch.autograd.grad(y.sum(), x, create_graph=True)
        found.append(y.detach())
    return found


@program
def custom_function_second_order_after_flush(torch):
    cube, exp, _, _ = functions(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = cube.apply(x * 2)
    shown = y.tolist()
    z = exp.apply(y / 10)
    more = z.tolist()
    g, = torch.autograd.grad(z.sum(), x, create_graph=True)
    again = g.tolist()
    h, = torch.autograd.grad(g.sum(), x)
    return [shown, more, again, h]


@program
def custom_function_under_no_grad(torch):
    cube, _, _, _ = functions(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        y = cube.apply(x)
    z = cube.apply(torch.ones(2))
    return [y, y.requires_grad, z.requires_grad, z.grad_fn]


@program
def custom_function_wanted_inputs(torch):
    _, _, affine, _ = functions(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    s = torch.tensor(1.0, requires_grad=True)
    h = x * 2
    a, b = affine.apply(h, 3.0, "n", s)
    out = (a * b).sum()
    return list(torch.autograd.grad(out, [h, s, x], retain_graph=True)) + list(
        torch.autograd.grad(out, [s]))


@program
def custom_function_freed(torch):
    cube, _, _, _ = functions(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = cube.apply(x).sum()
    y.backward()
    return [error_of(lambda: y.backward())]


@program
def custom_function_second_output_only(torch):
    _, _, affine, log = functions(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    _, b = affine.apply(x, 3.0, "n", torch.tensor(1.0))
    (b * b).sum().backward()
    return [x.grad, log]


@program
def custom_errors(torch):
    def make(result):
        class Bad(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return result(g)
        return Bad
    x = torch.ones(2, requires_grad=True)
    return [error_of(lambda r=r: make(r).apply(x, 3.0).sum().backward()) for r in (
        lambda g: g, lambda g: (g, None, None), lambda g: (torch.ones(3), None),
        lambda g: (g, g), lambda g: (3.0, None))] + [
        error_of(lambda: make(lambda g: (g, None, g)).apply(x, 3.0).sum().backward())[0]]


@program
def custom_no_materializing(torch):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, a, b):
            seen.append((a is None, b is None))
            return b * 2
    seen = []
    x = torch.ones(2, requires_grad=True)
    _, b = Two.apply(x)
    b.sum().backward()
    return [seen, x.grad]


@program
def custom_non_differentiable(torch):
    class Sort(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, places = x.sort()
            ctx.mark_non_differentiable(places)
            ctx.save_for_backward(places)
            return values, places

        @staticmethod
        def backward(ctx, g, _):
            places, = ctx.saved_tensors
            return torch.zeros_like(g).index_add_(0, places, g)
    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    v, p = Sort.apply(x)
    (v * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    return [v.requires_grad, p.requires_grad, p, x.grad]


@program
def custom_dirty(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    z = Double.apply(y)
    (z * z).sum().backward()
    return [z is y, y.detach(), x.grad, y.grad_fn.name(),
            error_of(lambda: Double.apply(x))[0]]


@program
def custom_identity(torch):
    class Reverse(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view_as(x)

        @staticmethod
        def backward(ctx, g):
            return -g

    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return -g
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    (Reverse.apply(y) * 2 + Same.apply(y) * 5).sum().backward()
    return [x.grad, Same.apply(x) is x]


@program
def custom_once_differentiable(torch):
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x ** 2

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            x, = ctx.saved_tensors
            return g * 2 * x
    x = torch.tensor(3.0, requires_grad=True)
    g, = torch.autograd.grad(Once.apply(x), x, create_graph=True)
    return [g.detach(), error_of(lambda: g.backward())[0]]


@program
def custom_saving_intermediates(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            s = x.sin()
            ctx.save_for_backward(x, None, s)
            ctx.times = 2
            return s * 2

        @staticmethod
        def backward(ctx, g):
            x, _, s = ctx.saved_tensors
            ctx.times += 1
            return g * x.cos() * 2 + 0 * s
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    F.apply(x * 1).sum().backward()
    return [x.grad]


@program
def custom_broadcast_gradient(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return g * 2, g * 3
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    y = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    F.apply(x, y).sum().backward()
    return [x.grad, y.grad]


@program
def custom_forward_that_looks(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.sign = 1.0 if x.sum().item() > 0 else -1.0
            ctx.save_for_backward(x)
            return x * ctx.sign

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.saved_tensors[0].tolist())
            return g * ctx.sign
    seen = []
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = x * 2
    F.apply(y).exp().sum().backward()
    return [seen, x.grad]


# Saved tensors, checkpoint, anomaly

@program
def saved_hooks(torch):
    seen = []

    def pack(t):
        seen.append(("pack", t.tolist()))
        return t.tolist()

    def unpack(kept):
        seen.append(("unpack", kept))
        return torch.tensor(kept)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = x * w
        z = y.sum()
    packed = sorted(seen)
    z.backward()
    return [packed, len(seen), x.grad, w.grad]


@program
def saved_hooks_of_a_function(torch):
    cube, _, _, _ = functions(torch)
    seen = []

    def pack(t):
        seen.append("pack")
        return t * 10

    def unpack(t):
        seen.append("unpack")
        return t / 10
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = cube.apply(x)
    y.sum().backward()
    return [seen, x.grad]


@program
def checkpoints(torch):
    from_utils = torch.utils.checkpoint.checkpoint
    w = torch.tensor([0.5, -1.0], requires_grad=True)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    runs = []

    def block(a, b=None):
        runs.append(torch.is_grad_enabled())
        return (a * w).sin(), a.exp()
    found = []
    for reentrant in (False, True):
        h = x * 2
        s, e = from_utils(block, h, use_reentrant=reentrant)
        out = (s * e).sum() + h.sum()
        out.backward()
        found += [out.detach(), x.grad, w.grad, len(runs)]
        x.grad = w.grad = None
    return found


@program
def checkpoint_with_grad(torch):
    check = torch.utils.checkpoint.checkpoint
    w = torch.tensor([0.5, -1.0], requires_grad=True)
    x = torch.tensor([1.0, 2.0])
    y = check(lambda a: (a * w).tanh(), x, use_reentrant=False)
    z = check(lambda a: a * a * w, y, use_reentrant=False)
    return [z.requires_grad, *torch.autograd.grad(z.sum(), w)]


@program
def checkpoint_second_order(torch):
    check = torch.utils.checkpoint.checkpoint
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = check(lambda a: a.sin() * a, x, use_reentrant=False).sum()
    g, = torch.autograd.grad(y, x, create_graph=True)
    h, = torch.autograd.grad(g.sum(), x)
    return [g.detach(), h]


@program
def checkpoint_keeps_the_numbers(torch):
    check = torch.utils.checkpoint.checkpoint
    torch.manual_seed(3)
    x = torch.ones(4, requires_grad=True)
    y = check(lambda a: a * torch.rand(4), x, use_reentrant=False)
    y.sum().backward()
    after = torch.rand(2)
    return [bool((x.grad == y.detach()).all()), after]


@program
def anomaly(torch):
    import warnings
    x = torch.tensor([-1.0, 4.0], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.detect_anomaly():
            y = x * 1
            return [error_of(lambda: (y.sqrt() * 2).sum().backward())]


@program
def anomaly_of_a_custom_function(torch):
    """NaN that a custom function gives is an error in this mode, and a gradient without."""
    import warnings

    class Root(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.clone()

        @staticmethod
        def backward(ctx, ct):
            x, = ctx.saved_tensors
            return ct * x.sqrt()

    x = torch.tensor([-1.0, 4.0], requires_grad=True)
    found = []
    for _ in range(2):
        Root.apply(x * 1).sum().backward()
        found += [x.grad.isnan(), x.grad[1]]
        x.grad = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.detect_anomaly():
            found.append(error_of(Root.apply(x * 1).sum().backward))
        with torch.autograd.detect_anomaly(check_nan=False):
            Root.apply(x * 1).sum().backward()
    return [*found, x.grad.isnan()]


# Forward mode

@program
def forward_mode(torch):
    fw = torch.autograd.forward_ad
    x, t = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 1.0])
    with fw.dual_level():
        d = fw.make_dual(x, t)
        y = (d * d).sin() + d[0]
        value, tangent = fw.unpack_dual(y)
        m = torch.cat([d, d.exp()]).reshape(2, 2) @ d
        plain = fw.unpack_dual(x * 2)
        return [value, tangent, fw.unpack_dual(m).tangent, plain.tangent,
                fw.unpack_dual(d.detach()).tangent]


@program
def forward_mode_in_place(torch):
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        d = fw.make_dual(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 10.0, 100.0]))
        y = d * 1
        y.mul_(d)
        y[0] = d[1] * 2
        return [fw.unpack_dual(y).tangent]


@program
def reverse_over_forward(torch):
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with fw.dual_level():
        d = fw.make_dual(x, torch.tensor([1.0, 1.0]))
        tangent = fw.unpack_dual(d ** 3).tangent
        return list(torch.autograd.grad(tangent.sum(), x))


@program
def forward_over_reverse(torch):
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 5.0], requires_grad=True)
    with fw.dual_level():
        d = fw.make_dual(x, torch.tensor([1.0, 10.0]))
        y = (d ** 3 * w).sum()
        g, h = torch.autograd.grad(y, [x, w])
        return [g.detach(), *[fw.unpack_dual(a).tangent.detach() for a in (g, h)]]


@program
def forward_mode_of_a_function(torch):
    class F(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, n):
            ctx.save_for_forward(x)
            ctx.n = n
            return x ** n

        @staticmethod
        def jvp(ctx, t, _):
            x, = ctx.saved_tensors
            return t * ctx.n * x ** (ctx.n - 1)
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        d = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 1.0]))
        return [fw.unpack_dual(F.apply(d, 3)).tangent]


@program
def forward_mode_errors(torch):
    fw = torch.autograd.forward_ad
    one = torch.ones(1)

    def nested():
        with fw.dual_level(), fw.dual_level():
            pass
    return [error_of(lambda: fw.make_dual(one, one))[0], error_of(nested)[0]]


# Functions of functions

@program
def functional(torch):
    F = torch.autograd.functional
    x = torch.tensor([1.0, 2.0])

    def f(x):
        return (x ** 3).sum()

    def g(x, y):
        return x * y, y.sum()
    return [F.jacobian(lambda x: x ** 2, x), F.hessian(f, x), F.vjp(f, x), F.jvp(f, x, x),
            F.hvp(f, x, x), F.vhp(f, x, x), F.jacobian(g, (x, x + 1)),
            F.hessian(lambda a, b: (a * a * b).sum(), (x, x))]


@program
def transforms(torch):
    from_func = torch.func
    x = torch.tensor([1.0, 2.0])

    def f(x):
        return (x ** 3).sum()
    value, pull = from_func.vjp(torch.sin, x)
    return [from_func.grad(f)(x), from_func.hessian(f)(x), from_func.jacrev(torch.sin)(x),
            from_func.jacfwd(torch.sin)(x), from_func.jvp(torch.sin, (x,), (x,)), value,
            pull(x), from_func.grad_and_value(f)(x),
            from_func.grad(lambda y: from_func.grad(f)(y)[0])(x),
            from_func.jacfwd(from_func.jacrev(f))(x),
            from_func.grad(lambda p, y: (p["w"] * y).sum() + p["b"])(
                {"w": x, "b": torch.tensor(1.0)}, x)]


@program
def checks(torch):
    x = torch.tensor([0.3, 0.7], dtype=torch.float64, requires_grad=True)
    z = torch.tensor([0.3 + 0.5j, 0.7 - 1j], dtype=torch.complex128, requires_grad=True)
    check, again = torch.autograd.gradcheck, torch.autograd.gradgradcheck

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 3
    return [check(lambda x: x.sin() * x.exp(), (x,)), again(lambda x: x.sin() * x.exp(), (x,)),
            check(lambda z: (z * z).exp(), (z,)), check(lambda x, z: (x * z).abs(), (x, z)),
            check(Wrong.apply, (x,), raise_exception=False),
            error_of(lambda: check(Wrong.apply, (x,)))]


# Threads

@program
def backward_in_another_thread(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    thread = threading.Thread(target=y.backward)
    thread.start()
    thread.join()
    return [x.grad]


@program
def forwards_in_threads(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    made = [None] * 4

    def work(k):
        made[k] = (x * (k + 1)).sin()
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    sum(m.sum() for m in made).backward()
    return [x.grad]
