"""pytorch-ranger: Ranger, its two variants, and a schedule, on a small convolutional network.

needs: pytorch-ranger
"""
import torch
from pytorch_ranger import Ranger, RangerQH, RangerVA

for kind in (Ranger, RangerVA, RangerQH):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(64, 3))
    optimizer = kind(model.parameters(), lr=1e-2)
    x, y = torch.randn(5, 1, 6, 6), torch.tensor([0, 1, 2, 0, 1])
    for _ in range(8):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(kind.__name__, loss.item())
