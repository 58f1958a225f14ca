"""What a gradient's layout allows does not depend on what ran before."""
import torch


def gradients(batch, hidden):
    net = torch.nn.Sequential(torch.nn.Linear(3, hidden), torch.nn.Tanh(),
                              torch.nn.Linear(hidden, 2))
    net(torch.ones(batch, 3)).square().sum().backward()
    return [p.grad for p in net.parameters()]


for batch, hidden in ((4, 5), (4, 5), (2, 6), (4, 5), (7, 5)):
    found = gradients(batch, hidden)
    flat = torch.cat([g.view(-1) for g in found])
    assert all(g.is_contiguous() for g in found) and flat.numel() == 3 * hidden + hidden * 3 + 2
