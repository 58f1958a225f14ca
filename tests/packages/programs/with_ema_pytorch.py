"""ema-pytorch: an average of a network's weights over its training, a set of them, saved and loaded.

needs: ema-pytorch
"""
import torch
from ema_pytorch import EMA

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
ema = EMA(net, beta=0.99, update_after_step=2, update_every=2)
optimizer = torch.optim.SGD(net.parameters(), 0.1)
x = torch.randn(8, 4)
for _ in range(12):
    loss = (net(x) - x.sum(1, keepdim=True)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    ema.update()
print(loss.item(), ema(x).flatten().tolist(), ema.get_current_decay())
other = EMA(net, beta=0.99)
other.load_state_dict(ema.state_dict())
print((other(x) == ema(x)).all().item(), int(ema.step), sorted(ema.state_dict())[:3])
ema.update_model_with_ema()
print(net(x).sum().item())
