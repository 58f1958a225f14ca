"""Newton's method on a nonlinear partial differential equation, with exact sparse Jacobians.

Bratu's problem: `-div grad u = c exp(u)` on the unit square, `u = 0` on its boundary, on a grid of
n by n points with the five-point stencil. The residual is written down as one would write it; the
sparse Jacobian follows from it, by six products whatever n is, and SciPy solves with it.
"""

import argparse
import time

from scipy.sparse.linalg import spsolve

import wengert as torch
from wengert.sparse import jacobian


def residual(u, strength):
    """The equation's residual at the inner points; `u` has n * n elements, row by row."""
    n = round(u.numel() ** 0.5)
    v = torch.nn.functional.pad(u.reshape(n, n), (1, 1, 1, 1))
    laplacian = v[2:, 1:-1] + v[:-2, 1:-1] + v[1:-1, 2:] + v[1:-1, :-2] - 4 * v[1:-1, 1:-1]
    return (laplacian * (n + 1) ** 2 + strength * torch.exp(v[1:-1, 1:-1])).reshape(-1)


def solve(n, strength=6.0, tolerance=1e-7, steps=20):
    """The solution, the plan of the Jacobian, and the greatest residual before each step."""
    u = torch.zeros(n * n, dtype=torch.float64)
    plan = jacobian(residual).plan(u, strength)
    history = []
    for _ in range(steps):
        r = residual(u, strength)
        history.append(r.abs().max().item())
        if history[-1] < tolerance:
            return u, plan, history
        u = u - torch.from_numpy(spsolve(plan(u, strength).tocsc(), r.numpy()))
    raise RuntimeError(f"no solution after {steps} steps: the residual is {history[-1]:.1e}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="points in each direction")
    n = parser.parse_args().n
    began = time.perf_counter()
    u, plan, history = solve(n)
    seconds = time.perf_counter() - began
    print(plan)
    for k, size in enumerate(history):
        print(f"step {k}: the residual is {size:.2e}")
    print(f"the greatest value is {u.max().item():.6f}; {n * n} unknowns, {seconds:.1f} s")
