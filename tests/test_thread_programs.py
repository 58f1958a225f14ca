"""Programs with threads, as users write them."""

from __future__ import annotations

import asyncio
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import numpy as np

import wengert as torch

nn = torch.nn


def fitted(batches):
    """The weights of a small fit on ``batches``, in their order."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    for x, y in batches:
        optimizer.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()
    return [p.detach().numpy().copy() for p in model.parameters()]


def batch(k):
    x = torch.tensor(np.random.RandomState(k).uniform(-1, 1, (4 + k % 3, 3)))
    return (x - x.mean(0)) / 2, x[:, :1].sin()   # not computed where it is made


def test_threads_prepare_batches_for_a_training_loop():
    want = fitted(map(batch, range(24)))
    ready: dict[int, queue.Queue] = {k: queue.Queue(2) for k in range(3)}

    def loader(k):
        for n in range(k, 24, 3):
            ready[k].put(batch(n))
    loaders = [threading.Thread(target=loader, args=(k,)) for k in range(3)]
    for thread in loaders:
        thread.start()
    found = fitted(ready[n % 3].get() for n in range(24))
    for thread in loaders:
        thread.join()
    for a, b in zip(found, want, strict=True):
        assert np.allclose(a, b, rtol=1e-10)


def test_a_model_is_trained_while_it_answers():
    torch.manual_seed(0)
    model = nn.Linear(3, 1, bias=False).double()
    with torch.no_grad():
        model.weight.zero_()
    step = torch.ones(1, 3, dtype=torch.float64)

    def answer(n):
        """Each answer is that of one set of weights: all of them equal."""
        x = torch.eye(3, dtype=torch.float64) * (1 + n % 5)
        if n % 4 == 0:
            with torch.no_grad():
                model.weight.add_(step)
            return None
        with torch.no_grad():
            found = (model(x) / (1 + n % 5)).flatten().tolist()
        return found
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(answer, range(120)))
    assert model.weight.tolist() == [[30.0] * 3]
    for found in answers:
        assert found is None or (np.allclose(found, found[0]) and 0 <= found[0] <= 30.001)


def test_an_asynchronous_server_with_an_executor():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    inputs = torch.randn(10, 4)
    with torch.no_grad():
        want = model(inputs)

    def infer(rows):
        with torch.inference_mode():
            return model(inputs[rows])

    def saliency(row):
        x = inputs[row].clone().requires_grad_()
        model(x).sum().backward(inputs=[x])
        return x.grad

    async def serve():
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(4) as pool:
            async def request(n):
                rows = [n % 10, (n * 3) % 10, n % 7]
                out = await loop.run_in_executor(pool, infer, rows)
                grad = await loop.run_in_executor(pool, saliency, n % 10)
                assert torch.is_grad_enabled() and not out.requires_grad
                assert torch.allclose(out.clone(), want[rows], atol=1e-5)
                return n % 10, grad
            return await asyncio.gather(*map(request, range(40)))
    found = asyncio.run(serve())
    assert all(p.grad is None for p in model.parameters())
    for row, grad in found:
        assert torch.allclose(grad, saliency(row), atol=1e-6)


def test_derivatives_of_a_function_with_a_shared_parameter():
    w = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True)

    def loss(x):
        return (torch.tanh(w * x) ** 2).sum()

    def work(n):
        x = torch.full((3,), 0.1 * (1 + n % 6), dtype=torch.float64)
        g = torch.func.grad(loss)(x)
        g.sum().backward()   # through the captured parameter
        return g.tolist(), torch.func.hessian(loss)(x).diagonal().tolist()
    with ThreadPool(5) as pool:
        found = pool.map(work, range(30))
    total = w.grad.clone()
    w.grad = None
    for n, (g, h) in enumerate(found):
        again = work(n)
        assert np.allclose(g, again[0]) and np.allclose(h, again[1])
    assert np.allclose(total.numpy(), w.grad.numpy())
