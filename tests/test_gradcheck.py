"""``gradcheck`` accepts what is right at its first call, and finds what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

import wengert as torch
from wengert.engine.recording.flushing import flush
from wengert.engine.recording.tree import tree

F = torch.nn.functional
RIGHT = {
    "exp": torch.exp, "sin": torch.sin, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
    "erf": torch.erf, "gelu": F.gelu, "softmax": lambda x: torch.softmax(x, -1),
    "logsumexp": lambda x: torch.logsumexp(x, -1), "norm": lambda x: x.norm(),
    "several": lambda x: (x.cumsum(0), x.prod(), x[0] * 2), "product": lambda x: x[:4] @ x[1:],
    "layer_norm": lambda x: F.layer_norm(x, (5,)), "argmax": lambda x: (x * 2, x.argmax()),
}


@pytest.fixture
def forgotten() -> None:
    """No path is known."""
    flush()
    tree.clear()


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes_the_first_time(name: str, fast: bool, forgotten: None) -> None:
    x = torch.tensor([0.3, -0.7, 1.2, 0.4, -0.2], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(RIGHT[name], (x,), nondet_tol=0.0, fast_mode=fast)
    assert torch.autograd.gradgradcheck(RIGHT[name], (x,), nondet_tol=0.0, fast_mode=fast)
    assert torch.autograd.gradcheck(RIGHT[name], (x,), fast_mode=fast, check_forward_ad=True)


@pytest.mark.parametrize("fast", [False, True])
def test_complex_numbers_and_several_inputs(fast: bool, forgotten: None) -> None:
    z = torch.tensor([0.3 + 0.5j, 0.7 - 1j], dtype=torch.complex128, requires_grad=True)
    x = torch.tensor([0.3, 0.7], dtype=torch.float64, requires_grad=True)
    for f in (lambda x, z: (x * z).abs(), lambda x, z: z.conj() * x, lambda x, z: (z * z).exp()):
        assert torch.autograd.gradcheck(f, (x, z), fast_mode=fast, check_forward_ad=True)
        assert torch.autograd.gradgradcheck(f, (x, z), fast_mode=fast)


def with_gradient(backward: Any, square: bool = False) -> Any:
    """``x * x`` (or ``2 * x``) with a gradient of its own making."""
    class Made(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x if square else x * 2
    Made.backward = staticmethod(backward)
    return Made.apply


runs = 0


def drifting(ctx: Any, g: Any) -> Any:
    """Another value in the last bits each time."""
    global runs
    runs += 1
    return g * (2 + 1e-12 * runs)


WRONG = {
    "factor": (with_gradient(lambda ctx, g: g * 3), "Jacobian mismatch"),
    "sign": (with_gradient(lambda ctx, g: -g * 2), "Jacobian mismatch"),
    "one element": (with_gradient(lambda ctx, g: g * torch.tensor([2.0, 2.0, 3.0, 2.0, 2.0],
                                                                  dtype=torch.float64)),
                    "Jacobian mismatch"),
    "none": (with_gradient(lambda ctx, g: None), "Jacobian mismatch"),
    "drift": (with_gradient(drifting), "not reentrant"),
}


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found(name: str, fast: bool) -> None:
    x = torch.tensor([0.3, -0.7, 1.2, 0.4, -0.2], dtype=torch.float64, requires_grad=True)
    function, words = WRONG[name]
    for _ in range(4):
        with pytest.raises(RuntimeError, match=words):
            torch.autograd.gradcheck(function, (x,), fast_mode=fast)
        assert not torch.autograd.gradcheck(function, (x,), fast_mode=fast, raise_exception=False)


@pytest.mark.parametrize("fast", [False, True])
def test_a_tolerance_for_what_is_not_deterministic(fast: bool) -> None:
    x = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(with_gradient(drifting), (x,), nondet_tol=1e-9, fast_mode=fast)


@pytest.mark.parametrize("fast", [False, True])
def test_a_wrong_second_derivative_is_found(fast: bool) -> None:
    def cut(ctx: Any, g: Any) -> Any:
        x, = ctx.saved_tensors
        return g * 2 * x.detach()
    x = torch.tensor([0.3, -0.7], dtype=torch.float64, requires_grad=True)
    function = with_gradient(cut, square=True)
    for _ in range(3):
        assert torch.autograd.gradcheck(function, (x,), fast_mode=fast)
        with pytest.raises(RuntimeError, match="Jacobian mismatch"):
            torch.autograd.gradgradcheck(function, (x,), fast_mode=fast)
