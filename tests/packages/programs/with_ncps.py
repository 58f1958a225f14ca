"""ncps: liquid networks of continuous time, trained on a sine wave of irregular steps.

needs: ncps
tolerance: 1e-3
"""
import numpy as np
import torch
from ncps.torch import CfC, LTC
from ncps.wirings import AutoNCP

np.random.seed(0)
torch.manual_seed(0)
t = torch.linspace(0, 3, 10)
x, y = torch.stack([t.sin(), t.cos()], 1)[None], (2 * t).sin()[None, :, None]
for model in (CfC(2, 6, proj_size=1), CfC(2, AutoNCP(8, 1)), LTC(2, AutoNCP(8, 1))):
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(3):
        out, state = model(x, timespans=t.diff(append=t[-1:] + 0.3)[None])
        loss = (out - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(type(model).__name__, loss.item(), tuple(state.shape))
