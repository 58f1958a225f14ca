"""A mixture density network: predicts a density where the inverse of a function has branches."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

torch.manual_seed(1)

n_samples = 400
y_data = torch.linspace(-5, 5, n_samples)
x_data = 3.5 * torch.sin(0.75 * y_data) + 0.5 * y_data + 0.3 * torch.randn(n_samples)
x_data, y_data = x_data.unsqueeze(1), y_data.unsqueeze(1)


class MDN(nn.Module):
    def __init__(self, n_hidden=24, n_gaussians=5):
        super().__init__()
        self.z_h = nn.Sequential(nn.Linear(1, n_hidden), nn.Tanh())
        self.z_pi = nn.Linear(n_hidden, n_gaussians)
        self.z_mu = nn.Linear(n_hidden, n_gaussians)
        self.z_sigma = nn.Linear(n_hidden, n_gaussians)
        with torch.no_grad():
            self.z_mu.bias.copy_(torch.linspace(-4, 4, n_gaussians))

    def forward(self, x):
        z_h = self.z_h(x)
        pi = F.softmax(self.z_pi(z_h), -1)
        sigma = F.softplus(self.z_sigma(z_h)) + 1e-2
        return pi, sigma, self.z_mu(z_h)


def mdn_loss(pi, sigma, mu, y):
    log_prob = Normal(loc=mu, scale=sigma).log_prob(y)
    return -torch.logsumexp(log_prob + torch.log(pi), dim=1).mean()


network = MDN()
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-2, total_steps=200)
for step in range(200):
    pi, sigma, mu = network(x_data)
    loss = mdn_loss(pi, sigma, mu, y_data)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 40 == 0 or step == 199:
        print(f"step {step:3d}  loss {loss.item():.5f}  lr {scheduler.get_last_lr()[0]:.6f}  "
              f"momentum {optimizer.param_groups[0]['betas'][0]:.5f}")

# The same density through the library's own mixture.
network.eval()
with torch.no_grad():
    pi, sigma, mu = network(x_data)
    mixture = MixtureSameFamily(Categorical(pi),
                                Independent(Normal(mu.unsqueeze(-1), sigma.unsqueeze(-1)), 1))
    print(f"as a mixture: {-mixture.log_prob(y_data).mean().item():.5f}, "
          f"mean {mixture.mean.mean().item():.5f}, variance {mixture.variance.mean().item():.5f}")

    for value in (-4.0, 0.0, 2.5):
        pi, sigma, mu = network(torch.tensor([[value]]))
        print(f"at x = {value}:")
        for weight, center, width in zip(pi[0].tolist(), mu[0].tolist(), sigma[0].tolist()):
            if weight > 0.05:
                print(f"  {weight:.4f} of N({center:.4f}, {width:.4f})")
        k = torch.multinomial(pi, 6, replacement=True).squeeze(0)
        samples = torch.normal(mu[0, k], sigma[0, k])
        print("  samples:", " ".join(f"{s:.4f}" for s in samples.tolist()))
