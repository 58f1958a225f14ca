"""Transforms of functions that call modules: programs stand for their calls, and see each change.

A function is called some times, what it reads changes, and it is called again, always beside calls
that are recorded.
"""

from __future__ import annotations

import builtins
import dataclasses
import gc
import math
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from test_known_transforms import point, programs, recorded, repeats, values
from wengert.config import config

nn, F, func = torch.nn, torch.nn.functional, torch.func
where_known = pytest.mark.skipif(not repeats(), reason="no program stands for a call there")


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    before, config.compile_after = config.compile_after, 1
    yield
    config.compile_after = before


def checked(f: Callable[..., Any], *args: Any, calls: int = 3) -> None:
    """Calls of ``f`` agree with recorded ones."""
    for k in range(calls):
        given = [torch.tensor(arg.detach().numpy() * arg.detach().numpy().dtype.type(1 + 0.1 * k))
                 if isinstance(arg, torch.Tensor) else arg for arg in args]
        for a, b in zip(values(f(*given)), values(recorded(f, *given)), strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


class Block(nn.Module):
    """Attributes of all kinds."""

    slope = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 3)
        self.layers = nn.ModuleList([nn.Linear(3, 3), nn.Tanh()])
        self.more = [nn.Linear(3, 3)]
        self.options = {"scale": 2.0}
        self.act = F.relu
        self.scale = 1.0
        self.shift = torch.ones(3)
        self.register_buffer("gain", torch.full((3,), 2.0))

    @property
    def twice(self) -> float:
        return 2 * self.scale

    @staticmethod
    def bent(x: Any) -> Any:
        return x.sin()

    def inside(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return self.more[0](x)

    def forward(self, x: Any) -> Any:
        if x.shape[-1] != 3:
            raise ValueError("three are needed")
        h = self.act(self.inner(x)) * self.scale + self.shift * self.gain
        h = self.bent(self.inside(h)) * self.twice * self.options["scale"]
        return h + F.leaky_relu(x, self.slope) + (h if self.training else 2 * h)


def swap(module: Any) -> None:
    module.layers[1] = nn.ReLU()


def hook(module: Any) -> None:
    module.inner.register_forward_hook(lambda m, a, out: out * 3)


def before(module: Any) -> None:
    module.layers[0].register_forward_pre_hook(lambda m, a: (a[0] * 3,))


def forward(self: Any, x: Any) -> Any:
    return x * self.scale


class Other(nn.Linear):
    def forward(self, x: Any) -> Any:
        return super().forward(x) * 2


def into(module: Any, name: str, value: Any) -> None:
    module.__dict__[name] = value


CHANGES: dict[str, Callable[[Any], Any]] = {
    "a weight in place": lambda m: m.inner.weight.data.mul_(2),
    "a weight under no_grad": lambda m: torch.no_grad()(lambda: m.inner.weight.add_(1))(),
    "a new parameter": lambda m: setattr(m.inner, "weight", nn.Parameter(torch.ones(3, 3))),
    "no bias": lambda m: setattr(m.inner, "bias", None),
    "a parameter by the dict": lambda m: m.inner._parameters.update(
        bias=nn.Parameter(torch.ones(3))),
    "requires_grad": lambda m: m.requires_grad_(False),
    "another dtype": lambda m: setattr(m, "shift", m.shift.to(torch.float16)),
    "data": lambda m: setattr(m.inner.weight, "data", torch.ones(3, 3)),
    "load_state_dict": lambda m: m.load_state_dict(Block().state_dict()),
    "a buffer": lambda m: setattr(m, "gain", torch.zeros(3)),
    "a buffer in place": lambda m: m.gain.zero_(),
    "eval": lambda m: m.eval(),
    "train of a part": lambda m: m.inner.train(False),
    "a number": lambda m: setattr(m, "scale", 3.0),
    "a number's type": lambda m: setattr(m, "scale", torch.tensor(1.0)),
    "a number by the dict": lambda m: into(m, "scale", 0.25),
    "an item of a dict": lambda m: m.options.update(scale=0.5),
    "another dict": lambda m: setattr(m, "options", {"scale": 4.0}),
    "the namespace": lambda m: setattr(m, "__dict__", {**m.__dict__, "scale": 7.0}),
    "a function": lambda m: setattr(m, "act", torch.tanh),
    "a function of one's own": lambda m: setattr(m, "act", lambda x: x * m.scale),
    "an appended layer": lambda m: m.layers.append(nn.Tanh()),
    "a popped layer": lambda m: m.layers.pop(0),
    "another layer": swap,
    "layers in another order": lambda m: setattr(m.layers, "_modules", dict(zip(
        "01", [*m.layers][::-1], strict=True))),
    "a layer in a list": lambda m: m.more.insert(0, nn.Tanh()),
    "a forward hook": hook,
    "a forward pre-hook": before,
    "a backward hook": lambda m: m.inner.register_full_backward_hook(
        lambda m, i, o: tuple(x if x is None else 2 * x for x in i)),
    "a tensor's hook": lambda m: m.inner.weight.register_hook(lambda g: 2 * g),
    "forward of the object": lambda m: setattr(m, "forward", types.MethodType(forward, m)),
    "forward of a part": lambda m: setattr(m.inner, "forward", lambda x: x * 2),
    "a method of the object": lambda m: into(m, "inside", torch.exp),
    "the class": lambda m: setattr(m, "__class__", type("Late", (Block,), {"forward": forward})),
    "the class of a part": lambda m: setattr(m.inner, "__class__", Other),
    "a parametrization": lambda m: nn.utils.parametrize.register_parametrization(
        m.inner, "weight", nn.Tanh()),
    "weight norm": lambda m: nn.utils.parametrizations.weight_norm(m.inner),
    "a shared part": lambda m: setattr(m, "inner", m.layers[0]),
    "an attribute more": lambda m: setattr(m, "unused", 3),
}


@where_known
@pytest.mark.parametrize("what", CHANGES)
def test_changes_of_a_module_are_seen(what: str) -> None:
    torch.manual_seed(0)
    module = Block()

    def closed(x: Any) -> Any:
        return (module(x) ** 2).sum()

    def given(params: Any, x: Any) -> Any:
        return (func.functional_call(module, params, (x,)) ** 2).sum()
    x = torch.linspace(-1, 1, 6).reshape(2, 3)
    named = {"inner.weight": torch.eye(3), "gain": torch.full((3,), 0.5)}
    checked(func.grad(closed), x)
    checked(func.grad(given), named, x)
    assert programs(closed) == repeats() == programs(given)
    CHANGES[what](module)
    checked(func.grad(closed), x)
    if what not in ("no bias", "a parametrization", "weight norm"):
        checked(func.grad(given), named, x)


CLASS_CHANGES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "forward": lambda p: p.setattr(Block, "forward", forward),
    "a number": lambda p: p.setattr(Block, "slope", 0.1),
    "a method": lambda p: p.setattr(Block, "inside", lambda self, x: x),
    "a static method": lambda p: p.setattr(Block, "bent", staticmethod(torch.tanh)),
    "a property": lambda p: p.setattr(Block, "twice", property(lambda self: 7.0)),
    "a property more": lambda p: p.setattr(Block, "inner", property(lambda self: torch.cos),
                                           raising=False),
    "__getattr__": lambda p: p.setattr(
        Block, "__getattr__", lambda self, name: nn.Module.__getattr__(
            self, "layers" if name == "inner" else name)[0] if name == "inner" else
        nn.Module.__getattr__(self, name), raising=False),
    "__call__": lambda p: p.setattr(
        Block, "__call__", lambda self, x: x * self.scale, raising=False),
    "forward of Linear": lambda p: p.setattr(nn.Linear, "forward", lambda self, x: x * 2),
    "__call__ of Module": lambda p: p.setattr(nn.Module, "__call__", lambda self, x: x * 2),
    "F.linear": lambda p: p.setattr(F, "linear", lambda x, w, b: x * 2),
    "F.leaky_relu": lambda p: p.setattr(F, "leaky_relu", lambda x, slope: x),
    "torch.sin": lambda p: p.setattr(torch, "sin", torch.cos),
    "Tensor.sin": lambda p: p.setattr(torch.Tensor, "sin", torch.Tensor.cos),
    "a method of the code": lambda p: p.setattr(
        Block.inside, "__code__", (lambda self, x: x * 3).__code__),
    "a hook everywhere": lambda p: p.setitem(
        nn.modules.module.everywhere.around_calls, 1, True),
}


