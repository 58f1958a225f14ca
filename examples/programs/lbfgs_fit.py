"""Fits with L-BFGS in double precision: the Rosenbrock function, a decay curve, and a network."""

import torch
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


# 1. The Rosenbrock function, with a line search.
point = torch.tensor([-1.5, 2.0], requires_grad=True)
optimizer = torch.optim.LBFGS([point], max_iter=4, history_size=5, line_search_fn="strong_wolfe")
evaluations = 0


def rosenbrock():
    global evaluations
    evaluations += 1
    optimizer.zero_grad()
    x, y = point
    value = (1 - x) ** 2 + 100 * (y - x ** 2) ** 2
    value.backward()
    return value


for step in range(4):
    value = optimizer.step(rosenbrock)
    print(f"step {step}: value {value.item():.8f} at "
          f"({point[0].item():.6f}, {point[1].item():.6f}), {evaluations} evaluations")


# 2. A decaying oscillation: amplitude, rate, frequency and phase.
t = torch.linspace(0, 4, 60)
data = 2.0 * torch.exp(-0.5 * t) * torch.cos(3.0 * t + 0.4) + 0.02 * torch.randn(60)
parameters = nn.ParameterDict({
    "amplitude": nn.Parameter(torch.tensor(1.0)),
    "rate": nn.Parameter(torch.tensor(0.2)),
    "frequency": nn.Parameter(torch.tensor(2.7)),
    "phase": nn.Parameter(torch.tensor(0.0)),
})


def curve():
    p = parameters
    return p["amplitude"] * torch.exp(-p["rate"] * t) * torch.cos(p["frequency"] * t + p["phase"])


fit = torch.optim.LBFGS(parameters.parameters(), lr=1.0, max_iter=20,
                        line_search_fn="strong_wolfe")


def closure():
    fit.zero_grad()
    loss = nn.functional.mse_loss(curve(), data)
    loss.backward()
    return loss


print(f"decay: first loss {fit.step(closure).item():.8f}, then {closure().item():.8f}")
for name, p in parameters.items():
    print(f"  {name} = {p.item():.6f}")
jacobian = torch.autograd.functional.jacobian(
    lambda a, r, f, ph: a * torch.exp(-r * t) * torch.cos(f * t + ph),
    tuple(parameters[name].detach() for name in ("amplitude", "rate", "frequency", "phase")))
J = torch.stack(jacobian, dim=1)
residual = (data - curve()).detach()
covariance = torch.linalg.inv(J.T @ J) * residual.var()
print("  standard errors:", " ".join(f"{e:.6f}" for e in covariance.diagonal().sqrt().tolist()))


# 3. A small network on all of its data at once, with a fixed step.
x = torch.linspace(-1, 1, 40).unsqueeze(1)
y = torch.sin(4 * x) * torch.exp(-x ** 2)
model = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=5, tolerance_change=1e-12)
losses = []
for _ in range(6):

    def closure():
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        return loss

    losses.append(optimizer.step(closure).item())
print("network:", " ".join(f"{loss:.7f}" for loss in losses))
print("function evaluations:", optimizer.state[model[0].weight]["func_evals"])
print("dtype:", model[0].weight.dtype, "norm:",
      f"{torch.nn.utils.parameters_to_vector(model.parameters()).norm().item():.7f}")
