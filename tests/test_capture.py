"""A function on placeholders: ``engine/recording/capture.py``.

:func:`agree` is the main test: the graph of a function, run by each backend, gives what the
function gives; so do its writes and gradients; and nothing from outside is changed by the capture.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch
from custom_functions import Double
from wengert.config import config
from wengert.engine.backends.interpreter import interpret
from wengert.engine.backends.straight import straight
from wengert.engine.check import check
from wengert.engine.graph import Graph, Node, reachable
from wengert.engine.ops.structural import free
from wengert.engine.recording.capture import CannotCapture, ValueNeeded, apply, capture
from wengert.engine.recording.handle import Handle
from wengert.engine.recording.recording import here
from wengert.engine.recording.structures import tensors_in
from wengert.engine.text import parse_graph, print_graph
from wengert.engine.transforms.jvp import jvp
from wengert.engine.transforms.vjp import vjp


def state(handle: Any) -> Any:
    """What can be seen of a tensor."""
    grad = None if handle.grad is None else handle.grad.detach().numpy().copy()
    return (handle.detach().numpy().copy(), handle.requires_grad, handle.is_leaf, grad,
            handle._version)


def assert_equal(a: Any, b: Any) -> None:
    if isinstance(a, np.ndarray):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    elif isinstance(a, (list, tuple)):
        for x, y in zip(a, b, strict=True):
            assert_equal(x, y)
    else:
        assert a == b


def nodes_in(value: Any) -> list[Node]:
    """The nodes of a result, in order."""
    if isinstance(value, Node):
        return [value]
    items = value.values() if isinstance(value, dict) else (
        value if isinstance(value, (list, tuple)) else ())
    return [node for item in items for node in nodes_in(item)]


def agree(function: Callable[..., Any], *args: Any, others: tuple[Any, ...] = ()) -> Any:
    """Capture ``function(*args)``, which reads and writes ``others`` too, and call it; what was
    captured."""
    rec, modes = here.recording, (here.modes.grad, here.modes.held, here.modes.observers)
    before = [state(h) for h in (*tensors_in(args), *others)]
    captured = capture(function, *args)
    assert (here.modes.grad, here.modes.held, here.modes.observers) == modes
    assert not here.recording.captures
    assert_equal([state(h) for h in (*tensors_in(args), *others)], before)
    graph = captured.graph
    check(graph)
    values = captured.values()
    runs = [run(graph)(list(values)) for run in (interpret, straight)]
    runs.append(interpret(parse_graph(print_graph(graph)))(list(values)))
    result = function(*args)
    count = len(list(tensors_in(result)))
    expected = [h.detach().numpy() for h in tensors_in(result)]
    expected += [write.tensor.detach().numpy() for write in captured.writes]
    expected += [h.grad.numpy() for h, node in captured.grads if node is not None]
    assert len(nodes_in(captured.result)) == count
    for found in runs:
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            assert np.shape(a) == b.shape
            np.testing.assert_allclose(a, b, rtol=2e-6)
    del rec
    return captured


def vector(grad: bool = False) -> Any:
    return torch.tensor([1.0, -2.0, 3.0], requires_grad=grad)


# ---- what it gives ----

def test_the_graph_of_a_function() -> None:
    captured = agree(lambda x, y: (x * y).sum() + 1, vector(), vector())
    assert len(captured.graph.inputs) == 3 and captured.inputs[2] == 1
    assert isinstance(captured.result, Node) and captured.graph.outputs == (captured.result,)
    assert not captured.writes and not captured.grads and not captured.looked


def test_structures_and_what_is_no_tensor() -> None:
    def function(batch: Any, scale: float, *, names: Any = None) -> Any:
        return {"out": [batch["x"] * scale, (batch["y"][0], "kept")], "n": 3, "none": None}

    batch = {"x": vector(), "y": (vector(), 2)}
    captured = agree(lambda b: function(b, 2.5, names=["a"]), batch)
    assert list(captured.result) == ["out", "n", "none"]
    assert captured.result["n"] == 3 and captured.result["none"] is None
    assert isinstance(captured.result["out"][0], Node)
    assert captured.result["out"][1][1] == "kept"
    assert capture(lambda x: 7, vector()).result == 7
    assert capture(lambda *, x: x["k"] + 1, x={"k": vector()}).graph.outputs[0].shape == (3,)


def test_a_tensor_given_twice_is_one_placeholder() -> None:
    x = vector()
    assert len(capture(lambda a, b: a + b, x, x).graph.inputs) == 1
    assert len(capture(lambda a, b: a + b, x, vector()).graph.inputs) == 2


def test_captured_tensors_are_further_inputs() -> None:
    w, v = vector(grad=True), vector()
    captured = agree(lambda x: x * w + v + w, vector())
    assert captured.inputs[1] is w and captured.inputs[2] is v
    assert [node.requires_grad for node in captured.graph.inputs] == [False, True, False]
    with torch.no_grad():
        w.mul_(2)
    found = interpret(captured.graph)(captured.values())[0]   # the values of now
    np.testing.assert_allclose(found, (vector() * w + v + w).detach().numpy())


def test_values_made_inside_are_arrays() -> None:
    captured = agree(lambda x: x + torch.tensor([1.0, 2.0, 3.0]), vector())
    assert isinstance(captured.inputs[1], np.ndarray)


def test_random_numbers_are_those_that_were_drawn() -> None:
    def function(x: Any) -> Any:
        return x * torch.rand(3)

    torch.manual_seed(4)
    captured = capture(function, vector())
    torch.manual_seed(4)
    expected = function(vector()).numpy()
    np.testing.assert_array_equal(interpret(captured.graph)(captured.values())[0], expected)
    np.testing.assert_array_equal(interpret(captured.graph)(captured.values())[0], expected)


def test_a_second_capture_gives_the_same_graph() -> None:
    def function(x: Any) -> Any:
        return (x.exp() * x).sum()

    first = capture(function, vector())
    assert (capture(function, vector() + 1).graph is first.graph) == (
        not config.lines_in_steps)
    assert capture(function, torch.ones(4)).graph is not first.graph
    assert capture(function, vector(grad=True)).graph is not first.graph


def test_layouts_are_kept() -> None:
    x = torch.arange(6.0).reshape(2, 3).t()
    captured = agree(lambda x: (x.contiguous(), x.is_contiguous(), x.reshape(6)), x)
    assert captured.result[1] is False


# ---- transforms of it ----

def test_reverse_and_forward_mode_of_the_graph() -> None:
    w = vector()

    def function(x: Any) -> Any:
        return (x.sin() * w).sum()

    x = vector(grad=True)
    captured = capture(function, x)
    place = captured.graph.inputs[0]
    ct = free((), captured.result.dtype)
    t = free((3,), captured.result.dtype)
    pulled = vjp({captured.result: ct})[place]
    pushed = jvp(reachable([captured.result]), {place: t})[captured.result]
    values = captured.values()
    grads = interpret(Graph([*captured.graph.inputs, ct], [pulled]))(
        [*values, np.float32(1)])[0]
    function(x).backward()
    np.testing.assert_allclose(grads, x.grad.numpy(), rtol=1e-6)
    tangent = interpret(Graph([*captured.graph.inputs, t], [pushed]))(
        [*values, np.ones(3, np.float32)])[0]
    np.testing.assert_allclose(tangent, x.grad.numpy().sum(), rtol=1e-6)


def test_a_graph_is_applied_as_one_step() -> None:
    w = vector(grad=True)
    graph = capture(lambda x: ((x * w).sin().sum(), x + 1), vector()).graph
    x = vector(grad=True)
    total, other = apply(graph, [x, w, 1])
    (total + other.sum()).backward()
    expected, v = vector(grad=True), vector(grad=True)
    ((expected * v).sin().sum() + (expected + 1).sum()).backward()
    np.testing.assert_allclose(x.grad.numpy(), expected.grad.numpy(), rtol=1e-6)
    np.testing.assert_allclose(w.grad.numpy(), v.grad.numpy(), rtol=1e-6)
    with pytest.raises(RuntimeError, match=r"float32\[2\], not float32\[3\]"):
        apply(graph, [torch.ones(2), w, 1])


def test_a_gradient_inside() -> None:
    agree(torch.func.grad(lambda x: (x ** 3).sum()), vector())
    agree(torch.func.hessian(lambda x: (x ** 3).sum()), vector())
    agree(lambda x: torch.func.jvp(torch.sin, (x,), (x,)), vector())
    w = vector(grad=True)
    agree(lambda: torch.autograd.grad((w * w).sum(), w), others=(w,))


# ---- writes ----

def test_writes_to_placeholders() -> None:
    def function(x: Any) -> Any:
        x.add_(1)
        x[0].mul_(3)
        x[1:] = 5
        return x.sum()

    captured = agree(function, vector())
    assert len(captured.writes) == 1 and captured.writes[0].times == 3


def test_writes_to_captured_tensors() -> None:
    w, v = vector(), vector()

    def function(x: Any) -> Any:
        w.add_(x)
        return w * v

    captured = agree(function, vector(), others=(w, v))
    assert [write.tensor is w for write in captured.writes] == [True]


def test_writes_to_leaves_and_parameters() -> None:
    layer = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)

    def step(x: Any) -> Any:
        loss = layer(x).pow(2).sum()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss

    captured = agree(step, vector(), others=tuple(layer.parameters()))
    assert [write.tensor for write in captured.writes] == [*layer.parameters()]
    assert not captured.grads


def test_writes_through_views_of_captured_tensors() -> None:
    base = torch.arange(6.0).reshape(2, 3)
    row = base[1]

    def function() -> Any:
        base.t()[0].mul_(10)
        row.add_(1)
        return row.sum(), base * 1

    before = [row.numpy().copy()]
    captured = agree(function, others=(base, row)) if False else capture(function)
    np.testing.assert_array_equal(row.numpy(), before[0])
    found = interpret(captured.graph)(captured.values())
    outs = function()
    np.testing.assert_allclose(found[0], outs[0].numpy())
    np.testing.assert_allclose(found[1], outs[1].numpy())
    written = {id(write.tensor): node for write, node in zip(
        captured.writes, found[2:], strict=True)}
    np.testing.assert_allclose(written[id(base)], base.numpy())


def test_views_and_detached_aliases_inside() -> None:
    def function(x: Any) -> Any:
        y = x * 2
        z = y.detach()
        z[0] = 7
        w = y.view(3, 1)
        w.add_(1)
        return y, z, w.t()

    agree(function, vector())


# ---- gradients ----

def test_gradients_of_leaves_from_outside() -> None:
    w, u = vector(grad=True), vector(grad=True)
    u.grad = torch.ones(3)

    def function(x: Any) -> Any:
        loss = (w * x * u).sum()
        loss.backward()
        return loss

    captured = capture(function, vector())
    assert w.grad is None and u.grad.tolist() == [1, 1, 1]
    assert [(h is w, node is not None) for h, node in captured.grads] == [(True, True)]
    assert [write.tensor is u.grad for write in captured.writes] == [True]
    found = interpret(captured.graph)(captured.values())
    function(vector())
    np.testing.assert_allclose(found[1], u.grad.numpy())
    np.testing.assert_allclose(found[2], w.grad.numpy())


def test_a_gradient_taken_away() -> None:
    w = vector(grad=True)
    (w * 2).sum().backward()
    kept = w.grad

    def function() -> None:
        w.grad = None

    captured = capture(function)
    assert w.grad is kept and captured.grads == ((w, None),)


def test_gradients_of_placeholders_and_of_computed_tensors() -> None:
    w = vector(grad=True)
    y = w * 2
    x = vector(grad=True)
    captured = capture(lambda x: (x * y).sum().backward(), x)
    assert [h is x or h is y for h, _ in captured.grads] == [True, True]
    assert x.grad is None and w.grad is None
    (y * 3).sum().backward()   # its history is whole
    assert w.grad.tolist() == [6, 6, 6]


def test_the_history_of_a_captured_tensor_goes_on_after_it() -> None:
    w = vector(grad=True)
    y = w * 2
    assert y.tolist() == [2, -4, 6]
    capture(lambda x: x + y, vector())
    (y * y).sum().backward()
    np.testing.assert_allclose(w.grad.numpy(), 8 * w.detach().numpy())


# ---- captures in captures ----

def test_nested_captures() -> None:
    inner: list[Any] = []

    def outer(x: Any) -> Any:
        y = x * 2
        inner.append(capture(lambda z: z + y + x, x))
        assert here.recording.captures
        out, = apply(inner[0].graph, [y, y, x])
        return out + y

    captured = capture(outer, vector())
    assert len(inner[0].graph.inputs) == 3
    found = interpret(captured.graph)(captured.values())[0]
    np.testing.assert_allclose(found, 7 * vector().numpy())


def test_a_nested_capture_undoes_writes_to_the_outer_ones_tensors() -> None:
    def outer(x: Any) -> Any:
        y = x * 2
        v = y[1:]
        captured = capture(lambda: v.add_(1))
        assert [write.tensor is v for write in captured.writes] == [True]
        return y, v

    agree(outer, vector())


# ---- what it cannot give ----

ASKING: dict[str, Callable[[Any], Any]] = {
    "item": lambda x: x.sum().item(),
    "bool": lambda x: 1 if x.sum() > 0 else 2,
    "float": lambda x: float(x[0]),
    "numpy": lambda x: x.numpy(),
    "tolist": lambda x: (x * 2).tolist(),
    "print": lambda x: repr(x + 1),
    "a placeholder": lambda x: x[0].item(),
    "a nonzero": lambda x: (x * 2).nonzero(),
    "a mask": lambda x: x[x > 0],
    "an index": lambda x: [1, 2, 3][x.argmax()],
    "a value in forward mode": lambda x: torch.func.jvp(
        lambda y: y * y.sum().item(), (x,), (x,)),
}


@pytest.mark.parametrize("name", ASKING)
def test_asking_for_a_value(name: str) -> None:
    rec = here.recording
    with pytest.raises(ValueNeeded, match=r"test_capture\.py:\d+") as caught:
        capture(ASKING[name], vector())
    assert isinstance(caught.value, CannotCapture)
    assert caught.value.line[0].endswith("test_capture.py")
    assert not here.recording.captures and here.modes.open is None and not here.modes.held
    assert (vector() + 1).tolist() == [2, -1, 4]
    del rec


def test_looking_at_a_captured_value() -> None:
    w = vector()
    captured = capture(lambda x: x * w[0].item() if False else x * w.tolist()[2], vector())
    assert captured.looked and captured.inputs[1] == 3.0


def test_a_function_that_a_graph_cannot_stand_for() -> None:
    w = vector(grad=True)

    def hooked(x: Any) -> Any:
        y = x * w
        y.register_hook(lambda g: g)
        return y

    for function in (Double.apply, hooked, lambda x: w.requires_grad_(False),
                     lambda x: w.register_hook(lambda g: g),
                     lambda x: torch.set_grad_enabled(False)):
        with pytest.raises(CannotCapture):
            capture(function, vector(grad=True))
        assert torch.is_grad_enabled()
    w.requires_grad_()


def test_forward_mode_and_saved_tensors_around_it() -> None:
    with torch.autograd.forward_ad.dual_level(), pytest.raises(CannotCapture):
        capture(lambda x: x, vector())
    with torch.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x), pytest.raises(
            CannotCapture):
        capture(lambda x: x, vector())


def test_memory_that_numpy_shares() -> None:
    array = np.ones(3, np.float32)
    shared = torch.from_numpy(array)
    captured = agree(lambda x: x + shared, vector())
    array[:] = 5
    assert interpret(captured.graph)(captured.values())[0].tolist() == [6, 3, 8]
    with pytest.raises(ValueNeeded):
        capture(lambda: shared.add_(1))
    assert array.tolist() == [5, 5, 5] and shared.tolist() == [5, 5, 5]


def test_tensors_that_are_carried_out_have_no_value() -> None:
    kept: list[Any] = []
    capture(lambda x: kept.append(x * 2), vector())
    assert kept[0].shape == (3,)
    for use in (lambda: kept[0].tolist(), lambda: (kept[0] + 1).tolist()):
        with pytest.raises(CannotCapture, match="has no value"):
            use()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_nothing_half_open(error: type[BaseException]) -> None:
    layer = torch.nn.Linear(3, 3)
    w = vector(grad=True)
    base = torch.arange(3.0)
    view = base[1:]
    things = (*layer.parameters(), w, base, view)
    before = [state(h) for h in things]

    def function(x: Any) -> Any:
        with torch.no_grad():
            for p in layer.parameters():
                p.mul_(2)
            w.add_(1)
            view.sub_(4)
            torch.set_grad_enabled(True)
            (layer(x) * w).sum().backward()
            raise error("stop")

    pending = w * 5
    with pytest.raises(error, match="stop"):
        capture(function, vector())
    assert torch.is_grad_enabled() and not here.modes.held and not here.modes.observers
    assert not here.recording.captures
    assert_equal([state(h) for h in things], before)
    np.testing.assert_allclose(pending.detach().numpy(), 5 * vector().numpy())
    (layer(vector()) * w).sum().backward()
    assert w.grad is not None and layer.weight.grad is not None


def test_threads() -> None:
    w = vector(grad=True)
    found: list[Any] = []

    def work(k: int) -> None:
        try:
            for _ in range(50):
                captured = capture(lambda x: (x * w).sum() * k, vector())
                found.append(float(interpret(captured.graph)(captured.values())[0]) == 14 * k)
        except BaseException as error:
            found.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200 and all(one is True for one in found)
    assert w.tolist() == vector().tolist()


def test_a_tensor_that_waits_in_another_thread() -> None:
    made: list[Any] = []
    thread = threading.Thread(target=lambda: made.append(vector() * 2))
    thread.start()
    thread.join()
    agree(lambda x: x + made[0], vector(), others=(made[0],))


def test_modes_of_the_capture() -> None:
    with torch.no_grad():
        captured = capture(lambda x: x * 2, vector(grad=True))
        assert not captured.result.requires_grad
        assert not torch.is_grad_enabled()
    assert capture(lambda x: x * 2, vector(grad=True)).result.requires_grad


def test_what_is_recorded_already_is_not_part_of_it() -> None:
    x = vector()
    y = x * 3
    captured = capture(lambda x: x + y, x)
    assert len(captured.graph.inputs) == 2 and captured.inputs[1] is y
    assert y.tolist() == [3, -6, 9]


def test_compiled_functions_are_part_of_the_graph() -> None:
    fast = torch.compile(lambda a: a * 2)
    w = vector()
    for _ in range(3):
        fast(w)
    captured = capture(lambda x: x + fast(w), vector())
    assert captured.inputs[1] is w
    with torch.no_grad():
        w.add_(1)
    np.testing.assert_allclose(interpret(captured.graph)(captured.values())[0],
                               vector().numpy() + 2 * w.numpy())


def test_generators_keep_their_modes() -> None:
    def draws() -> Any:
        with torch.no_grad():
            while True:
                yield torch.is_grad_enabled()

    inside = draws()

    def function(x: Any) -> Any:
        assert next(inside) is False
        return x * 2

    assert capture(function, vector(grad=True)).result.requires_grad
    inside.close()
    assert isinstance(vector() * 2, Handle)