@where_known
@pytest.mark.parametrize("what", CLASS_CHANGES)
def test_changes_of_classes_and_functions_are_seen(what: str, monkeypatch: pytest.MonkeyPatch
                                                   ) -> None:
    module = Block()

    def closed(x: Any) -> Any:
        return (module(x) ** 2).sum()
    x = torch.linspace(-1, 1, 6).reshape(2, 3)
    made = func.grad(closed)
    checked(made, x)
    assert programs(closed) == repeats()
    CLASS_CHANGES[what](monkeypatch)
    checked(made, x)
    monkeypatch.undo()
    checked(made, x)


def test_functions_that_are_replaced_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_root(x: Any) -> Any:
        return (torch.sin(x) + F.relu(x)).sum()

    def by_method(x: Any) -> Any:
        return x.sin().sum() * math.sqrt(divmod(5, 3)[1])

    def deep(x: Any) -> Any:
        return torch.nn.functional.relu(torch.linalg.norm(x)) * torch.pi
    x = point(0, 3)
    functions = by_root, by_method, deep
    for f in functions:
        checked(func.grad(f), x)
        checked(torch.compile(f), x)
        assert programs(f) == repeats()
    for owner, name, mine in [
            (torch, "sin", torch.cos), (F, "relu", lambda x: x * 3), (torch.Tensor, "sin",
             lambda x: x * x), (math, "sqrt", lambda x: 5.0), (torch, "pi", 3.0), (torch, "nn", nn),
            (torch.linalg, "norm", lambda x: x.sum()), (builtins, "divmod", lambda a, b: (7, 9))]:
        fast = [torch.compile(f) for f in functions]
        for f in fast:
            f(x)
        monkeypatch.setattr(owner, name, mine)
        for f, g in zip(functions, fast, strict=True):
            checked(func.grad(f), x)
            np.testing.assert_allclose(g(x), f(x), rtol=1e-6)
        monkeypatch.undo()
        for f in functions:
            checked(func.grad(f), x)


