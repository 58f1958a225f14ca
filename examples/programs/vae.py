"""A variational autoencoder on a mixture of prototypes, with the reparameterisation trick."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)

INPUT_DIM, HIDDEN, LATENT = 64, 48, 4


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(INPUT_DIM, HIDDEN)
        self.fc_mu = nn.Linear(HIDDEN, LATENT)
        self.fc_logvar = nn.Linear(HIDDEN, LATENT)
        self.fc3 = nn.Linear(LATENT, HIDDEN)
        self.fc4 = nn.Linear(HIDDEN, INPUT_DIM)

    def encode(self, x):
        h = F.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_logvar(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        return self.fc4(F.relu(self.fc3(z)))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, INPUT_DIM))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(logits, x, mu, logvar, beta):
    bce = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce + beta * kld, bce, kld


# Ten binary prototypes; a sample is a prototype with some bits flipped.
prototypes = torch.bernoulli(torch.full((10, INPUT_DIM), 0.4))
labels = torch.randint(0, 10, (600,))
flips = torch.bernoulli(torch.full((600, INPUT_DIM), 0.05))
data = (prototypes[labels] - flips).abs()
loader = DataLoader(TensorDataset(data), batch_size=50, shuffle=True)

model = VAE()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(1, 13):
    beta = min(1.0, epoch / 8)
    totals = torch.zeros(3)
    for (x,) in loader:
        optimizer.zero_grad()
        logits, mu, logvar = model(x)
        loss, bce, kld = loss_function(logits, x, mu, logvar, beta)
        loss.backward()
        optimizer.step()
        totals += torch.stack([loss, bce, kld]).detach()
    loss, bce, kld = (totals / len(data)).tolist()
    print(f"epoch {epoch:2d}  loss {loss:8.4f}  reconstruction {bce:8.4f}  KL {kld:.4f}")

model.eval()
with torch.no_grad():
    logits, mu, logvar = model(data)
    print(f"posterior: |mu| {mu.norm(dim=1).mean():.4f}, sigma {(0.5 * logvar).exp().mean():.4f}")
    for k in range(3):
        print(f"class {k}:", " ".join(f"{v:.4f}" for v in mu[labels == k].mean(dim=0)))
    samples = torch.sigmoid(model.decode(torch.randn(8, LATENT)))
    distances = torch.cdist(samples, prototypes)
    nearest = distances.min(dim=1)
    print("nearest prototypes of samples:", nearest.indices.tolist())
    print("their distances:", " ".join(f"{d:.4f}" for d in nearest.values))
