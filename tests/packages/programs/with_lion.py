"""lion-pytorch: Lion with weight decay, and with a decoupled one, with parameter groups and a state that is loaded.

needs: lion-pytorch
"""
import torch
from lion_pytorch import Lion

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.GELU(), torch.nn.Linear(8, 2))
groups = [{"params": model[0].parameters(), "weight_decay": 0.0}, {"params": model[2].parameters(), "lr": 3e-3}]
optimizer = Lion(groups, lr=1e-3, weight_decay=1e-2)
x, y = torch.randn(16, 4), torch.randn(16, 2)
for step in range(10):
    loss = (model(x[step:]) - y[step:]).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
    if step == 5:
        again = Lion(groups, lr=1e-3, weight_decay=1e-2, decoupled_weight_decay=True)
        again.load_state_dict(optimizer.state_dict())
        optimizer = again
print(sum(state["exp_avg"].sum().item() for state in optimizer.state.values()))