def test_writes_and_draws_of_modules() -> None:
    norm, drop = nn.BatchNorm1d(3), nn.Dropout(0.5)

    def loss(x: Any) -> Any:
        return (norm(x) ** 3).sum()

    def noisy(x: Any) -> Any:
        return drop(x).sum()
    made, twin = func.grad(loss), nn.BatchNorm1d(3)
    for k in range(5):
        x = torch.tensor(point(k, 4, 3).float().numpy())
        found = made(x)
        wanted = recorded(func.grad(lambda x: (twin(x) ** 3).sum()), x)
        np.testing.assert_allclose(found.detach(), wanted.detach(), rtol=1e-4, atol=1e-4)
        assert norm.running_mean.tolist() == pytest.approx(twin.running_mean.tolist())
        assert norm.num_batches_tracked.item() == k + 1
    assert programs(loss) == repeats()
    x = torch.ones(200)
    counts = {float(func.grad(noisy)(x).sum()) for _ in range(6)}
    assert len(counts) > 1 and not programs(noisy)
    drop.eval()
    for _ in range(4):
        assert func.grad(noisy)(x).tolist() == [1.0] * 200
    drop.train()
    assert func.grad(noisy)(x).tolist() != [1.0] * 200


class Counting(nn.Module):
    """Modules whose calls do more."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.n = 0
        self.log: list[Any] = []
        self.how = how

    def forward(self, x: Any) -> Any:
        getattr(self, self.how)(x)
        return x * (1 + self.n + len(self.log))


class Sets(Counting):
    def forward(self, x: Any) -> Any:
        self.n += 1
        return x * self.n


class Logs(Counting):
    def forward(self, x: Any) -> Any:
        self.log += [1]
        return x * len(self.log)


class Keeps(Counting):
    def forward(self, x: Any) -> Any:
        self.log[:] = [x * 2]
        return x


class Registers(Counting):
    def forward(self, x: Any) -> Any:
        self.register_buffer("last", x * 2)
        return x


class Trains(Counting):
    def forward(self, x: Any) -> Any:
        self.train(not self.training)
        return x * (2 if self.training else 3)


class Doubles(Counting):
    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.part = nn.Linear(2, 2)

    def forward(self, x: Any) -> Any:
        self.part.double()
        return self.part(x.double())


@pytest.mark.parametrize("kind", [Sets, Logs, Keeps, Registers, Trains, Doubles])
def test_effects_of_modules_happen_at_each_call(kind: Any) -> None:
    torch.manual_seed(0)
    module, twin = kind(""), kind("")
    twin.load_state_dict(module.state_dict())

    def f(x: Any) -> Any:
        return module(x).sum()
    made, plain = func.grad(f), func.grad(lambda x: twin(x).sum())
    for k in range(6):
        x = point(k, 2).float()
        np.testing.assert_allclose(made(x).detach(), recorded(plain, x).detach())
        assert module.n == twin.n and len(module.log) == len(twin.log)
        assert module.training == twin.training and module._buffers.keys() == twin._buffers.keys()
        if module._buffers:
            np.testing.assert_allclose(module.last.detach(), twin.last.detach())


class Dynamic(nn.Module):
    """Reads what its code does not name."""

    factors = [1.0, 2.0]   # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.scale = 1.0
        self.key = Key()
        self.parts = nn.ModuleDict({"0": nn.Tanh(), "1": nn.Sigmoid()})
        self.options = types.SimpleNamespace(shift=0.0, inner=types.SimpleNamespace(power=2.0))


class Key:
    n = 0

    def __str__(self) -> str:
        return str(self.n)


class ByNamespace(Dynamic):
    def forward(self, x: Any) -> Any:
        return x * self.__dict__["scale"]


class ByOtherName(Dynamic):
    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__("scale" if name == "other" else name)

    def forward(self, x: Any) -> Any:
        return x * self.other


class ByText(Dynamic):
    def forward(self, x: Any) -> Any:
        return self.parts[f"{self.key}"](x)


class ByPercent(Dynamic):
    def forward(self, x: Any) -> Any:
        return self.parts["%s" % self.key](x)   # noqa: UP031


class ByOptions(Dynamic):
    def forward(self, x: Any) -> Any:
        parts = []
        parts.append(x ** self.options.inner.power)
        return sum(part + self.options.shift * x for part in parts) * sum(self.factors)


class Twice(ByOptions):
    def forward(self, x: Any) -> Any:
        return 2 * super().forward(x)


@pytest.mark.parametrize("kind", [ByNamespace, ByOtherName, ByText, ByPercent, ByOptions, Twice])
def test_what_code_does_not_name(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = kind()

    def f(x: Any) -> Any:
        return module(x).sum()
    checked(func.grad(f), torch.ones(3))
    assert programs(f) == repeats() * (kind not in (ByNamespace, ByOtherName))
    for change in [lambda: setattr(module, "scale", 5.0), lambda: setattr(module.key, "n", 1),
                   lambda: setattr(module.options, "shift", 3.0),
                   lambda: setattr(module.options.inner, "power", 3.0),
                   lambda: monkeypatch.setattr(Dynamic, "factors", [4.0]),
                   lambda: Dynamic.factors.append(1.0),
                   lambda: monkeypatch.setattr(ByOptions, "forward", lambda self, x: x * x)]:
        change()
        checked(func.grad(f), torch.ones(3))


def test_equal_objects_are_kept_apart() -> None:
    @dataclasses.dataclass(frozen=True)
    class Loss:
        n: int
        weight: float = dataclasses.field(compare=False)

        def __call__(self, x: Any) -> Any:
            return self.of(x)

        def of(self, x: Any) -> Any:
            return (x * x).sum() * self.weight
    for k in range(6):
        loss = Loss(1, float(k))
        assert func.grad(loss.of)(torch.ones(2)).tolist() == [2.0 * k] * 2
        assert func.grad(lambda x, loss=loss: loss.of(x))(torch.ones(2)).tolist() == [2.0 * k] * 2


def test_parameters_are_given_as_they_are() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    tied = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    tied[1].weight = tied[0].weight

    def loss(params: Any, x: Any) -> Any:
        return (func.functional_call(model, params, x) ** 2).mean()

    def of_tied(params: Any, x: Any) -> Any:
        return (func.functional_call(tied, params, x) ** 2).mean()

    def by_input(x: Any, params: Any) -> Any:
        return of_tied(params, x)
    x = torch.ones(4, 2)
    checked(func.grad(loss), dict(model.named_parameters()), x)
    checked(func.grad(of_tied), dict(tied.named_parameters()), x)
    assert programs(loss) == repeats() == programs(of_tied)
    checked(func.grad(loss), {k: v.detach() for k, v in model.named_parameters()}, x)
    checked(func.grad(of_tied), {"0.weight": torch.ones(2, 2)}, x)
    for _ in range(3):
        one = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        both = {"0.weight": one, "1.weight": one}
        np.testing.assert_allclose(func.grad(by_input)(x, both).detach(),
                                   recorded(func.grad(by_input), x, both).detach())
        with pytest.raises(ValueError, match="tied"):
            func.grad(by_input)(x, {"0.weight": one, "1.weight": one + 0})
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(5):   # with gradients that are there
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()
        checked(func.grad(loss), dict(model.named_parameters()), x)


def test_a_step_of_training_is_recorded_as_one_program() -> None:
    """A network's Laplacian as a loss, as in a physics-informed network."""
    def losses(known: bool, steps: int = 30) -> list[float]:
        torch.manual_seed(1)
        model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1))
        optimizer = torch.optim.Adam(model.parameters(), 0.01)

        def of_sample(x: Any) -> Any:
            return func.hessian(lambda x: model(x).sum())(x).trace()
        laplacian = torch.vmap(of_sample)
        points = torch.rand(6, 2)

        def step() -> float:
            optimizer.zero_grad()
            loss = (laplacian(points) - 1).square().mean()
            loss.backward()
            optimizer.step()
            return float(loss)
        found = [step() if known else recorded(step) for _ in range(steps)]
        assert not programs(of_sample) or steps < 30
        return found
    few = losses(True, 5)
    found = losses(True)
    np.testing.assert_allclose(found, losses(False), rtol=1e-4)
    np.testing.assert_allclose(few, found[:5], rtol=1e-5)


