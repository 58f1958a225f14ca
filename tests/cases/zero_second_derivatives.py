"""Second derivatives that are zero are zeros: gradient penalties on piecewise linear nets."""
import torch
from torch.nn import functional as F

torch.manual_seed(3)
for activation in (F.relu, F.leaky_relu, F.hardtanh, F.relu6, torch.abs, lambda x: x.clamp(min=-1),
                   lambda x: F.max_pool1d(x[None], 2)[0]):
    first, last = torch.nn.Linear(2, 6), torch.nn.LazyLinear(1)
    x = torch.randn(4, 2, requires_grad=True)
    (g,) = torch.autograd.grad(last(activation(first(x))).sum(), x, create_graph=True)
    penalty = (g.square().sum(1).sqrt() - 1).square().mean()
    found = torch.autograd.grad(penalty, [*first.parameters(), *last.parameters()],
                                allow_unused=True)
    assert found[0].isfinite().all() and found[0].abs().sum() > 0
    assert found[1] is None or not found[1].any()
for f in (torch.relu, torch.abs):
    leaf = torch.tensor([0.5, -0.5], requires_grad=True)
    (d,) = torch.autograd.grad(f(leaf).sum(), leaf, create_graph=True)
    if d.requires_grad:
        (second,) = torch.autograd.grad(d.sum(), leaf, allow_unused=True)
        assert second is None or second.abs().sum() == 0
