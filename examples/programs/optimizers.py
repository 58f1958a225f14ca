"""Fits a cubic polynomial to a wave with each of the optimisers, from the same start."""

import math

import torch
from torch import nn

x = torch.linspace(-math.pi, math.pi, 500)
y = torch.sin(x) + 0.5 * torch.cos(x)

# The inputs are x / pi, (x / pi)^2 and (x / pi)^3, so the model is linear in its weights.
powers = torch.tensor([1, 2, 3])
features = (x / math.pi).unsqueeze(-1).pow(powers)
loss_fn = nn.MSELoss()


def make_model():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(3, 1),
        nn.Flatten(0, 1),
    )


optimizers = {
    "SGD": lambda params: torch.optim.SGD(params, lr=0.1),
    "SGD, momentum": lambda params: torch.optim.SGD(params, lr=0.05, momentum=0.9),
    "SGD, Nesterov": lambda params: torch.optim.SGD(
        params, lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-4),
    "Adam": lambda params: torch.optim.Adam(params, lr=0.05),
    "Adam, AMSGrad": lambda params: torch.optim.Adam(params, lr=0.05, amsgrad=True),
    "AdamW": lambda params: torch.optim.AdamW(params, lr=0.05, weight_decay=0.01),
    "Adamax": lambda params: torch.optim.Adamax(params, lr=0.05),
    "NAdam": lambda params: torch.optim.NAdam(params, lr=0.05),
    "RAdam": lambda params: torch.optim.RAdam(params, lr=0.05),
    "Adagrad": lambda params: torch.optim.Adagrad(params, lr=0.3),
    "Adadelta": lambda params: torch.optim.Adadelta(params, lr=5.0),
    "RMSprop": lambda params: torch.optim.RMSprop(params, lr=0.01),
    "RMSprop, centered": lambda params: torch.optim.RMSprop(
        params, lr=0.01, momentum=0.5, centered=True),
    "Rprop": lambda params: torch.optim.Rprop(params, lr=0.01),
    "ASGD": lambda params: torch.optim.ASGD(params, lr=0.1),
    "Adafactor": lambda params: torch.optim.Adafactor(params, lr=0.05),
}

for name, make_optimizer in optimizers.items():
    model = make_model()
    optimizer = make_optimizer(model.parameters())
    losses = []
    for _ in range(60):
        loss = loss_fn(model(features), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(f"{name:18s} {losses[0]:.6f} {losses[9]:.6f} {losses[29]:.6f} {losses[59]:.6f}")

    linear = model[0]
    a, (b, c, d) = linear.bias.item(), linear.weight[0].tolist()
    print(f"{'':18s} y = {a:.4f} + {b:.4f} u + {c:.4f} u^2 + {d:.4f} u^3")

print(optimizer)
