"""Module, parameters, hooks, state dicts, containers and first values against PyTorch: programs
that note what they see, run with both."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

import wengert

torch = pytest.importorskip("torch")
Note = Callable[..., None]


def noted(lib: Any, program: Callable[[Any, Note], None]) -> list[str]:
    """What ``program`` notes, each as text."""
    notes: list[str] = []
    lib.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program(lib, lambda *what: notes.append(" ".join(map(str, what))))
    return notes


def same(program: Callable[[Any, Note], None]) -> None:
    assert noted(wengert, program) == noted(torch, program)


def errors(note: Note, *calls: Callable[[], Any], words: int = 60) -> None:
    """Note the type of each call's error and its first words, or its result."""
    for i, call in enumerate(calls):
        try:
            note(i, call())
        except Exception as error:
            text = str(error)
            note(i, type(error).__name__, text[:words].split(" object has no ")[0])


def net(lib: Any) -> Any:
    nn = lib.nn

    class Part(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, a: int, b: int) -> None:
            super().__init__()
            self.w = nn.Parameter(nn.init.kaiming_uniform_(lib.empty(b, a)))
            self.b = nn.Parameter(lib.zeros(b))
            self.none = None
            self.register_parameter("absent", None)
            self.register_buffer("calls", lib.zeros(()))
            self.register_buffer("hidden", lib.ones(2), persistent=False)

        def forward(self, x: Any) -> Any:
            self.calls += 1
            return nn.functional.linear(x, self.w, self.b)

        def extra_repr(self) -> str:
            return "part\nof a net"

    class Net(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.first = Part(3, 4)
            self.act = nn.Tanh()
            self.last = Part(4, 2)

        def forward(self, x: Any) -> Any:
            return self.last(self.act(self.first(x)))

    return Net()


def test_printing_and_names() -> None:
    def program(lib: Any, note: Note) -> None:
        n = net(lib)
        note(n)
        note([k for k, _ in n.named_parameters()], [k for k, _ in n.named_buffers()])
        note([k for k, _ in n.named_modules(prefix="p")], [k for k, _ in n.named_children()])
        note([k for k, _ in n.named_parameters("q", recurse=False)], len(list(n.parameters())))
        note(n.state_dict())
        note(list(n.state_dict(prefix="x.")), n.state_dict()._metadata)
        note([k for k in n.first.__dir__() if k in ("w", "b", "calls", "hidden", "absent")])
        n.again = n.first
        note([k for k, _ in n.named_parameters()], len(list(n.modules())))
        note([k for k, _ in n.named_parameters(remove_duplicate=False)])
        note(n.get_submodule("first") is n.first, n.get_parameter("last.w").shape,
             n.get_buffer("first.calls"))
        del n.again, n.act
        note(n)
    same(program)


def test_attributes() -> None:
    def program(lib: Any, note: Note) -> None:
        nn, n = lib.nn, net(lib)
        p = n.first
        errors(note, lambda: n.absent_name, lambda: setattr(p, "w", lib.ones(2)),
               lambda: setattr(n, "first", 3), lambda: setattr(p, "calls", 3),
               lambda: setattr(p, "w", None), lambda: p.w, lambda: setattr(p, "calls", None),
               lambda: n.get_submodule("first.w"), lambda: n.get_submodule("nowhere"),
               lambda: n.get_parameter("first.calls"), lambda: n.get_buffer("first.b"),
               lambda: n.train(3), lambda: p.register_buffer("a.b", None),
               lambda: p.register_buffer("", None), lambda: p.register_buffer(3, None),
               lambda: n.register_parameter("first", None), lambda: n.to(lib.int64),
               lambda: n.register_buffer("q", 3), lambda: n.register_parameter("q", 3),
               lambda: n.register_parameter("q", nn.Parameter(lib.ones(1)) * 2),
               lambda: n.add_module("q", 3), lambda: n.add_module("q.r", None),
               lambda: nn.Module()(1), lambda: nn.Module(3), lambda: nn.Module(a=3),
               lambda: nn.Parameter(lib.tensor([1])), lambda: delattr(n, "zzz"),
               lambda: n.load_state_dict(3), lambda: n.cuda, words=40)

        class Early(nn.Module):  # type: ignore[misc, name-defined]
            def __init__(self, value: Any) -> None:
                self.value = value

        errors(note, lambda: Early(nn.Parameter(lib.ones(1))), lambda: Early(nn.Linear(1, 1)),
               lambda: Early(3).value)
        p.hidden = lib.zeros(3)
        p.w = nn.Parameter(lib.ones(1))
        p.plain = lib.ones(1)
        p.fresh = nn.Buffer(lib.ones(1), persistent=False)
        note(list(p._parameters), list(p._buffers), "plain" in p._buffers, list(p.state_dict()))
        p.calls = nn.Parameter(lib.ones(1))
        note(list(p._parameters), list(p._buffers))
        note(isinstance(p.w, lib.Tensor), isinstance(p.fresh, nn.Buffer), type(p.w * 2).__name__)
    same(program)


def test_state_dicts() -> None:
    def program(lib: Any, note: Note) -> None:
        n, other = net(lib), net(lib)
        note(n.load_state_dict(other.state_dict()))
        note(n.first.w.equal(other.first.w), n.first.w is other.first.w)
        state = n.state_dict()
        del state["first.w"]
        state["extra"], state["last.odd"], state["last.b"] = lib.ones(1), lib.ones(1), lib.ones(7)
        errors(note, lambda: n.load_state_dict(state), words=2000)
        del state["last.b"]
        note(n.load_state_dict(state, strict=False))
        errors(note, lambda: n.load_state_dict({"first.w": 3}, strict=False), words=60)
        mine = {k: lib.zeros(v.shape, dtype=lib.float64) for k, v in other.state_dict().items()}
        n.load_state_dict(mine)
        note(n.first.w.dtype, n.first.w.sum())
        n.load_state_dict(mine, assign=True)
        note(n.first.w.dtype, n.first.w.requires_grad, n.first.w)
        note(n.state_dict(keep_vars=True)["first.w"].requires_grad)
        shared = n.state_dict()["first.b"]
        shared.fill_(3)
        note(n.first.b)
    same(program)


def test_hooks_of_states() -> None:
    def program(lib: Any, note: Note) -> None:
        n = net(lib)
        n.first.register_state_dict_post_hook(lambda m, s, p, meta: s.update({p + "more": 1}))
        n.register_state_dict_pre_hook(lambda m, p, keep: note("saving", repr(p), keep))
        n.last._register_state_dict_hook(lambda m, s, p, meta: note(list(s), p, meta))
        state = n.state_dict()
        note(list(state))

        def renamed(module: Any, state: Any, prefix: str, *rest: Any) -> None:
            note("loading", prefix, rest)
            state.pop(prefix + "more")

        n.first.register_load_state_dict_pre_hook(renamed)
        n.register_load_state_dict_post_hook(lambda m, keys: note("loaded", keys))
        note(n.load_state_dict(state))

        class Extra(lib.nn.Module):  # type: ignore[misc, name-defined]
            def get_extra_state(self) -> Any:
                return {"n": 1}

            def set_extra_state(self, state: Any) -> None:
                note("extra", state)

        e = lib.nn.Sequential(Extra())
        note(e.state_dict(), e.load_state_dict(e.state_dict()))
        errors(note, lambda: e.load_state_dict({}), words=200)
    same(program)


def test_forward_hooks() -> None:
    def program(lib: Any, note: Note) -> None:
        n = net(lib)
        x = lib.ones(2, 3)
        n.register_forward_hook(lambda m, a, out: note("second", len(a), out.shape))
        h = n.register_forward_hook(lambda m, a, out: out * 2, prepend=True)
        n.register_forward_pre_hook(lambda m, a: (a[0] + 1,))
        n.first.register_forward_pre_hook(lambda m, a: a[0] * 2)
        note(n(x))
        h.remove()
        note(n(x))
        n.act.register_forward_hook(lambda m, a, k, out: note("kw", a[0].shape, k),
                                    with_kwargs=True)
        n.act.register_forward_pre_hook(lambda m, a, k: (a, {}), with_kwargs=True)
        n.last.register_forward_hook(lambda m, a, out: note("always", out), always_call=True)
        note(n(x))
        errors(note, lambda: n.last(lib.ones(2, 9)), words=0)
        with n.register_forward_hook(lambda m, a, out: note("inside")):
            n(x)
        n(x)
        module = lib.nn.modules.module
        handle = module.register_module_forward_hook(
            lambda m, a, out: note("all", type(m).__name__))
        other = module.register_module_forward_pre_hook(lambda m, a: note("pre all"))
        n(x)
        handle.remove()
        other.remove()
        n(x)
        with module.register_module_parameter_registration_hook(
                lambda m, name, p: note("parameter", name)):
            lib.nn.Linear(2, 2)
    same(program)


def test_backward_hooks() -> None:
    def shapes(grads: Any) -> Any:
        return [None if g is None else (tuple(g.shape), round(float(g.sum()), 4)) for g in grads]

    def program(lib: Any, note: Note) -> None:
        n = net(lib)
        x = lib.linspace(-1, 1, 6).reshape(2, 3).requires_grad_()

        def see(m: Any, grad_in: Any, grad_out: Any) -> None:
            note(type(m).__name__, shapes(grad_in), shapes(grad_out))

        n.register_full_backward_hook(see)
        n.last.register_full_backward_hook(see)
        n.first.register_full_backward_pre_hook(lambda m, g: (g[0] * 2,))
        n.act.register_full_backward_hook(lambda m, i, o: (i[0] * 3,))
        y = n(x)
        note(y.grad_fn.name())
        y.sum().backward()
        note(x.grad, n.first.w.grad, n.last.b.grad)
        n(x.detach()).sum().backward()
        note(n.first.w.grad)
        with lib.no_grad():
            note(n(x))
        errors(note, lambda: n.register_backward_hook(see))
        linear = lib.nn.Linear(3, 2)
        linear.register_full_backward_hook(lambda m, i, o: (None, None))
        errors(note, lambda: linear(x).sum().backward())

        class Several(lib.nn.Module):  # type: ignore[misc, name-defined]
            def forward(self, a: Any, b: Any, c: int) -> Any:
                return a * c, b.detach(), [b]

        s = Several()
        s.register_full_backward_hook(see)
        a, b = lib.ones(2, requires_grad=True), lib.ones(3)
        out = s(a, b, 2)
        note(out[0].requires_grad, out[1].requires_grad, type(out[2]).__name__)
        out[0].sum().backward()
        note(a.grad)
        module = lib.nn.modules.module
        with module.register_module_full_backward_hook(see):
            lib.nn.Linear(3, 2)(x).sum().backward()
    same(program)


def test_converting() -> None:
    def program(lib: Any, note: Note) -> None:
        n = net(lib)
        w = n.first.w
        n(lib.ones(1, 3)).sum().backward()
        n.double()
        note(n.first.w is w, w.dtype, w.grad.dtype, n.first.calls.dtype, w.requires_grad)
        n.to("cpu", lib.float32).to(dtype=lib.float16)
        note(w.dtype, n.half() is n, n.float().first.w.dtype, n.cpu() is n)
        n.type(lib.float64)
        note(n.first.w.dtype, n.eval().training, n.first.training, n.train().last.training)
        n.requires_grad_(False)
        note([p.requires_grad for p in n.parameters()])
        n.requires_grad_()
        n.zero_grad(set_to_none=False)
        note(w.grad)
        n.zero_grad()
        note(w.grad)
        n.apply(lambda m: note(type(m).__name__))
        note(n.to(lib.zeros(1, dtype=lib.float32)).first.b.dtype)
        copied, kept = copy.deepcopy(n), copy.copy(n)
        note(copied.first.w.equal(w), copied.first.w is w, kept.first is n.first)
        copied.first.w.data.fill_(0)
        note(w.sum(), copied.first.w.sum())
        tied = lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.Linear(2, 2))
        tied[1].weight = tied[0].weight
        again = copy.deepcopy(tied)
        note(again[0].weight is again[1].weight, len(list(again.parameters())))
        loaded = pickle.loads(pickle.dumps(tied))
        note(loaded, loaded[0].weight is loaded[1].weight, loaded[0].weight)
    same(program)