class Problem:
    """An object that is no module."""

    weight = 1.0

    def __init__(self) -> None:
        self.data_of = {"a": torch.ones(3)}
        self.model = nn.Linear(3, 1)

    def loss(self, x: Any) -> Any:
        return (self.model(x) * self.weight).sum() + (self.data_of["a"] * x * x).sum()


def test_methods_and_modules_are_functions_too() -> None:
    problem, x = Problem(), point(0, 3).float()
    checked(lambda x: func.grad(problem.loss)(x), x)
    assert programs(problem.loss) == repeats()
    checked(lambda x: func.jacrev(problem.model)(x), x)
    assert programs(problem.model) == repeats()
    for change in [lambda: setattr(problem, "weight", 2.0),
                   lambda: problem.data_of.update(a=torch.zeros(3)),
                   lambda: setattr(problem, "model", nn.Tanh()),
                   lambda: setattr(Problem, "loss", lambda self, x: x.sum() * self.weight)]:
        change()
        checked(lambda x: func.grad(problem.loss)(x), x)
        checked(lambda x: func.jacrev(problem.model)(x), x)


def test_programs_go_with_the_module() -> None:
    def make() -> list[Any]:
        model, holder = nn.Sequential(nn.Linear(2, 2)), Problem()
        holder.f = lambda x: (model(x) * holder.weight).sum()   # type: ignore[attr-defined]
        for _ in range(5):
            func.jacrev(model)(torch.ones(2))
            func.grad(holder.f)(torch.ones(2))
            func.grad(holder.loss)(torch.ones(3))
        assert programs(model) == programs(holder.loss) == repeats()
        return [weakref.ref(each) for each in (model, model[0].weight, holder, holder.model)]
    found = make()
    torch.ones(3).sum().item()
    for _ in range(3):   # what one frees lets go of more
        gc.collect()
    assert [each() for each in found] == [None] * 4
