"""schedulefree: AdamW, SGD and RAdam without a schedule; the weights of training and of testing.

needs: schedulefree
"""
import schedulefree
import torch

x, y = torch.linspace(-1, 1, 16).reshape(8, 2), torch.linspace(0, 1, 8)[:, None]
for kind in (schedulefree.AdamWScheduleFree, schedulefree.SGDScheduleFree, schedulefree.RAdamScheduleFree,
             schedulefree.AdamWScheduleFreeReference):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1))
    optimizer = kind(model.parameters(), lr=0.05)
    optimizer.train()
    for _ in range(6):
        loss = (model(x) - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    optimizer.eval()
    print(kind.__name__, loss.item(), (model(x) - y).square().mean().item())
