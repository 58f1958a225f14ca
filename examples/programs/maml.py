"""MAML: learns a start from which a few gradient steps fit any of a family of sines."""

import math

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.func import functional_call

torch.manual_seed(0)


class SineTask:
    def __init__(self):
        self.amplitude = 0.5 + 2.0 * torch.rand(()).item()
        self.phase = math.pi * torch.rand(()).item()

    def sample(self, n):
        x = 10 * torch.rand(n, 1) - 5
        return x, self.amplitude * torch.sin(x + self.phase)


class Regressor(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(1, hidden), nn.Tanh(),
            nn.Linear(hidden, hidden), nn.Tanh(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.net(x)


def adapt(model, x, y, steps, inner_lr, create_graph):
    """The parameters after some gradient steps; they depend on the start."""
    params = dict(model.named_parameters())
    for _ in range(steps):
        loss = F.mse_loss(functional_call(model, params, (x,)), y)
        grads = torch.autograd.grad(loss, list(params.values()), create_graph=create_graph)
        params = {name: p - inner_lr * g for (name, p), g in zip(params.items(), grads)}
    return params


model = Regressor()
meta_optimizer = optim.Adam(model.parameters(), lr=1e-2)
inner_lr, meta_batch = 0.03, 4

for iteration in range(1, 61):
    meta_optimizer.zero_grad()
    meta_loss = 0.0
    for _ in range(meta_batch):
        task = SineTask()
        x_support, y_support = task.sample(10)
        x_query, y_query = task.sample(10)
        params = adapt(model, x_support, y_support, 2, inner_lr, create_graph=True)
        prediction = functional_call(model, params, (x_query,))
        meta_loss = meta_loss + F.mse_loss(prediction, y_query) / meta_batch
    meta_loss.backward()
    meta_optimizer.step()
    if iteration % 10 == 0:
        norm = torch.sqrt(sum(p.grad.pow(2).sum() for p in model.parameters()))
        print(f"iteration {iteration:2d}: meta loss {meta_loss.item():.5f}, "
              f"gradient norm {norm.item():.5f}")

# The first-order gradient is another one: compare them on one task.
task = SineTask()
x_support, y_support = task.sample(10)
x_query, y_query = task.sample(10)
gradients = {}
for name, create_graph in (("second order", True), ("first order", False)):
    params = adapt(model, x_support, y_support, 3, inner_lr, create_graph)
    loss = F.mse_loss(functional_call(model, params, (x_query,)), y_query)
    gradient = torch.autograd.grad(loss, model.parameters())
    gradients[name] = torch.cat([g.reshape(-1) for g in gradient])
    print(f"{name}: loss {loss.item():.5f}, norm {gradients[name].norm().item():.5f}")
cosine = F.cosine_similarity(*gradients.values(), dim=0)
print(f"cosine between them: {cosine.item():.5f}")

# Adaptation to new tasks.
for steps in (0, 1, 3, 5):
    losses = []
    for seed in range(5):
        torch.manual_seed(100 + seed)
        task = SineTask()
        x, y = task.sample(10)
        x_test, y_test = task.sample(50)
        params = adapt(model, x, y, steps, inner_lr, create_graph=False)
        with torch.no_grad():
            losses.append(F.mse_loss(functional_call(model, params, (x_test,)), y_test))
    print(f"after {steps} steps: mean test loss {torch.stack(losses).mean().item():.5f}")
