"""A physics-informed network: solves a damped oscillator's equation from its residual."""

import torch
from torch import nn

torch.manual_seed(123)

d, w0 = 1.5, 5.0   # damping and frequency: u'' + 2 d u' + w0^2 u = 0, u(0) = 1, u'(0) = 0


def exact_solution(t):
    w = (w0 ** 2 - d ** 2) ** 0.5
    phi = torch.atan2(torch.tensor(-d), torch.tensor(w))
    A = 1 / (2 * torch.cos(phi))
    return torch.exp(-d * t) * 2 * A * torch.cos(phi + w * t)


class FCN(nn.Module):
    """Fully connected, with a wave for an activation."""

    class Wave(nn.Module):
        def __init__(self):
            super().__init__()
            self.frequency = nn.Parameter(torch.tensor(2.0))

        def forward(self, x):
            return torch.sin(self.frequency * x)

    def __init__(self, n_hidden, n_layers):
        super().__init__()
        self.fcs = nn.Sequential(nn.Linear(1, n_hidden), self.Wave())
        self.fch = nn.Sequential(*[
            nn.Sequential(nn.Linear(n_hidden, n_hidden), self.Wave())
            for _ in range(n_layers - 1)])
        self.fce = nn.Linear(n_hidden, 1)

    def forward(self, x):
        return self.fce(self.fch(self.fcs(x)))


pinn = FCN(16, 2)
print(pinn)
t_boundary = torch.tensor(0.0).view(-1, 1).requires_grad_(True)
t_physics = torch.linspace(0, 1, 30).view(-1, 1).requires_grad_(True)
t_test = torch.linspace(0, 1, 100).view(-1, 1)
u_exact = exact_solution(t_test)

optimizer = torch.optim.Adam(pinn.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=5)
lambda1, lambda2 = 1e-1, 1e-3
for i in range(1, 121):
    optimizer.zero_grad()

    u = pinn(t_boundary)
    loss1 = (torch.squeeze(u) - 1) ** 2
    dudt = torch.autograd.grad(u, t_boundary, torch.ones_like(u), create_graph=True)[0]
    loss2 = (torch.squeeze(dudt) - 0) ** 2

    u = pinn(t_physics)
    dudt = torch.autograd.grad(u, t_physics, torch.ones_like(u), create_graph=True)[0]
    d2udt2 = torch.autograd.grad(dudt, t_physics, torch.ones_like(dudt), create_graph=True)[0]
    loss3 = torch.mean((d2udt2 + 2 * d * dudt + w0 ** 2 * u) ** 2)

    loss = loss1 + lambda1 * loss2 + lambda2 * loss3
    loss.backward()
    optimizer.step()
    scheduler.step(loss.detach())

    if i % 20 == 0:
        with torch.no_grad():
            error = (pinn(t_test) - u_exact).pow(2).mean().sqrt()
        print(f"step {i:3d}: loss {loss.item():.6f} (boundary {loss1.item():.6f}, slope "
              f"{loss2.item():.6f}, equation {loss3.item():.5f}), error {error.item():.5f}, "
              f"lr {optimizer.param_groups[0]['lr']:.6f}")

with torch.no_grad():
    print("u at 0, 0.25, 0.5, 1:", [round(v, 4) for v in
                                    pinn(torch.tensor([[0.0], [0.25], [0.5], [1.0]]))
                                    .flatten().tolist()])
print("frequencies:", [round(p.item(), 5) for name, p in pinn.named_parameters()
                       if name.endswith("frequency")])
