"""The examples of Laplacians and per-sample gradients, small."""

from __future__ import annotations

import numpy as np
from test_sparse_examples import example

import wengert as torch


def test_poisson_network() -> None:
    poisson = example("poisson_network")
    torch.manual_seed(0)
    problem = poisson.Poisson(dimensions=2, width=8, points=6)
    dense = poisson.Poisson(dimensions=2, width=8, points=6, dense=True)
    params = {name: p.detach() for name, p in problem.params.items()}
    inside, boundary = problem.sample()
    assert ((boundary == 0) | (boundary == 1)).any(1).all()
    np.testing.assert_allclose(problem.laplacians(params, inside).numpy(),
                               dense.laplacians(params, inside).numpy(), 1e-4, 1e-4)
    found = torch.func.grad(problem.loss)(params, inside, boundary)
    wanted = torch.func.grad(dense.loss)(params, inside, boundary)
    for name in params:
        np.testing.assert_allclose(found[name].numpy(), wanted[name].numpy(), 1e-3, 1e-4)
    losses = problem.train(40, lr=1e-2)
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_per_sample_gradients() -> None:
    example_ = example("per_sample_gradients")
    torch.manual_seed(1)
    model = example_.classifier(4, 3, 5)
    xs, ys, _ = example_.blobs(6, 4, 3)
    grads = example_.per_sample(model, example_.parameters_of(model), xs, ys)
    other = example_.per_sample_by_autograd(model, xs, ys)
    for k in range(6):
        model.zero_grad()
        torch.nn.functional.cross_entropy(model(xs[k:k + 1]), ys[k:k + 1]).backward()
        for name, p in model.named_parameters():
            np.testing.assert_allclose(grads[name][k].numpy(), p.grad.numpy(), 1e-5, 1e-6)
            np.testing.assert_allclose(other[name][k].numpy(), p.grad.numpy(), 1e-5, 1e-6)
    sizes = [float(example_.private_step(model, xs, ys, noise=0.0).mean()) for _ in range(15)]
    assert sizes[-1] < sizes[0]
