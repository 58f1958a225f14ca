# ruff: noqa: E501
"""``__torch_function__``, subclasses of Tensor, modes, and that nothing of it costs where none is.

In processes of their own: functions look for such classes from the first one on.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

import wengert as torch


def run(source: str) -> None:
    done = subprocess.run([sys.executable, "-c", f"import wengert as torch\n{source}"],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


KEPT = """
class S(torch.Tensor): pass
x = torch.tensor([1., 2., 3.], requires_grad=True)
s = x.as_subclass(S)
for _ in range(5):   # known paths, too
    for r in [s + 1, 1 + s, s * x, x * s, s ** 2, -s, s @ x, x / s, torch.add(s, 1), torch.sin(s), s.sin(),
              s.sum(), s[0], s.T, torch.cat([s, x]), torch.nn.functional.relu(s), torch.stack([x, s]),
              s.view(3, 1), s.clone(), s.detach(), torch.where(s > 1, s, x), s.max(0)[0], s.max(0).values,
              torch.nn.Linear(3, 2)(s), torch.linalg.norm(s), torch.einsum('i,i->', s, x), s.to(torch.float64)]:
        assert type(r) is S, r
torch.sin(s).sum().backward()
assert type(x.grad) is torch.Tensor and torch.allclose(x.grad, torch.cos(x.detach()))
assert type(torch.sin(x)) is torch.Tensor and type(x + x) is torch.Tensor
y = torch.Tensor._make_subclass(S, torch.ones(2), True)
assert y.requires_grad and y.is_leaf and repr(y) == 'S([1., 1.], requires_grad=True)'
y2 = torch.ones(3).as_subclass(S); y2 += 1; y2[0] = 5
assert type(y2) is S and y2.tolist() == [5., 2., 2.]
assert type(torch.nn.Parameter(torch.ones(2)) * 1) is torch.Tensor
import copy, pickle
assert type(copy.deepcopy(s.detach())) is S and type(pickle.loads(pickle.dumps(y))) is S
class P(torch.nn.Parameter): pass
assert type(P(torch.ones(2)) + 1) is torch.Tensor
"""


def test_results_keep_the_subclass() -> None:
    run(KEPT)


ASKED = """
calls = []
class L(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        calls.append(getattr(func, '__name__', str(func)))
        return super().__torch_function__(func, types, args, kwargs or {})
l = torch.ones(3).as_subclass(L)
assert type(torch.tanh(l)) is L and calls == ['tanh']
class D:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func is torch.mean: return ('mean', types)
        if func is torch.matmul: return 'matmul'
        return NotImplemented
assert torch.mean(D()) == ('mean', (D,)) and torch.matmul(torch.ones(2, 2), D()) == 'matmul'
try: torch.sin(D())
except TypeError as error: assert 'NotImplemented' in str(error)
else: raise AssertionError
from wengert.overrides import TorchFunctionMode, has_torch_function, handle_torch_function
class Log(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        calls.append('mode ' + func.__name__)
        return func(*args, **(kwargs or {}))
with Log():
    torch.exp(torch.ones(2))
torch.exp(torch.ones(2))
assert calls.count('mode exp') == 1
def mine(x):
    return handle_torch_function(torch.mean, (x,), x) if has_torch_function((x,)) else x
assert mine(D())[0] == 'mean' and mine(3) == 3
"""


def test_classes_are_asked() -> None:
    run(ASKED)


def test_classes_that_are_no_tensors_are_asked_from_the_first_call_on() -> None:
    run("""
class D:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return func.__name__
for _ in range(5):
    assert torch.add(D(), 1) == 'add' and torch.matmul(torch.ones(2, 2), D()) == 'matmul'
assert torch.add(torch.ones(1), 1).item() == 2
""")


def test_help_shows_signatures_also_then() -> None:
    run("""
import inspect
before = {name: str(inspect.signature(getattr(torch, name))) for name in ('add', 'where', 'profile')}
class S(torch.Tensor): pass
for name, text in before.items():
    assert str(inspect.signature(getattr(torch, name))) == text, name
""")


@pytest.mark.parametrize("name", ["view_as", "reshape_as", "expand_as"])
def test_shapes_of_pending_tensors(name: str) -> None:
    for k in range(4):
        x = torch.arange(6.0)
        other = torch.zeros(2, 3) + k if name != "expand_as" else torch.zeros(2, 6) + k
        y = getattr(x, name)(other)
        y = y if name == "expand_as" else y.add_(k)
        assert y.shape == other.shape
        if name != "expand_as":
            y[0] = 9
            assert x.tolist() == [9.0] * 3 + [3.0 + k, 4.0 + k, 5.0 + k]
