"""``python -m tests.oracle.func [DEPTH] [--range A:B] [--every N]``: functions under transforms,
nested up to three deep, give what ``torch.func`` gives, to 1e-9.

Each transform makes of a function from vectors to vectors another one, so every chain of transforms
is a program. Where PyTorch refuses what Wengert takes (a checkpoint, a custom function in forward
mode, a write that a second derivative is to pass) or is wrong, it runs the same function written
plainly.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

Body = Callable[[Any], Any]
Make = Callable[[Any], Body]
N = 3


# ---- transforms: from a function of vectors to another ----


def weighted(torch: Any, f: Body) -> Body:
    return lambda x: (f(x) * torch.arange(1.0, N + 1, dtype=torch.float64)).sum()


TRANSFORMS: dict[str, Callable[[Any, Body], Body]] = {
    "grad": lambda torch, f: torch.func.grad(weighted(torch, f)),
    "vjp": lambda torch, f: lambda x: torch.func.vjp(f, x)[1](x.cos())[0],
    "jvp": lambda torch, f: lambda x: torch.func.jvp(f, (x,), (x.sin(),))[1],
    "vmap": lambda torch, f: lambda x: torch.vmap(f, in_dims=1, out_dims=1)(
        torch.stack([x, x * x, 0.5 - x], 1)).sum(1),
    "jacrev": lambda torch, f: lambda x: torch.func.jacrev(f)(x) @ x,
    "jacfwd": lambda torch, f: lambda x: x @ torch.func.jacfwd(f)(x),
    "hessian": lambda torch, f: lambda x: torch.func.hessian(weighted(torch, f))(x) @ x,
}


# ---- functions: Wengert's, and PyTorch's where it is another ----


def smooth(torch: Any) -> Body:
    return lambda x: (x.sin() * x.sum()).exp() / (1 + x ** 2)


def linear(torch: Any) -> Body:
    a = torch.linspace(-1, 1, N * N, dtype=torch.float64).reshape(N, N)
    return lambda x: (a @ x).tanh() + x @ (a * x[0])


def chosen(torch: Any) -> Body:
    def f(x: Any) -> Any:
        y = torch.where(x > 0.4, x ** 3, x.sin()) + x[[2, 0, 1]] * x[0:1]
        return y.sort().values.cumsum(0) * x.softmax(0)
    return f


def solved(torch: Any) -> Body:
    eye = torch.eye(N, dtype=torch.float64)
    return lambda x: torch.linalg.solve(eye * 4 + torch.outer(x, x.cos()), x * x)


def written(torch: Any) -> Body:
    def f(x: Any) -> Any:
        y = x.clone()
        y[0] = x[1] * x[2]
        y[1:] *= x[0]
        return y.add_(x.prod())
    return f


def written_plainly(torch: Any) -> Body:
    return lambda x: torch.stack([x[1] * x[2], x[1] * x[0], x[2] * x[0]]) + x.prod()


def normed(torch: Any) -> Body:
    functional = torch.nn.functional
    size = lambda x: (x * x).sum().sqrt()
    return lambda x: functional.layer_norm(x, (N,)) * size(x) + functional.gelu(x).prod()


def solved_plainly(torch: Any) -> Body:
    """By Cramer's rule: PyTorch 2.13 differentiates the tangents of ``solve`` wrongly."""
    eye = torch.eye(N, dtype=torch.float64)

    def f(x: Any) -> Any:
        u, v, w = (eye * 4 + torch.outer(x, x.cos())).unbind(1)
        b, cross = x * x, lambda a, c: torch.linalg.cross(a, c, dim=0)
        parts = (b * cross(v, w)).sum(), (u * cross(b, w)).sum(), (u * cross(v, b)).sum()
        return torch.stack(parts) / (u * cross(v, w)).sum()
    return f


def normed_plainly(torch: Any) -> Body:
    """Written out: the third derivatives of PyTorch 2.13's ``layer_norm`` are wrong."""
    def f(x: Any) -> Any:
        centred = x - x.mean()
        normal = centred / ((centred ** 2).mean() + 1e-5).sqrt()
        return normal * (x * x).sum().sqrt() + torch.nn.functional.gelu(x).prod()
    return f


def module(torch: Any) -> Body:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(N, 4), torch.nn.Softplus(),
                                torch.nn.Linear(4, N)).double()
    params = {name: p.detach() for name, p in model.named_parameters()}
    return lambda x: torch.func.functional_call(model, params, (x,))


def plain(torch: Any) -> Body:
    return lambda x: (x * x.flip(0)).sin() * x.sum()


def checkpointed(torch: Any) -> Body:
    f = plain(torch)
    return lambda x: torch.utils.checkpoint.checkpoint(f, x, use_reentrant=False)


