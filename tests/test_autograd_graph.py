"""What holds of recorded graphs: nothing is kept alive, long chains do not recurse, errors name
lines, and a derivative is right or refused."""

from __future__ import annotations

import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.config import config
from wengert.engine.ops.elementwise import annihilating_product
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.recording import here
from wengert.engine.recording.segment import Segment
from wengert.engine.recording.tree import tree
from wengert.utils.checkpoint import checkpoint, checkpoint_sequential

fw = torch.autograd.forward_ad


@pytest.fixture(params=["eager", "numpy"], autouse=True)
def tier(request: pytest.FixtureRequest) -> Iterator[str]:
    flush()
    before, config.tier = config.tier, request.param
    restart()
    yield request.param
    flush()
    config.tier = before
    restart()


def restart() -> None:
    """Begin a recording outside all known paths: a path knows the first lines that recorded it."""
    tree.clear()
    here.recording.set_grad(True)


class Exp(torch.autograd.Function):
    """Keeps what can be kept: input, result, attributes."""

    @staticmethod
    def forward(ctx, x):
        out = x.exp()
        ctx.save_for_backward(x, out)
        ctx.given, ctx.made = x, out
        return out

    @staticmethod
    def backward(ctx, g):
        _, out = ctx.saved_tensors
        assert ctx.given.requires_grad and ctx.made.requires_grad
        return g * out


# Nothing is kept alive

def segments() -> int:
    return sum(type(o) is Segment for o in gc.get_objects())


def plain_use(x: Any) -> None:
    y = x * 2
    y.tolist()
    (y * y).sum().item()


def create_graph_use(x: Any) -> None:
    g, = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)
    g.tolist()
    h, = torch.autograd.grad(g.sum(), x, create_graph=True)
    h.tolist()


def function_use(x: Any) -> None:
    y = Exp.apply(x * 2)
    y.tolist()
    assert y.grad_fn.next_functions[0][0].name() == "MulBackward0"
    g, = torch.autograd.grad(y.sum(), x, create_graph=True)
    g.tolist()
    torch.autograd.grad(g.sum(), x, create_graph=True)[0].tolist()


def hook_use(x: Any) -> None:
    y = x * 2
    y.register_hook(lambda g: g + y.detach().sum())
    y.retain_grad()
    y.sum().backward(retain_graph=True)


def checkpoint_use(x: Any) -> None:
    checkpoint(lambda a: (a * x).sin(), x * 2, use_reentrant=False).tolist()
    checkpoint(lambda a: (a * x).sin(), x * 2, use_reentrant=False).sum().backward()


def view_use(x: Any) -> None:
    y = x * 2
    y[0:1].mul_(3)
    y.tolist()
    assert y.grad_fn.next_functions


def saved_use(x: Any) -> None:
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        (x * 2).exp().tolist()


def dual_use(x: Any) -> None:
    with fw.dual_level():
        d = fw.make_dual(x, torch.ones(3))
        (d * d).exp().tolist()


USES = [plain_use, create_graph_use, function_use, checkpoint_use, view_use, saved_use, dual_use]


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_del_frees_without_the_collector(use: Callable[[Any], None]) -> None:
    x = torch.ones(3, requires_grad=True)
    flush()
    gc.disable()
    gc.freeze()   # what is there already is not looked at
    try:
        use(x)
        flush()
        assert segments() == 0
    finally:
        gc.unfreeze()
        gc.enable()


def test_hooks_end_with_their_tensor() -> None:
    x = torch.ones(3, requires_grad=True)
    gc.freeze()
    try:
        hook_use(x)
        flush()
        gc.collect()
        assert segments() == 0
    finally:
        gc.unfreeze()


# Long chains

N = 100_000


def chain(step: Callable[[Any], Any], n: int) -> tuple[Any, Any]:
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(n):
        y = step(y)
    return x, y


@pytest.mark.long
def test_a_long_chain_backward(tier: str) -> None:
    n = N if tier == "numpy" else N // 10
    x, y = chain(lambda y: y * 1.0, n)
    y.backward()
    assert x.grad.item() == 1.0
    del y


@pytest.mark.long
def test_a_long_graph_can_be_walked_and_freed(tier: str) -> None:
    n = N // 10
    _, y = chain(lambda y: y + 1.0, n)
    steps, node = 0, y.grad_fn
    while node.next_functions:
        node = node.next_functions[0][0]
        steps += 1
    assert steps == n
    assert node.name() == "torch::autograd::AccumulateGrad"
    del y, node


