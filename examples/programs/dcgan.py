"""A small DCGAN on blobs: a generator and a discriminator with an optimiser each."""

import torch
import torch.nn as nn

torch.manual_seed(999)

nz, ngf, ndf, size = 8, 8, 8, 16


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif classname.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 2, 4, 1, 0, bias=False),    # 4 x 4
            nn.BatchNorm2d(ngf * 2),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False),   # 8 x 8
            nn.BatchNorm2d(ngf),
            nn.ReLU(True),
            nn.ConvTranspose2d(ngf, 1, 4, 2, 1, bias=False),         # 16 x 16
            nn.Tanh(),
        )

    def forward(self, input):
        return self.main(input)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(1, ndf, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf, ndf * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(ndf * 2),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf * 2, 1, 4, 1, 0, bias=False),
        )

    def forward(self, input):
        return self.main(input).view(-1)


def real_batch(n):
    """Round blobs of random place and width, between -1 and 1."""
    grid = torch.arange(float(size))
    centers = 4 + 8 * torch.rand(n, 2, 1)
    width = 2 + 2 * torch.rand(n, 1)
    rows = torch.exp(-((grid - centers[:, 0]) / width) ** 2)
    columns = torch.exp(-((grid - centers[:, 1]) / width) ** 2)
    return (2 * rows.unsqueeze(2) * columns.unsqueeze(1) - 1).unsqueeze(1)


netG, netD = Generator(), Discriminator()
netG.apply(weights_init)
netD.apply(weights_init)
print(netG)
print(netD)

criterion = nn.BCEWithLogitsLoss()
optimizerD = torch.optim.Adam(netD.parameters(), lr=2e-4, betas=(0.5, 0.999))
optimizerG = torch.optim.Adam(netG.parameters(), lr=2e-4, betas=(0.5, 0.999))
fixed_noise = torch.randn(16, nz, 1, 1)
real_label, fake_label, batch_size = 1.0, 0.0, 32

for i in range(25):
    # Update D: maximise log(D(x)) + log(1 - D(G(z)))
    netD.zero_grad()
    real = real_batch(batch_size)
    label = torch.full((batch_size,), real_label, dtype=torch.float)
    output = netD(real)
    errD_real = criterion(output, label)
    errD_real.backward()
    D_x = output.sigmoid().mean().item()

    noise = torch.randn(batch_size, nz, 1, 1)
    fake = netG(noise)
    label.fill_(fake_label)
    output = netD(fake.detach())
    errD_fake = criterion(output, label)
    errD_fake.backward()
    D_G_z1 = output.sigmoid().mean().item()
    errD = errD_real + errD_fake
    optimizerD.step()

    # Update G: maximise log(D(G(z)))
    netG.zero_grad()
    label.fill_(real_label)
    output = netD(fake)
    errG = criterion(output, label)
    errG.backward()
    D_G_z2 = output.sigmoid().mean().item()
    optimizerG.step()

    if i % 4 == 0:
        print(f"[{i}] Loss_D: {errD.item():.5f}\tLoss_G: {errG.item():.5f}\t"
              f"D(x): {D_x:.5f}\tD(G(z)): {D_G_z1:.5f} / {D_G_z2:.5f}")

with torch.no_grad():
    fake = netG(fixed_noise).detach().cpu()
print("samples:", tuple(fake.shape), f"mean {fake.mean():.5f}, std {fake.std():.5f}")
for name, p in [*netG.named_parameters("G"), *netD.named_parameters("D")]:
    print(f"{name:18s} {p.norm().item():.5f}")
