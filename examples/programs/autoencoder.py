"""A denoising convolutional autoencoder on small images of bars, with transposed convolutions."""

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)


def bars(n, size=16):
    """Images with one horizontal and one vertical bar."""
    images = torch.zeros(n, 1, size, size)
    row = torch.randint(1, size - 1, (n,))
    column = torch.randint(1, size - 1, (n,))
    index = torch.arange(n)
    images[index, 0, row, :] = 1.0
    images[index, 0, :, column] = 1.0
    return images


class Autoencoder(nn.Module):
    def __init__(self, latent_dim=16):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(8, 16, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(16 * 4 * 4, latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, 16 * 4 * 4),
            nn.ReLU(),
            nn.Unflatten(1, (16, 4, 4)),
            nn.ConvTranspose2d(16, 8, kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(8, 1, kernel_size=3, stride=2, padding=1, output_padding=1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        code = self.encoder(x)
        return self.decoder(code), code


train_images, test_images = bars(256), bars(64)
model = Autoencoder()
for name, module in model.named_children():
    print(name, sum(p.numel() for p in module.parameters()))

optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, betas=(0.9, 0.99))
batch_size = 32
for epoch in range(16):
    order = torch.randperm(len(train_images))
    epoch_loss = 0.0
    for start in range(0, len(order), batch_size):
        clean = train_images[order[start:start + batch_size]]
        noisy = (clean + 0.2 * torch.randn_like(clean)).clamp(0, 1)
        reconstruction, code = model(noisy)
        loss = F.binary_cross_entropy(reconstruction, clean)
        loss = loss + 1e-3 * code.abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    if epoch % 4 == 3:
        print(f"epoch {epoch + 1:2d}: loss {epoch_loss / (len(order) / batch_size):.5f}")

model.eval()
with torch.no_grad():
    reconstruction, code = model(test_images)
    print(f"test: bce {F.binary_cross_entropy(reconstruction, test_images):.5f}, "
          f"mse {F.mse_loss(reconstruction, test_images):.5f}, "
          f"psnr {-10 * torch.log10(F.mse_loss(reconstruction, test_images)):.4f} dB")
    print("code:", tuple(code.shape), f"mean {code.mean():.5f}, std {code.std():.5f}")
    image = reconstruction[0, 0]
    for row in image[::2]:
        print(" ".join(f"{value:.4f}" for value in row[::4]))