@pytest.mark.long
def test_a_long_chain_of_writes() -> None:
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = x * 1
    for _ in range(3000):
        y[0] += 1.0
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_a_long_chain_of_hooks() -> None:
    x, y = chain(lambda y: y * 1.0, 300)
    calls: list[int] = []
    z = x
    for k in range(300):
        z = z * 1.0
        z.register_hook(lambda g, k=k: calls.append(k))
    (y + z).backward()
    assert calls == list(range(300))[::-1]
    assert x.grad.item() == 2.0


# Errors

def fails(call: Callable[[], Any], kind: type[Exception] = RuntimeError) -> str:
    with pytest.raises(kind) as info:
        call()
    return str(info.value)


def test_second_backward_names_both_lines() -> None:
    x = torch.ones(3, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    text = fails(y.backward)
    assert "Trying to backward through the graph a second time" in text
    assert text.count("test_autograd_graph.py:") == 2
    assert "retain_graph=True" in text and "detach()" in text and "sum the losses" in text
    assert "[3]" in text


def test_a_backward_that_needs_no_values_may_be_repeated() -> None:
    x = torch.ones(3, requires_grad=True)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [2.0] * 3


def test_what_cut_the_gradient(tier: str) -> None:
    x = torch.ones(3, requires_grad=True)
    if tier == "numpy":
        with torch.no_grad():
            y = x * 2
        text = fails((y * 3).sum().backward)
        assert "element 0 of tensors does not require grad and does not have a grad_fn" in text
        assert "no_grad at test_autograd_graph.py:" in text
        assert "detach at test_autograd_graph.py:" in fails((x.detach() * 3).sum().backward)
    assert "int64" in fails(torch.ones((), dtype=torch.int64).backward)
    assert "requires_grad=True" in fails(torch.ones(()).backward)


def test_shape_in_the_errors() -> None:
    x = torch.ones(2, 3, requires_grad=True)
    text = fails((x * x).backward)
    assert "grad can be implicitly created only for scalar outputs" in text and "[2, 3]" in text
    text = fails(lambda: (x * x).backward(torch.ones(3)))
    assert ("Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a "
            "shape of torch.Size([2, 3])") in text
    text = fails(lambda: torch.autograd.grad(x.sum(), [x, torch.ones(1, requires_grad=True)]))
    assert "appears to not have been used in the graph" in text and "allow_unused=True" in text
    assert "inputs[1]" in text


def test_a_wrong_number_of_gradients() -> None:
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return answer(g)
    x = torch.ones(2, requires_grad=True)
    answer = lambda g: g
    assert "function BadBackward returned an incorrect number of gradients (expected 2, got 1)" in (
        fails(lambda: Bad.apply(x, x).sum().backward()))
    answer = lambda g: (torch.ones(3), None)
    assert ("Function BadBackward returned an invalid gradient at index 0 - got [3] but expected "
            "shape compatible with [2]") in fails(lambda: Bad.apply(x, x).sum().backward())


def test_functions_are_not_instances() -> None:
    with pytest.raises(RuntimeError, match="Legacy autograd function"):
        Exp()(torch.ones(1))


def test_modes_do_not_decorate_classes() -> None:
    with pytest.raises(TypeError):
        torch.set_grad_enabled("yes")


def test_an_error_in_a_backward_leaves_the_modes() -> None:
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            raise KeyError("mine")
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(KeyError):
        Bad.apply(x).sum().backward()
    assert torch.is_grad_enabled()
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


# Never silently wrong

class NumpySin(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.from_numpy(np.sin(x.detach().numpy()))

    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * torch.from_numpy(np.cos(x.detach().numpy()))


def test_a_backward_in_numpy_is_right_once_and_refused_twice() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    g, = torch.autograd.grad(NumpySin.apply(x).sum(), x, create_graph=True)
    np.testing.assert_allclose(g.detach().numpy(), np.cos([1.0, 2.0]), rtol=1e-6)
    text = fails(lambda: torch.autograd.grad(g.sum(), x))
    assert "left the recorded world at test_autograd_graph.py:" in text
    assert "once_differentiable" in text
    NumpySin.apply(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.cos([1.0, 2.0]), rtol=1e-6)


def test_a_zero_cotangent_annihilates() -> None:
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    torch.where(x > 0, x.sqrt(), torch.zeros(2)).sum().backward()
    assert x.grad.tolist() == [0.0, 0.25]
    with fw.dual_level():
        d = fw.make_dual(torch.tensor([0.0, 4.0]), torch.tensor([0.0, 1.0]))
        assert fw.unpack_dual(d.sqrt()).tangent.tolist() == [0.0, 0.25]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64, np.int32])
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (3, 4), (70, 70)])
def test_a_product_annihilates_where_it_is_not_finite_alone(dtype: Any, shape: Any) -> None:
    """Be its square too large for the dtype, or its elements anywhere in memory."""
    rng = np.random.default_rng(0)
    large = {"f2": 30, "f4": 1e13, "f8": 1e100, "c8": 1e13, "i4": 100}[np.dtype(dtype).str[1:]]
    ct, p = (np.array(rng.normal(size=shape) * large).astype(dtype) for _ in range(2))
    with np.errstate(all="ignore"):
        assert np.array_equal(annihilating_product(ct.T, p.T), (ct * p).T)
        if ct.size and ct.dtype.kind != "i":
            ct.flat[0], p.flat[0] = 0, np.inf
            found = annihilating_product(ct, p)
            assert found.flat[0] == 0
            assert np.array_equal(found.flat[1:], (ct * p).flat[1:])