def test_parameters() -> None:
    def program(lib: Any, note: Note) -> None:
        nn = lib.nn
        data = lib.ones(2)
        p = nn.Parameter(data)
        note(p, p.is_leaf, repr(p * 2), nn.Parameter(data, requires_grad=False), nn.Parameter())
        data.fill_(5)
        note(p)
        with lib.no_grad():
            p.mul_(2)
        note(data, p.data)
        (p * p).sum().backward()
        note(p.grad, copy.deepcopy(p).grad, type(copy.deepcopy(p)).__name__)
        p.data = lib.zeros(2)
        note(p, data, p.grad)
        p.extra = 3
        note(pickle.loads(pickle.dumps(p)), p.detach(), p.extra)
        note(nn.Parameter(data * 2 + p.sum()).is_leaf)
        u = nn.UninitializedParameter()
        note(u, u.dtype, u.requires_grad, copy.deepcopy(u), nn.UninitializedBuffer())
        errors(note, lambda: u.shape, lambda: u + 1, lambda: lib.add(u, 1), lambda: u.numel(),
               lambda: u.share_memory_(), words=4)
        u.materialize((2, 1))
        note(type(u).__name__, u.shape, u.requires_grad)
        lazy = nn.LazyLinear(2)
        note(lazy, lazy.has_uninitialized_params(), list(lazy.state_dict()))
        other = nn.LazyLinear(2)
        lazy(lib.ones(1, 3))
        note(lazy, type(lazy).__name__)
        note(other.load_state_dict(lazy.state_dict()), other.weight.shape)
        note(other(lib.ones(1, 3)).shape, other)
    same(program)


