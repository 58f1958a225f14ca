"""torch-optimizer: seventeen optimisers, four steps each on the same network.

needs: torch-optimizer pytorch-ranger
tolerance: 1e-3
"""
import torch
import torch_optimizer

x, y = torch.linspace(-1, 1, 12).reshape(4, 3), torch.tensor([[0.5], [-0.5], [1.0], [0.0]])
for name in ("A2GradExp", "A2GradInc", "A2GradUni", "AccSGD", "AdaBelief", "AdaBound", "AdaMod", "Adafactor", "AdamP",
             "AggMo", "Apollo", "DiffGrad", "Lamb", "NovoGrad", "PID", "QHAdam", "QHM", "RAdam", "Ranger", "RangerQH",
             "RangerVA", "SGDP", "SGDW", "SWATS", "Yogi"):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1))
    optimizer = getattr(torch_optimizer, name)(model.parameters(), **({} if "A2" in name else {"lr": 1e-2}))
    for _ in range(4):
        loss = torch.nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward(create_graph=name == "Adahessian")
        optimizer.step()
    print(name, loss.item())
torch.manual_seed(0)
model = torch.nn.Linear(3, 1)
optimizer = torch_optimizer.Lookahead(torch_optimizer.Yogi(model.parameters()), k=2)
shampoo = torch_optimizer.Shampoo(model.parameters(), lr=0.1)
for each in (optimizer, shampoo) * 3:
    loss = torch.nn.functional.mse_loss(model(x), y)
    each.zero_grad()
    loss.backward()
    each.step()
    print(loss.item())
hessian = torch_optimizer.Adahessian(model.parameters(), seed=1)
for _ in range(3):
    loss = torch.nn.functional.mse_loss(model(x).tanh(), y)
    hessian.zero_grad()
    loss.backward(create_graph=True)
    hessian.step()
    print(loss.item())