def test_a_saved_tensor_may_be_overwritten() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = Exp.apply(y)
    w = y * y
    y.zero_()
    (z + w).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp([1.0, 2.0]) + [2.0, 4.0], rtol=1e-6)


def test_a_leaf_may_be_updated_between_forward_and_backward() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (w * w).sum() + Exp.apply(w).sum()
    with torch.no_grad():
        w.mul_(100)
    y.backward()
    np.testing.assert_allclose(w.grad.numpy(), [2.0, 4.0] + np.exp([1.0, 2.0]), rtol=1e-6)


# Custom functions: nested arguments and results

class Nested(torch.autograd.Function):
    @staticmethod
    def forward(ctx, params, scale, pair):
        ctx.save_for_backward(params["w"], pair[1])
        ctx.scale = scale
        return {"y": params["w"] * pair[1] * scale, "n": 3, "more": [params["b"] * 2]}

    @staticmethod
    def backward(ctx, g):
        w, p = ctx.saved_tensors
        assert g["n"] == 3
        return ({"w": g["y"] * p * ctx.scale, "b": g["more"][0] * 2}, None,
                (None, g["y"] * w * ctx.scale))


def test_nested_arguments_and_results() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    p = torch.tensor([5.0, 6.0], requires_grad=True)
    out = Nested.apply({"w": w, "b": b}, 10.0, (None, p))
    assert out["n"] == 3 and out["y"].requires_grad
    (out["y"].sum() + out["more"][0]).backward()
    assert w.grad.tolist() == [50.0, 60.0]
    assert p.grad.tolist() == [10.0, 20.0]
    assert b.grad.item() == 2.0


def test_context_is_reachable_through_grad_fn() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    y = Exp.apply(x)
    assert y.grad_fn.name() == "ExpBackward"
    assert y.grad_fn is y.grad_fn
    saved = y.grad_fn.saved_tensors
    assert saved[0].tolist() == [1.0] and saved[0].requires_grad
    y.sum().backward()
    with pytest.raises(RuntimeError, match="already been freed"):
        _ = y.grad_fn.saved_tensors


def test_hooks_on_a_custom_node() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    y = Exp.apply(x)
    seen: list[Any] = []
    y.grad_fn.register_prehook(lambda gs: (gs[0] * 2,))
    y.grad_fn.register_hook(lambda i, o: seen.append((i[0].item(), o[0].item())))
    y.sum().backward()
    assert seen[0][1] == 2.0
    np.testing.assert_allclose(x.grad.numpy(), [2 * np.e], rtol=1e-6)


