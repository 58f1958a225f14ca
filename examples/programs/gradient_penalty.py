"""A Wasserstein GAN with gradient penalty, on eight Gaussians in the plane."""

import math

import torch
from torch import autograd, nn, optim

torch.manual_seed(0)

LAMBDA, CRITIC_ITERS, BATCH = 0.1, 3, 64


def real_data(n):
    angle = torch.randint(0, 8, (n,)) * (2 * math.pi / 8)
    centers = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
    return (2 * centers + 0.05 * torch.randn(n, 2)) / math.sqrt(2)


class Generator(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(2, dim), nn.ReLU(True),
            nn.Linear(dim, dim), nn.ReLU(True),
            nn.Linear(dim, 2),
        )

    def forward(self, noise):
        return self.main(noise)


class Critic(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(2, dim), nn.ELU(),
            nn.Linear(dim, dim), nn.ELU(),
            nn.Linear(dim, 1),
        )

    def forward(self, x):
        return self.main(x).view(-1)


def calc_gradient_penalty(netD, real, fake):
    alpha = torch.rand(real.size(0), 1).expand(real.size())
    interpolates = alpha * real + (1 - alpha) * fake
    interpolates = interpolates.detach().requires_grad_(True)
    disc_interpolates = netD(interpolates)
    gradients = autograd.grad(outputs=disc_interpolates, inputs=interpolates,
                              grad_outputs=torch.ones_like(disc_interpolates),
                              create_graph=True, retain_graph=True, only_inputs=True)[0]
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean() * LAMBDA


netG, netD = Generator(), Critic()
optimizerD = optim.Adam(netD.parameters(), lr=1e-3, betas=(0.5, 0.9))
optimizerG = optim.Adam(netG.parameters(), lr=1e-3, betas=(0.5, 0.9))

for iteration in range(1, 41):
    for p in netD.parameters():
        p.requires_grad = True
    for _ in range(CRITIC_ITERS):
        real = real_data(BATCH)
        with torch.no_grad():
            fake = netG(torch.randn(BATCH, 2))
        netD.zero_grad()
        D_real, D_fake = netD(real).mean(), netD(fake).mean()
        gradient_penalty = calc_gradient_penalty(netD, real, fake)
        D_cost = D_fake - D_real + gradient_penalty
        D_cost.backward()
        optimizerD.step()
        wasserstein = D_real - D_fake

    for p in netD.parameters():
        p.requires_grad = False
    netG.zero_grad()
    G_cost = -netD(netG(torch.randn(BATCH, 2))).mean()
    G_cost.backward()
    optimizerG.step()

    if iteration % 8 == 0:
        print(f"iter {iteration}: D cost {D_cost.item():.5f}, G cost {G_cost.item():.5f}, "
              f"Wasserstein {wasserstein.item():.5f}, penalty {gradient_penalty.item():.5f}")

with torch.no_grad():
    samples = netG(torch.randn(500, 2))
print("mean radius:", f"{samples.norm(dim=1).mean().item():.5f}",
      "covariance:", [[round(v, 4) for v in row] for row in torch.cov(samples.T).tolist()])
x = real_data(5).requires_grad_(True)
(gradient,) = autograd.grad(netD(x).sum(), x)
print("slopes of the critic at real points:",
      " ".join(f"{s:.5f}" for s in gradient.norm(dim=1).tolist()))
