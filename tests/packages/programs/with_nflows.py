"""nflows: an autoregressive flow and a coupling flow with splines, trained on points of a moon.

needs: nflows
tolerance: 1e-3
"""
import torch
from nflows import distributions, flows, transforms
from nflows.nn.nets import ResidualNet

torch.manual_seed(0)
steps = []
for _ in range(2):
    steps += [transforms.ReversePermutation(features=2),
              transforms.MaskedAffineAutoregressiveTransform(features=2, hidden_features=8)]
steps.append(transforms.PiecewiseRationalQuadraticCouplingTransform(
    torch.tensor([1, 0]), lambda i, o: ResidualNet(i, o, hidden_features=8), num_bins=4, tails="linear", tail_bound=3.0))
flow = flows.Flow(transforms.CompositeTransform(steps), distributions.StandardNormal([2]))
optimizer = torch.optim.Adam(flow.parameters(), 1e-2)
for _ in range(4):
    angle = torch.rand(24) * 3.14
    loss = -flow.log_prob(torch.stack([angle.cos(), angle.sin()], 1)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
print(flow.sample(3).tolist())