def test_containers() -> None:
    def program(lib: Any, note: Note) -> None:
        nn = lib.nn
        s = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh()))
        note(s, s.a, s[1], s[-1], s[:1], len(s), list(s))
        s = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.ELU(), nn.SELU())
        del s[1]
        note(s, s + nn.Sequential(nn.Mish()), s * 2, s.append(nn.GELU()), s.pop(0), len(s))
        s[0] = nn.Sigmoid()
        s.insert(1, nn.Softsign())
        s.extend([nn.ReLU6()])
        del s[1:3]
        note(s)
        errors(note, lambda: s[9], lambda: s + 3, lambda: s * 0, lambda: nn.Sequential(3),
               lambda: s.insert(0, 3), words=30)
        m = nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()])
        m += [nn.Tanh()]
        m.insert(0, nn.ELU())
        note(m, nn.ModuleList(), m[1:3], len(m), m[-1], m.pop(0), m + [nn.ReLU()])
        del m[0]
        m[0] = nn.Sigmoid()
        note(m, [type(x).__name__ for x in m])
        errors(note, lambda: m[9], lambda: m(1), lambda: m.extend(3), words=30)
        d = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Tanh()})
        d["c"] = nn.ELU()
        d.update([("e", nn.Mish())])
        note(d, list(d), "a" in d, d.pop("b"), list(d.keys()), list(d.values()), len(d))
        errors(note, lambda: d["zz"], lambda: d.update(3), lambda: d.update([3]),
               lambda: d.update([(1, 2, 3)]), words=30)
        p = nn.ParameterList([lib.ones(2), nn.Parameter(lib.ones(2, 3)), "text"])
        p.append(lib.zeros(1))
        note(p, len(p), [type(x).__name__ for x in p], p[-1], p[:2])
        p += [lib.ones(1)]
        p[0] = lib.zeros(2)
        note([k for k, _ in p.named_parameters()], p[0])
        q = nn.ParameterDict({"b": lib.ones(2), "a": lib.ones(1)})
        q["z"] = lib.zeros(3)
        q["t"] = 5
        note(q, list(q), q.get("none"), q.setdefault("y", lib.ones(1)), q.popitem(), len(q))
        note(q | nn.ParameterDict({"k": lib.ones(1)}), next(iter(q.items())), "b" in q, q.pop("b"))
        note([k for k, _ in q.named_parameters()], list(reversed(q)), list(q.copy()))
        errors(note, lambda: q["none"], lambda: q(1), lambda: p(1), lambda: q.update(3), words=9)
    same(program)


