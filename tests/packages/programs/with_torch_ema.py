"""torch-ema: parameters averaged, stored, swapped in for a test and restored.

needs: torch-ema
"""
import torch
from torch_ema import ExponentialMovingAverage

torch.manual_seed(0)
model = torch.nn.Linear(6, 2)
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
ema = ExponentialMovingAverage(model.parameters(), decay=0.95)
x, y = torch.randn(20, 6), torch.randint(2, (20,))
for start in (0, 4, 8, 12, 0, 4, 8):
    loss = torch.nn.functional.cross_entropy(model(x[start:start + 8]), y[start:start + 8])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    ema.update()
with ema.average_parameters():
    print(model(x[:2]).tolist())
print(model(x[:2]).tolist(), len(ema.state_dict()["shadow_params"]))
