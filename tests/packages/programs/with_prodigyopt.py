"""prodigyopt: an optimiser that finds its step size, with a cosine schedule.

needs: prodigyopt
tolerance: 1e-3
"""
import torch
from prodigyopt import Prodigy

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv1d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv1d(4, 1, 3, padding=1))
optimizer = Prodigy(model.parameters(), lr=1.0, weight_decay=0.01, safeguard_warmup=True)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8)
x = torch.randn(4, 1, 12)
for _ in range(8):
    loss = (model(x) - x.roll(1, -1)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    print(loss.item(), optimizer.param_groups[0]["d"])
