"""An infinite cotangent meets a partial that is zero: the gradient is 0, not NaN."""
import torch
from torch.nn import functional as F

for f in (lambda x: F.relu(x).sqrt(), lambda x: x.clamp(0, 2).log(),
          lambda x: x.clamp(min=0).pow(0.5), lambda x: F.relu(x).rsqrt(),
          lambda x: F.hardtanh(x, 0, 5).sqrt()):
    for good in (1.0, 0.25, 1.5, 1.75):
        x = torch.tensor([-2.0, good, -0.5], requires_grad=True)
        f(x).sum().backward()
        assert x.grad[0] == 0 and x.grad[2] == 0 and x.grad[1].isfinite() and x.grad[1] != 0, x.grad