def test_first_values() -> None:
    def program(lib: Any, note: Note) -> None:
        init = lib.nn.init
        for name in ("uniform_", "normal_", "xavier_uniform_", "xavier_normal_",
                     "kaiming_uniform_", "kaiming_normal_", "orthogonal_", "trunc_normal_",
                     "eye_", "ones_", "zeros_"):
            for shape in ((5, 3), (3, 5), (17, 4)):
                note(name, getattr(init, name)(lib.empty(shape)))
        note(init.kaiming_uniform_(lib.empty(4, 3, 2), a=1, mode="fan_out"),
             init.kaiming_normal_(lib.empty(4, 3), nonlinearity="relu"),
             init.xavier_normal_(lib.empty(4, 3, 2, 2), gain=2.0),
             init.constant_(lib.empty(2), 3.5), init.orthogonal_(lib.empty(2, 3, 2), 0.5),
             init.sparse_(lib.empty(5, 3), 0.5), init.dirac_(lib.empty(4, 2, 3), 2),
             init.dirac_(lib.empty(2, 3, 3, 3)), init.trunc_normal_(lib.empty(20), a=1, b=2),
             init.trunc_normal_(lib.empty(20), 1.0, 2.0, -3, 3),
             init.normal_(lib.empty(3, dtype=lib.float64)))
        for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
            note(init.calculate_gain(name))
        note(init.calculate_gain("leaky_relu", 0.3))
        g = lib.Generator().manual_seed(3)
        note(init.uniform_(lib.empty(2), generator=g), init.xavier_uniform_(lib.empty(2, 2), 1, g))
        errors(note, lambda: init.calculate_gain("none"), lambda: init.eye_(lib.empty(2)),
               lambda: init.xavier_uniform_(lib.empty(2)), lambda: init.dirac_(lib.empty(2)),
               lambda: init.dirac_(lib.empty(3, 2, 2), 2), lambda: init.sparse_(lib.empty(2), 0.5),
               lambda: init.orthogonal_(lib.empty(2)), lambda: init.uniform(lib.zeros(0)),
               lambda: init.kaiming_uniform_(lib.empty(2, 2), mode="none"))
        leaf = lib.nn.Parameter(lib.empty(2, 2))
        note(init.ones_(leaf) is leaf, leaf, lib.rand(2))
    same(program)
