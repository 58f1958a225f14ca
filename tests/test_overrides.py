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


PARAMETERS = """
import copy, io, pickle
class S(torch.Tensor): pass
class L(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return super().__torch_function__(func, types, args, kwargs or {})
for kind in (S, L):
    data = torch.ones(2, 2)
    p = torch.nn.Parameter(data.as_subclass(kind))
    assert type(p) is kind and isinstance(p, torch.nn.Parameter) and p.requires_grad and p.is_leaf
    assert not isinstance(p * 1, torch.nn.Parameter) and repr(p).startswith(f"Parameter({kind.__name__}(")
    data[0] = 2
    assert p[0].tolist() == [2, 2]
    layer = torch.nn.Linear(2, 2)
    layer.weight = p
    assert [type(q) for q in layer.parameters()] == [kind, torch.nn.Parameter]
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    for i in range(4):   # known paths, too
        y = layer(torch.full((3, 2), float(i))).sum()
        optimizer.zero_grad()
        y.backward()
        optimizer.step()
        assert type(y) is kind and type(layer.weight.grad) is torch.Tensor
        assert layer.weight.grad.tolist() == [[3. * i, 3. * i]] * 2
    assert layer.weight[0].tolist() == [-7, -7]
    for same in (copy.deepcopy(layer).weight, pickle.loads(pickle.dumps(layer)).weight, layer.double().weight):
        assert type(same) is kind and isinstance(same, torch.nn.Parameter) and same.requires_grad
    assert type(layer.state_dict()["weight"]) is kind
    torch.serialization.add_safe_globals([kind])
    file = io.BytesIO()
    torch.save(p, file)
    file.seek(0)
    assert type(torch.load(file)) is kind
    q = torch.nn.Parameter(torch.ones(2).as_subclass(kind), requires_grad=False)
    assert type(q) is kind and isinstance(q, torch.nn.Parameter) and not q.requires_grad
"""


def test_a_parameter_of_a_subclass_keeps_it() -> None:
    run(PARAMETERS)


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


def test_operators_are_asked_about_as_the_methods_that_handlers_know() -> None:
    run("""
import operator as op
seen = []
class L(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        seen.append((func.__name__, getattr(torch.Tensor, func.__name__, 0) is func,
                     [type(a).__name__ for a in args]))
        return super().__torch_function__(func, types, args, kwargs or {})
x, n, plain = torch.ones(2).as_subclass(L), torch.ones(2).long().as_subclass(L), torch.ones(2)
def asked(f, *args):
    seen.clear()
    f(*args)
    assert len(seen) == 1 and seen[0][1], seen
    return seen[0][0], seen[0][2]
for f, name, reflected in [
        (op.add, 'add', 'add'), (op.sub, 'sub', '__rsub__'), (op.mul, 'mul', 'mul'),
        (op.truediv, 'div', '__rdiv__'), (op.mod, 'remainder', '__rmod__'),
        (op.floordiv, '__floordiv__', '__rfloordiv__'), (op.pow, 'pow', '__rpow__'),
        (op.lt, 'lt', 'gt'), (op.eq, '__eq__', '__eq__'), (op.ne, 'ne', 'ne')]:
    assert asked(f, x, 2.) == (name, ['L', 'float']), name
    assert asked(f, 2., x) == (reflected, ['L', 'float']), name
    assert asked(f, x, plain) == (name, ['L', 'Tensor']), name
    if reflected[:3] == '__r' or name in ('add', 'mul'):
        assert asked(f, plain, x) == (name, ['Tensor', 'L']), name
for f, name in [(op.iadd, 'add_'), (op.isub, 'sub_'), (op.itruediv, 'div_'), (op.imod, 'remainder_'),
                (op.ior, '__ior__'), (op.ilshift, '__ilshift__'), (op.iand, '__iand__')]:
    assert asked(f, n if name[0] == '_' else x, 1)[0] == name, name
assert asked(op.neg, x)[0] == 'neg' and asked(op.invert, n)[0] == '__invert__'
assert asked(op.rshift, n, 1)[0] == '__rshift__' and asked(repr, x)[0] == '__repr__'
y = torch.ones(2).as_subclass(L)
assert (plain * 3 - y).tolist() == [2, 2] and (y - plain * 3).tolist() == [-2, -2]
class Other:
    def __radd__(self, left): return 'other'
assert y + Other() == 'other'
x.grad = torch.ones(2)
del x.grad
assert x.grad is None
""")


def test_modes_are_asked_about_operators_methods_and_makers() -> None:
    run("""
from wengert.overrides import TorchFunctionMode
seen = []
class Log(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        seen.append(func)
        return func(*args, **(kwargs or {}))
T = torch.Tensor
def steps():
    x = torch.ones(2); y = 2 * x + 1; y -= x; y[0] = 3; z = y[1:]; w = z.sum(); w = w.exp_()
    return w.item()
want = [torch.ones, T.mul, T.add, T.sub_, T.__setitem__, T.__getitem__, T.sum, T.exp_, T.item]
values = {steps()}
for k in range(5):   # the functions go on writing their own code
    with Log():
        with Log():
            values.add(steps())
        values.add(steps())
    assert seen == [f for f in want for _ in range(2)] + want, seen
    seen.clear()
    values.add(steps())
    assert not seen and len(values) == 1, values
with torch.autocast('cpu', torch.bfloat16):   # looks at methods for good, while a mode is open
    with Log():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.bfloat16
    assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.bfloat16
""")
    run("""
import threading
from wengert.overrides import TorchFunctionMode
seen = []
class Log(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        seen.append(func.__name__)
        return func(*args, **(kwargs or {}))
with Log():
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.ones(2, 2).mm(torch.ones(2, 2)).dtype is torch.bfloat16
    asked = len(seen)
    other = threading.Thread(target=lambda: torch.ones(2) + 1)
    other.start(); other.join()
    assert len(seen) == asked
with torch.autocast('cpu', torch.bfloat16):
    assert torch.ones(2, 2).mm(torch.ones(2, 2)).dtype is torch.bfloat16
assert len(seen) == asked
""")


def test_classes_that_are_no_tensors_are_asked_from_the_first_call_on() -> None:
    run("""
class D:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return func.__name__
for _ in range(5):
    assert torch.add(D(), 1) == 'add' and torch.matmul(torch.ones(2, 2), D()) == 'matmul'
assert torch.add(torch.ones(1), 1).item() == 2
x = torch.ones(2)
for _ in range(3):
    assert x + D() == 'add' and D() * x == 'mul' and x @ D() == 'matmul' and (x < D()) == 'lt'
""")
    run("""
class D:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        known = (torch.Tensor.__rsub__, torch.Tensor.div_, torch.Tensor.__rdiv__, torch.Tensor.pow,
                 torch.Tensor.sub, torch.Tensor.__rpow__)
        return func.__name__ if func in known else NotImplemented
    def __radd__(self, left): return 'radd'
for _ in range(3):
    x = torch.ones(2)
    assert D() - x == '__rsub__' and x + D() == 'radd' and x - D() == 'sub'
    assert D() / x == '__rdiv__' and D() ** x == '__rpow__' and x ** D() == 'pow'
    x /= D()
    assert x == 'div_'
try: torch.ones(2) * D()
except TypeError as error: assert 'unsupported operand' in str(error)
else: raise AssertionError
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


def test_what_a_class_gives_for_several_results_is_the_result() -> None:
    run("""
class Symbol:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return func.__name__
assert torch.broadcast_tensors(Symbol(), Symbol()) == 'broadcast_tensors'
assert torch.broadcast_tensors(torch.ones(2), Symbol()) == 'broadcast_tensors'
""")
