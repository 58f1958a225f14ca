"""Saves a checkpoint in mid-training, and resumes from it in a new model: nothing differs."""

import io
import os
import tempfile

import torch
from torch import nn, optim

SEED = 21


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, 2 * dim)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(2 * dim, dim)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return x + self.drop(self.fc2(self.act(self.fc1(self.norm(x)))))


def build():
    model = nn.Sequential(nn.Linear(6, 24), *[ResidualBlock(24) for _ in range(3)],
                          nn.LayerNorm(24), nn.Linear(24, 1))
    optimizer = optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40, eta_min=1e-5)
    return model, optimizer, scheduler


def train(model, optimizer, scheduler, data, first, last):
    x, y = data
    model.train()
    for step in range(first, last):
        indices = torch.randint(0, len(x), (64,))
        loss = nn.functional.huber_loss(model(x[indices]).squeeze(-1), y[indices], delta=0.5)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        if (step + 1) % 10 == 0:
            print(f"step {step + 1:2d}  loss {loss.item():.6f}  "
                  f"lr {optimizer.param_groups[0]['lr']:.7f}")


def checksum(model):
    return sum(p.double().abs().sum().item() for p in model.parameters())


def main():
    torch.manual_seed(SEED)
    x = torch.randn(512, 6)
    data = x, torch.sin(x[:, 0] * x[:, 1]) + x[:, 2].abs()

    model, optimizer, scheduler = build()
    train(model, optimizer, scheduler, data, 0, 20)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "checkpoint.pt")
        torch.save({
            "step": 20,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "rng": torch.get_rng_state(),
        }, path)
        print("going on:")
        train(model, optimizer, scheduler, data, 20, 40)
        print(f"checksum {checksum(model):.5f}")

        checkpoint = torch.load(path, map_location="cpu", weights_only=True)

    print("resumed:", sorted(checkpoint), "at step", checkpoint["step"])
    torch.manual_seed(0)
    resumed, optimizer, scheduler = build()
    print(resumed.load_state_dict(checkpoint["model"]))
    optimizer.load_state_dict(checkpoint["optimizer"])
    scheduler.load_state_dict(checkpoint["scheduler"])
    torch.set_rng_state(checkpoint["rng"])
    train(resumed, optimizer, scheduler, data, checkpoint["step"], 40)
    print(f"checksum {checksum(resumed):.5f}")
    same = all(torch.equal(a, b) for a, b in zip(model.parameters(), resumed.parameters()))
    print("the same to the last bit:", same)

    # A part of a checkpoint, and one that does not fit.
    buffer = io.BytesIO()
    torch.save(resumed.state_dict(), buffer)
    buffer.seek(0)
    state = torch.load(buffer)
    state["extra"] = torch.zeros(1)
    del state["5.bias"]
    print(resumed.load_state_dict(state, strict=False))
    try:
        resumed.load_state_dict(state)
    except RuntimeError as error:
        print(error)

    names = list(resumed.state_dict())
    print(len(names), "entries, from", names[0], "to", names[-1])
    first = optimizer.state_dict()["state"][0]
    print("Adam's state:", {k: tuple(v.shape) for k, v in first.items()}, first["step"].item())


if __name__ == "__main__":
    main()