def compiled(torch: Any) -> Body:
    compiled: Body = torch.compile(plain(torch))
    return compiled


def custom(torch: Any) -> Body:
    class Sine(torch.autograd.Function):  # type: ignore[misc, name-defined]
        generate_vmap_rule = True

        @staticmethod
        def forward(x: Any, y: Any) -> Any:
            return (x * y).sin()

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y = ctx.saved_tensors
            return g * y * (x * y).cos(), g * x * (x * y).cos()
    return lambda x: Sine.apply(x, x.flip(0)) * x.sum()


def numpys(torch: Any) -> Body:
    """Written for NumPy; PyTorch's is written out below."""
    def f(x: Any) -> Any:
        y = np.where(x > 0.4, x ** 3, np.sin(x)) + np.array([x[2], x[0] * x[1], x[1]])
        out = np.zeros_like(y)
        out[::-1] = np.einsum("i,ij->j", x, np.outer(y, np.cos(x)))
        return np.cumsum(out) / np.add.reduce(np.hypot(x, 1.0)) + np.max(y) * np.std(x)
    return f


def numpys_plainly(torch: Any) -> Body:
    def f(x: Any) -> Any:
        y = torch.where(x > 0.4, x ** 3, x.sin()) + torch.stack([x[2], x[0] * x[1], x[1]])
        out = (x @ torch.outer(y, x.cos())).flip(0)
        spread = ((x - x.mean()) ** 2).mean().sqrt()
        return out.cumsum(0) / torch.hypot(x, torch.ones_like(x)).sum() + y.max() * spread
    return f


FUNCTIONS: dict[str, tuple[Make, Make]] = {
    **{f.__name__: (f, f) for f in (smooth, linear, chosen, module)},
    "solved": (solved, solved_plainly), "normed": (normed, normed_plainly),
    "written": (written, written_plainly), "checkpointed": (checkpointed, plain),
    "compiled": (compiled, plain), "custom": (custom, plain),
    "numpys": (numpys, numpys_plainly),
}


# ---- the comparison ----


def chains(depth: int) -> Iterator[tuple[str, ...]]:
    """All chains of so many transforms."""
    return itertools.product(TRANSFORMS, repeat=depth)


def program(torch: Any, make: Make, chain: tuple[str, ...]) -> Body:
    """The function under the transforms, the first innermost."""
    f = make(torch)
    for name in chain:
        f = TRANSFORMS[name](torch, f)
    return f


def difference(name: str, chain: tuple[str, ...]) -> str:
    """What is wrong with one program; empty where nothing is. It is called twice."""
    import torch

    import wengert
    import wengert.utils.checkpoint
    ours, theirs = FUNCTIONS[name]
    point = [0.3, 0.7, -0.4]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f, g = program(wengert, ours, chain), program(torch, theirs, chain)
        for k in range(2):
            values = [p + 0.1 * k for p in point]
            found = np.array(f(wengert.tensor(values, dtype=wengert.float64)).tolist())
            wanted = np.array(g(torch.tensor(values, dtype=torch.float64)).tolist())
            if not np.allclose(found, wanted, 1e-9, 1e-9):
                return f"{' of '.join(reversed(chain))} of {name}: {found} is not {wanted}"
    return ""


def programs(depth: int) -> list[tuple[str, tuple[str, ...]]]:
    """All programs so deep or less, in the order in which they are numbered."""
    return [(name, chain) for d in range(1, depth + 1)
            for name, chain in itertools.product(FUNCTIONS, chains(d))]


def outcome(name: str, chain: tuple[str, ...]) -> str:
    """:func:`difference`, or the error that one of the two raised."""
    try:
        return difference(name, chain)
    except Exception as error:
        return f"{' of '.join(reversed(chain))} of {name}: {type(error).__name__}: {error}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.func")
    parser.add_argument("depth", nargs="?", type=int, default=3)
    parser.add_argument("--range", default=":", metavar="A:B",
                        help="the programs from number A until B; what was printed last says where "
                             "to go on")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="one program in N")
    given = parser.parse_args()
    chosen = list(enumerate(programs(given.depth)))
    start, stop = (int(part) if part else None for part in given.range.split(":"))
    chosen = chosen[start:stop:given.every]
    wrong, said = 0, time.monotonic()
    for count, (number, (name, chain)) in enumerate(chosen):
        if time.monotonic() > said + 10:
            said = time.monotonic()
            print(f"number {number}: {count} of {len(chosen)} compared, {wrong} differ, "
                  f"{time.process_time():.0f} s", flush=True)
        if text := outcome(name, chain):
            wrong += 1
            print(f"number {number}: {text}", flush=True)
    print(f"{len(chosen)} programs, {wrong} differ")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