@pytest.mark.parametrize("zeros", [False, True])
def test_hooks_on_a_custom_node_are_given_none_for_what_was_not_used(zeros: bool) -> None:
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(zeros)
            return 2 * x, 3 * x

        @staticmethod
        def backward(ctx, g, h):
            seen.append(("backward", g is None))
            return 3 * h if g is None else 2 * g + 3 * h
    seen: list[Any] = []
    for _ in range(3):
        seen.clear()
        x = torch.tensor([1.0], requires_grad=True)
        y, z = Both.apply(x)
        y.grad_fn.register_prehook(lambda go: seen.append(("pre", go[0] is None)))
        y.grad_fn.register_hook(lambda gi, go: seen.append(("post", go[0] is None)))
        z.sum().backward()
        assert seen == [("pre", True), ("backward", not zeros), ("post", True)]
        assert x.grad.tolist() == [3.0]


def test_a_backward_inside_a_backward() -> None:
    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            x, = ctx.saved_tensors
            with torch.enable_grad():
                own = x.detach().requires_grad_()
                (own * own).sum().backward()
            return g * own.grad
    x = torch.tensor([1.0, 3.0], requires_grad=True)
    Inner.apply(x * 1).sum().backward()
    assert x.grad.tolist() == [2.0, 6.0]


# Checkpoint

def test_checkpoint_frees_and_recomputes() -> None:
    runs = []

    def block(x: Any) -> Any:
        runs.append(1)
        return x.sin().exp()
    x = torch.ones(3, requires_grad=True)
    y = checkpoint(block, x, use_reentrant=False)
    assert len(runs) == 1
    y.sum().backward()
    assert len(runs) == 2
    plain = torch.ones(3, requires_grad=True)
    block(plain).sum().backward()
    assert x.grad.tolist() == plain.grad.tolist()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_checkpoint_sequential() -> None:
    x = torch.ones(3, requires_grad=True)
    steps = [torch.sin, torch.exp, lambda a: a * 2, torch.cos]
    out = checkpoint_sequential(steps, 2, x, use_reentrant=False)
    g, = torch.autograd.grad(out.sum(), x)
    e = np.exp(np.sin(1.0))
    np.testing.assert_allclose(g.numpy(), [-np.sin(2 * e) * 2 * e * np.cos(1.0)] * 3, rtol=1e-5)


def test_checkpoints_nest() -> None:
    x = torch.tensor([0.5], requires_grad=True)

    def inner(a: Any) -> Any:
        return checkpoint(torch.sin, a * 2, use_reentrant=False) * a
    y = checkpoint(inner, x, use_reentrant=False)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [np.sin(1.0) + np.cos(1.0)], rtol=1e-6)


def test_checkpoint_without_gradients_warns() -> None:
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        y = checkpoint(torch.sin, torch.ones(1), use_reentrant=True)
    assert not y.requires_grad


# Saved tensors

def test_saved_tensors_are_let_go_while_packed() -> None:
    kept: dict[int, Any] = {}

    def pack(t: Any) -> int:
        kept[len(kept)] = t.tolist()
        return len(kept) - 1
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda k: torch.tensor(kept[k])):
        y = (x * x).exp()
    kept = {k: [0.0, 0.0] for k in kept}
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]


def test_saved_tensor_hooks_can_be_refused() -> None:
    hooks = torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t)
    off = torch.autograd.graph.disable_saved_tensors_hooks("not now")
    with off, pytest.raises(RuntimeError, match="not now"), hooks:
        pass


# Anomaly

def test_anomaly_names_the_line() -> None:
    x = torch.tensor([-1.0], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.set_detect_anomaly(True):
            text = fails((x * 1).sqrt().sum().backward)
    assert "Function 'SqrtBackward0' returned nan values in its 0th output." in text
    assert "test_autograd_graph.py:" in text
    (x * 1).sqrt().sum().backward()
    assert np.isnan(x.grad.item())


# Forward mode

def test_a_write_through_a_view_moves_the_tangents() -> None:
    with fw.dual_level():
        d = fw.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0]))
        y = d * 3
        v = y[:1]
        v.mul_(d[1])
        assert fw.unpack_dual(v).tangent.tolist() == [3 * (1 * 2 + 1 * 10)]
        assert fw.unpack_dual(y).tangent.tolist() == [36.0, 30.0]
        y.mul_(2)
        assert fw.unpack_dual(v).tangent.tolist() == [72.0]


def test_tangents_end_with_their_level() -> None:
    with fw.dual_level():
        d = fw.make_dual(torch.ones(2), torch.ones(2))
    with fw.dual_level():
        assert fw.unpack_dual(d).tangent is None
    assert fw.unpack_dual(d).tangent is None


