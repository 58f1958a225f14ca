"""A normalising flow of affine couplings (RealNVP) that learns the density of two moons."""

import math

import torch
from torch import nn
from torch.distributions import MultivariateNormal

torch.manual_seed(0)


def two_moons(n):
    angle = math.pi * torch.rand(n)
    upper = torch.rand(n) < 0.5
    x = torch.where(upper, torch.cos(angle), 1 - torch.cos(angle))
    y = torch.where(upper, torch.sin(angle), 0.5 - torch.sin(angle))
    return torch.stack([x, y], dim=1) + 0.1 * torch.randn(n, 2)


class AffineCoupling(nn.Module):
    def __init__(self, mask, hidden=32):
        super().__init__()
        self.register_buffer("mask", mask)
        self.scale = nn.Sequential(
            nn.Linear(2, hidden), nn.LeakyReLU(), nn.Linear(hidden, 2), nn.Tanh())
        self.translate = nn.Sequential(
            nn.Linear(2, hidden), nn.LeakyReLU(), nn.Linear(hidden, 2))

    def forward(self, x):
        masked = x * self.mask
        s = self.scale(masked) * (1 - self.mask)
        t = self.translate(masked) * (1 - self.mask)
        z = masked + (1 - self.mask) * (x * torch.exp(s) + t)
        return z, s.sum(dim=1)

    def inverse(self, z):
        masked = z * self.mask
        s = self.scale(masked) * (1 - self.mask)
        t = self.translate(masked) * (1 - self.mask)
        return masked + (1 - self.mask) * ((z - t) * torch.exp(-s))


class RealNVP(nn.Module):
    def __init__(self, num_layers):
        super().__init__()
        masks = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
        self.layers = nn.ModuleList(AffineCoupling(masks[i % 2]) for i in range(num_layers))
        self.register_buffer("loc", torch.zeros(2))
        self.register_buffer("cov", torch.eye(2))

    @property
    def prior(self):
        return MultivariateNormal(self.loc, self.cov)

    def log_prob(self, x):
        log_det = torch.zeros(x.shape[0])
        for layer in self.layers:
            x, contribution = layer(x)
            log_det = log_det + contribution
        return self.prior.log_prob(x) + log_det

    def sample(self, n):
        z = self.prior.sample((n,))
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z


flow = RealNVP(num_layers=4)
print(f"{len(list(flow.parameters()))} parameters, {len(list(flow.buffers()))} buffers")
optimizer = torch.optim.Adam(flow.parameters(), lr=5e-3)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[60, 90], gamma=0.3)

for step in range(1, 121):
    x = two_moons(128)
    loss = -flow.log_prob(x).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 20 == 0:
        print(f"step {step:3d}: negative log-likelihood {loss.item():.5f}, "
              f"lr {scheduler.get_last_lr()[0]:.6f}")

with torch.no_grad():
    test = two_moons(500)
    print(f"test: {-flow.log_prob(test).mean().item():.5f}")
    z = test
    for layer in flow.layers:
        z, _ = layer(z)
    back = z
    for layer in reversed(flow.layers):
        back = layer.inverse(back)
    print("invertible:", torch.allclose(back, test, atol=1e-4))
    samples = flow.sample(500)
    print("sample mean:", [round(v, 4) for v in samples.mean(dim=0).tolist()],
          "std:", [round(v, 4) for v in samples.std(dim=0).tolist()])
    grid = torch.cartesian_prod(torch.linspace(-1, 2, 4), torch.linspace(-0.5, 1, 4))
    print("log-density on a grid:")
    for row in flow.log_prob(grid).view(4, 4):
        print("  " + " ".join(f"{v:9.4f}" for v in row.tolist()))
