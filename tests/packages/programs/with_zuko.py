"""zuko: normalising flows trained and sampled: masked, spline, and continuous.

needs: zuko
tolerance: 1e-3
"""
import torch
import zuko

for kind, more in ((zuko.flows.NSF, {"bins": 4}), (zuko.flows.MAF, {}), (zuko.flows.RealNVP, {}), (zuko.flows.CNF, {})):
    torch.manual_seed(0)
    flow = kind(features=2, context=1, transforms=2, hidden_features=(8, 8), **more) if kind is not zuko.flows.CNF else \
        kind(features=2, context=1, hidden_features=(8,))
    optimizer = torch.optim.Adam(flow.parameters(), 1e-2)
    x = torch.randn(16, 2) * 0.5
    for _ in range(3):
        loss = -flow(x[:, :1]).log_prob(x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(kind.__name__, loss.item())
    print(flow(torch.zeros(1)).rsample((2,)).tolist())
