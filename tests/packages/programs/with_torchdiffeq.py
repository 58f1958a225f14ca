"""torchdiffeq: a neural ODE with the adjoint method, events, several solvers.

needs: torchdiffeq
"""
import torch
from torchdiffeq import odeint, odeint_adjoint, odeint_event

torch.manual_seed(0)


class Field(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))

    def forward(self, t, y):
        return self.net(y)


field, t = Field(), torch.linspace(0, 1, 5)
optimizer = torch.optim.Adam(field.parameters(), 1e-2)
y0 = torch.tensor([[1.0, 0.0]])
for method in ("dopri5", "rk4", "euler", "midpoint"):
    for solve in (odeint, odeint_adjoint):
        loss = solve(field, y0, t, method=method).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(method, loss.item(), sum(p.grad.abs().sum().item() for p in field.parameters()))
time, state = odeint_event(lambda t, y: -torch.ones_like(y), torch.tensor([1.0]), torch.tensor(0.0), event_fn=lambda t, y: y[0] - 0.25)
print(time.item(), state[-1].item())
