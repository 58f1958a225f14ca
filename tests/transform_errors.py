"""Wrong uses of transforms, for any library with PyTorch's surface: what is called, the error that
it is, and words of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Call = Callable[[Any], Any]


def numbers(torch: Any, *shape: int) -> Any:
    return torch.ones(*shape, dtype=torch.float64).cumsum(-1)


def row(torch: Any) -> Any:
    return numbers(torch, 3)


def rows(torch: Any) -> Any:
    return numbers(torch, 2, 3)


def product(torch: Any, **methods: Any) -> Any:
    """A custom function of two tensors, with other methods."""
    def setup(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs)

    def backward(ctx: Any, g: Any) -> Any:
        x, y = ctx.saved_tensors
        return g * y, g * x
    methods = {"forward": lambda x, y: x * y, "setup_context": setup, "backward": backward,
               **methods}
    return type("Product", (torch.autograd.Function,), {
        name: staticmethod(f) if callable(f) else f for name, f in methods.items()}).apply


def of_product(torch: Any, transform: str, **methods: Any) -> Any:
    f, x = product(torch, **methods), row(torch)
    if transform == "jvp":
        return torch.func.jvp(lambda x: f(x, x), (x,), (x,))
    if transform == "vmap":
        return torch.vmap(f)(rows(torch), rows(torch))
    return torch.func.grad(lambda x: f(x, x).sum())(x)


def linear(torch: Any, *params: Any, **kwargs: Any) -> Any:
    return torch.func.functional_call(torch.nn.Linear(3, 2).double(), *params, (row(torch),),
                                      **kwargs)


def stacked(*modules: Callable[[Any], Any]) -> Call:
    return lambda torch: torch.func.stack_module_state([m(torch.nn) for m in modules])


def written(torch: Any) -> Any:
    y = row(torch)
    return torch.vmap(lambda a: y.add_(a))(rows(torch))


def assigned(torch: Any) -> Any:
    y = row(torch)

    def f(a: Any) -> Any:
        y[0] = a[0]
        return y * 1
    return torch.vmap(f)(rows(torch))


def pulled(f: Callable[[Any], Any], *cts: Callable[[Any], Any]) -> Call:
    return lambda torch: torch.func.vjp(f, row(torch))[1](*[ct(torch) for ct in cts])


def pushed(f: Callable[[Any], Any], tangent: Callable[[Any], Any] = row, **kwargs: Any) -> Call:
    return lambda torch: torch.func.jvp(f, (row(torch),), (tangent(torch),), **kwargs)


def of(transform: str, f: Callable[..., Any], x: Callable[[Any], Any] = row,
       **kwargs: Any) -> Call:
    return lambda torch: getattr(torch.func, transform)(f, **kwargs)(x(torch))


def mapped(f: Callable[..., Any], x: Callable[[Any], Any] = rows, **kwargs: Any) -> Call:
    return lambda torch: torch.vmap(f, **kwargs)(x(torch))


SAME = lambda x: x
VALUES: dict[str, Call] = {   # of one sample
    "if": mapped(lambda a: a if a.sum() > 0 else -a),
    "item": mapped(lambda a: a * a.sum().item()),
    "float": mapped(lambda a: a * float(a.sum())),
    "int": mapped(lambda a: a[int(a[0])]),
    "tolist": mapped(lambda a: a * a.tolist()[0]),
    "numpy": mapped(lambda a: a * a.numpy()[0]),
    "range": mapped(lambda a: sum(a[i] for i in range(a[0].long()))),
    "in": mapped(lambda a: a if 3 in a else -a),
    "all": mapped(lambda a: a if (a > 0).all() else -a),
    "nonzero": mapped(lambda a: a.nonzero()),
    "mask": mapped(lambda a: a[a > 2]),
    "unique": mapped(lambda a: a.unique()),
    "inside of grad": lambda torch: torch.vmap(torch.func.grad(
        lambda a: (a if a.sum() > 0 else -a).sum()))(rows(torch)),
    "outside of grad": lambda torch: torch.func.grad(
        lambda x: torch.vmap(lambda a: a * a.item())(x).sum())(row(torch)),
}
WRONG: dict[str, tuple[Call, type[Exception], str]] = {
    "in_dims None": (mapped(SAME, in_dims=None), ValueError, "vmap"),
    "all in_dims None": (mapped(SAME, in_dims=(None,)), ValueError, "at least one Tensor"),
    "in_dims a float": (mapped(SAME, in_dims=0.0), ValueError, "expected `in_dims` to be int or"),
    "in_dims below": (mapped(SAME, in_dims=-3), ValueError, "-2 <= in_dim < 2"),
    "a number mapped": (mapped(SAME, x=lambda torch: 2), ValueError, "cannot vmap over non-Tensor"),
    "nothing mapped": (lambda torch: torch.vmap(lambda: 1)(), ValueError, "got no inputs"),
    "a scalar mapped": (mapped(SAME, x=lambda torch: torch.tensor(1.0)), ValueError,
                        "dimensionality 0"),
    "keys of in_dims": (mapped(lambda d: d["a"], lambda torch: {"a": rows(torch), "b": 1},
                               in_dims=({"a": 0},)), ValueError, "in_dims is not compatible"),
    "a number out": (mapped(lambda a: 3.0), ValueError, "must only return Tensors"),
    "None out": (mapped(lambda a: None), ValueError, "must only return Tensors"),
    "text out": (mapped(lambda a: (a, "x")), ValueError, "must only return Tensors"),
    "out_dims beyond": (mapped(lambda a: a.sum(), out_dims=1), IndexError, "Dimension out of"),
    "out_dims None": (mapped(SAME, out_dims=None), ValueError, "can not return a BatchedTensor"),
    "out_dims text": (mapped(SAME, out_dims="a"), ValueError, "`out_dims` must be an int"),
    "out_dims too few": (mapped(lambda a: (a, a, a), out_dims=(0, 1)), ValueError,
                         "out_dims is not compatible"),
    "chunk_size": (mapped(SAME, chunk_size=0), ValueError, "chunk_size should be None or greater"),
    "randomness": (mapped(SAME, randomness="all"), RuntimeError, "Only allowed values"),
    "random": (lambda torch: torch.vmap(lambda a: a + torch.rand(3))(rows(torch)), RuntimeError,
               "random operation while in randomness error mode"),
    "a captured tensor written": (written, RuntimeError, "inplace arithmetic"),
    "a captured tensor assigned": (assigned, RuntimeError, "inplace arithmetic"),
    "grad of integers": (of("grad", lambda x: (x * 2.0).sum(), lambda torch: torch.arange(3)),
                         RuntimeError, "only Tensors of floating point dtype"),
    "grad of a number": (of("grad", lambda x: x * 2.0, lambda torch: 3.0), ValueError,
                         "must be Tensor, got <class 'float'>"),
    "complex out": (of("grad", lambda x: (x * 1j).sum()), RuntimeError, "real scalar outputs"),
    "a vector out": (of("grad", lambda x: x * 2), RuntimeError, "to return a scalar Tensor"),
    "a pair out": (of("grad", lambda x: (x.sum(), x)), RuntimeError, "to return a Tensor, got"),
    "no pair": (of("grad", lambda x: x.sum(), has_aux=True), RuntimeError,
                "should be a tuple: (output, aux) if has_aux is True"),
    "a list for a pair": (of("jacrev", lambda x: [x, x], has_aux=True), RuntimeError,
                          "should be a tuple: (output, aux) if has_aux is True"),
    "a list of argnums": (of("grad", SAME, argnums=[0]), RuntimeError, "argnums must be int or"),
    "a number beside tensors": (of("grad", lambda d: d["a"].sum(), lambda torch: {
        "a": row(torch), "n": 2}), ValueError, "must be Tensor, got <class 'int'>"),
    "keywords alone": (lambda torch: torch.func.grad(SAME)(x=row(torch)), RuntimeError,
                       "Got argnum=0, but only 0 positional inputs"),
    "integers out of vjp": (pulled(lambda x: x.long(), row), RuntimeError,
                            "All outputs of f must be floating-point or complex"),
    "integers out of jacrev": (of("jacrev", lambda x: x.long()), RuntimeError,
                               "All outputs of f must be floating-point or complex"),
    "a number out of jacrev": (of("jacrev", lambda x: (x, 3.0)), RuntimeError,
                               "to return only tensors, got unsupported type <class 'float'>"),
    "no cotangent": (pulled(SAME), TypeError, "missing"),
    "None for a vector": (pulled(SAME, lambda torch: None), RuntimeError, "for scalar outputs"),
    "a number for a cotangent": (pulled(lambda x: x.sum(), lambda torch: 1.0), TypeError,
                                 "can be either Tensors or None, but got float"),
    "a list of cotangents": (pulled(lambda x: (x, x), lambda torch: [row(torch), row(torch)]),
                             RuntimeError, "cotangents: [*, *], primal output: (*, *)"),
    "a smaller cotangent": (pulled(SAME, lambda torch: row(torch)[:1]), RuntimeError, "shape"),
    "no tuple of primals": (lambda torch: torch.func.jvp(SAME, row(torch), row(torch)),
                            RuntimeError, "Expected primals to be a tuple"),
    "a smaller tangent": (pushed(SAME, lambda torch: row(torch)[:1]), RuntimeError,
                          "Tensor is of size [3] while the given forward gradient is of size [1]"),
    "no tensor for a tangent": (pushed(SAME, lambda torch: None), RuntimeError,
                                "Expected tangents to only contain Tensors"),
    "no primals": (lambda torch: torch.func.jvp(lambda: 1, (), ()), RuntimeError,
                   "at least one Tensor"),
    "integers in jvp": (lambda torch: torch.func.jvp(SAME, *[(torch.arange(3),)] * 2), ValueError,
                        "Expected primal to be floating point or complex"),
    "a number out of jvp": (pushed(lambda x: 3.0), RuntimeError, "type <class 'float'>"),
    "no pair of jvp": (pushed(SAME, has_aux=True), RuntimeError,
                       "should be a tuple: (output, aux) if has_aux is True"),
    "integers in jacfwd": (of("jacfwd", SAME, lambda torch: torch.arange(3)), ValueError,
                           "Expected primal to be floating point or complex"),
    "chunk_size of jacrev": (of("jacrev", SAME, chunk_size=0), ValueError,
                             "should be greater than 0"),
    "a number out of hessian": (of("hessian", lambda x: 3.0), RuntimeError, "only tensors"),
    "linearize's tangent": (lambda torch: torch.func.linearize(SAME, row(torch))[1](
        row(torch)[:2]), RuntimeError, "different size"),
    "unknown parameters": (lambda torch: linear(torch, {"w": rows(torch)}, strict=True),
                           RuntimeError, "Unexpected key(s): 'w'"),
    "missing parameters": (lambda torch: linear(torch, {"weight": rows(torch)}, strict=True),
                           RuntimeError, "Missing key(s): 'bias'"),
    "a number for a parameter": (lambda torch: linear(torch, {"weight": 3.0}), TypeError,
                                 "3.0 is not an instance of torch.Tensor"),
    "parameters in a list": (lambda torch: linear(torch, [rows(torch)]), ValueError,
                             "to be dictionaries"),
    "parameters twice": (lambda torch: linear(torch, ({"bias": row(torch)},) * 2), ValueError,
                         "appeared in multiple dictionaries"),
    "no modules": (stacked(), RuntimeError, "Expected at least one model"),
    "other modules": (stacked(lambda nn: nn.Linear(3, 2), lambda nn: nn.ReLU()), RuntimeError,
                      "to be of the same class"),
    "other sizes": (stacked(lambda nn: nn.Linear(3, 2), lambda nn: nn.Linear(3, 4)), RuntimeError,
                    "stack expects each tensor to be equal size"),
    "other modes": (stacked(lambda nn: nn.Linear(3, 2), lambda nn: nn.Linear(3, 2).eval()),
                    RuntimeError, "same training/eval mode"),
    "a rule without out_dims": (lambda torch: of_product(
        torch, "vmap", vmap=lambda info, dims, x, y: x * y), RuntimeError, "to have two returns"),
    "a rule's out_dims": (lambda torch: of_product(
        torch, "vmap", vmap=lambda info, dims, x, y: (x * y, (0, 0))), RuntimeError,
        "returned an incompatible (output, out_dims) tuple"),
    "two rules": (lambda torch: of_product(
        torch, "vmap", vmap=lambda info, dims, x, y: (x * y, 0), generate_vmap_rule=True),
        RuntimeError, "it has both generate_vmap_rule=True and an overridden vmap staticmethod"),
    "too few gradients": (lambda torch: of_product(torch, "grad", backward=lambda ctx, g: g),
                          RuntimeError, "incorrect number of gradients (expected 2, got 1)"),
    "a gradient's shape": (lambda torch: of_product(
        torch, "grad", backward=lambda ctx, g: (g[:2], g)), RuntimeError,
        "returned an invalid gradient at index 0 - got [2]"),
    "a number for a gradient": (lambda torch: of_product(
        torch, "grad", backward=lambda ctx, g: (3.0, g)), RuntimeError,
        "expected Variable or None (got float)"),
    "too many tangents": (lambda torch: of_product(torch, "jvp", jvp=lambda ctx, a, b: (a, b)),
                          RuntimeError, "number of forward gradients (expected 1 but got 2)"),
    "a tangent's shape": (lambda torch: of_product(torch, "jvp", jvp=lambda ctx, a, b: a[:2]),
                          RuntimeError, "Tensor is of size [3] while the given forward gradient"),
    "no function": (lambda torch: torch.func.grad(3)(row(torch)), TypeError, "not callable"),
    "a missing argument": (of("grad", lambda x, y: x), TypeError, "missing 1 required positional"),
    "an error inside": (of("hessian", lambda x: {}["mine"]), KeyError, "mine"),
    "sizes inside": (lambda torch: torch.vmap(lambda a: a @ torch.ones(4, dtype=torch.float64))(
        rows(torch)), RuntimeError, "size"),
    "an index inside": (mapped(lambda a: a[7]), IndexError, "index 7 is out of bounds"),
}
OTHER_WORDS = {"in_dims None", "a captured tensor written", "linearize's tangent"}
"""What PyTorch says in other words."""
