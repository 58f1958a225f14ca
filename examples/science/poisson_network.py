"""A physics-informed network: Poisson's equation on the unit cube of a few dimensions.

The network u is trained so that its Laplacian is that of a known function at random points inside,
and its values are right at points of the boundary. The Laplacian of all points is one
`vmap(laplacian(u))`, a single forward pass that carries value, Jacobian and Laplacian. Beside it is
the dense route, which makes a Hessian for each point to take its trace. The gradient in the weights
goes through either.
"""

import argparse
import time

import wengert as torch
from wengert.func import functional_call, grad_and_value, hessian, laplacian, vmap


def exact(x):
    """sum sin(pi x_i), whose Laplacian is -pi^2 times itself."""
    return torch.sin(torch.pi * x).sum(-1)


def laplacian_of_exact(x):
    return -torch.pi ** 2 * exact(x)


class Poisson:
    """A network with its loss; `dense` takes the traces of Hessians."""

    def __init__(self, dimensions=3, width=32, points=64, dense=False):
        nn = torch.nn
        self.model = nn.Sequential(nn.Linear(dimensions, width), nn.Tanh(),
                                   nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))
        self.params = dict(self.model.named_parameters())
        self.points, self.dimensions, self.dense = points, dimensions, dense

    def u(self, params, x):
        return functional_call(self.model, params, (x,)).squeeze(-1)

    def laplacians(self, params, xs):
        """The Laplacian of the network at each of the points `xs`."""
        u = lambda x: self.u(params, x)
        if self.dense:
            return vmap(lambda x: hessian(u)(x).diagonal().sum())(xs)
        return vmap(laplacian(u))(xs)

    def loss(self, params, inside, boundary):
        residual = self.laplacians(params, inside) - laplacian_of_exact(inside)
        values = self.u(params, boundary) - exact(boundary)
        return (residual ** 2).mean() / torch.pi ** 4 + 10 * (values ** 2).mean()

    def sample(self):
        """Points inside, and points of the boundary."""
        inside = torch.rand(self.points, self.dimensions)
        boundary = torch.rand(self.points, self.dimensions)
        faces = torch.randint(0, self.dimensions, (self.points, 1))
        sides = torch.randint(0, 2, (self.points, 1)).to(boundary.dtype)
        return inside, boundary.scatter(1, faces, sides)

    def train(self, steps, lr=3e-3):
        """The losses of `steps` steps of Adam."""
        optimizer = torch.optim.Adam(self.params.values(), lr=lr)
        derivative, losses = grad_and_value(self.loss), []
        for _ in range(steps):
            detached = {name: p.detach() for name, p in self.params.items()}
            grads, value = derivative(detached, *self.sample())
            for name, p in self.params.items():
                p.grad = grads[name]
            optimizer.step()
            losses.append(float(value))
        return losses

    def error(self, points=500):
        """The root of the mean squared error, relative to that of zero."""
        x = torch.rand(points, self.dimensions)
        with torch.no_grad():
            wrong = self.u(self.params, x) - exact(x)
            return float((wrong ** 2).mean().sqrt() / (exact(x) ** 2).mean().sqrt())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--dimensions", type=int, default=3)
    arguments = parser.parse_args()
    for dense in (True, False):
        torch.manual_seed(0)
        problem = Poisson(arguments.dimensions, dense=dense)
        problem.train(100)   # until it is compiled
        began = time.process_time()
        losses = problem.train(arguments.steps if not dense else 100)
        spent = (time.process_time() - began) / len(losses) * 1e3
        print(f"{'traces of Hessians' if dense else 'forward Laplacian':20} {spent:6.2f} ms a step")
    print(f"loss {losses[0]:.3f} to {losses[-1]:.5f}, relative error {problem.error():.4f}")