# Threads

def test_many_backwards_at_once() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    found: list[Any] = [None] * 8

    def work(k: int) -> None:
        with torch.no_grad():
            assert not torch.is_grad_enabled()
        found[k] = torch.autograd.grad((x * k).sin().sum(), x)[0].tolist()
    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(8):
        np.testing.assert_allclose(found[k], k * np.cos(k * np.array([1.0, 2.0])), rtol=1e-5,
                                   atol=1e-6)


def test_a_cut_by_a_dtype_is_named() -> None:
    x = torch.ones(3, requires_grad=True)
    right = (x > 0).float().mean()
    text = fails(right.backward)
    assert "does not require grad and does not have a grad_fn" in text
    if torch.config.tier != "eager":
        assert "cut by a result of dtype torch.bool at test_autograd_graph.py" in text


def test_a_wrong_gradient_is_refused_with_the_line_of_backward() -> None:
    class Bad(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return answers.pop()
    x = torch.ones(2, requires_grad=True)
    answers = [torch.ones(3), (x, x)]
    while answers:
        assert "Its backward" in (text := fails(Bad.apply(x).sum().backward))
        assert "test_autograd_graph.py" in text
    with pytest.raises(RuntimeError, match=r"attempting to assign a gradient of size '.3.' to a"):
        x.grad = torch.ones(3)


def test_grad_fn_has_the_class_and_the_name_of_its_operation() -> None:
    x = torch.ones(2, requires_grad=True)
    for y, name in [(1 - x, "RsubBackward1"), (x ** torch.ones(()), "PowBackward1"),
                    (2 ** x, "PowBackward2"), (torch.rsub(x, x), "RsubBackward0")]:
        assert y.grad_fn.name() == type(y.grad_fn).__name__ == name
        assert all(edge.name().endswith("AccumulateGrad") for edge, _ in y.grad_fn.next_functions
                   if edge)


def test_losses_warn_of_broadcast_targets() -> None:
    for loss in (torch.nn.functional.mse_loss, torch.nn.functional.l1_loss,
                 torch.nn.functional.smooth_l1_loss, torch.nn.functional.huber_loss):
        with pytest.warns(UserWarning, match=r"target size \(torch.Size\(\[4\]\)\) that is diff"):
            loss(torch.ones(3, 1), torch.ones(4)).item()


def test_what_a_transform_passes_through_has_no_history() -> None:
    x = torch.ones(2)
    square = lambda s: ((s ** 2).sum(), {"three": s * 3, "own": s, "number": 4})
    for aux in (torch.func.grad(square, has_aux=True)(x)[1],
                torch.func.vjp(square, x, has_aux=True)[2],
                torch.func.jvp(square, (x,), (x,), has_aux=True)[2]):
        assert not aux["three"].requires_grad and not aux["own"].requires_grad
        assert aux["number"] == 4


def test_a_cut_before_a_flush_is_named(monkeypatch):
    monkeypatch.setattr(config, "lines_in_steps", True)   # another test may record the same steps
    x = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        y = x * 2
    y.tolist()
    line = test_a_cut_before_a_flush_is_named.__code__.co_firstlineno + 4
    with pytest.raises(RuntimeError, match=rf"no_grad at test_autograd_graph\.py:{line}"):
        y.sum().backward()


def test_what_grad_fn_shows_as_saved() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for k in range(4):
        y = x.exp()
        z = y * (x + k)
        fn = z.grad_fn
        assert {"_saved_self", "_saved_other"} <= set(dir(fn))
        assert fn._saved_self.tolist() == y.tolist() and fn._saved_other.tolist() == [1 + k, 2 + k]
        assert y.grad_fn._saved_result.tolist() == y.tolist()
        assert (x * x).grad_fn._saved_self is x
        z.sum().backward()
        with pytest.raises(RuntimeError, match="after they have already been freed"):
            _ = fn._saved_self
        with pytest.raises(AttributeError, match="no attribute '_saved_dim'"):
            _ = fn._saved_dim
    rows = x.expand(3, 2).sum(0)
    assert rows.grad_fn._saved_dim == (0,) and rows.grad_fn._saved_self_sym_sizes == (3, 2)
