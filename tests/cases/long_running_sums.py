"""What is added up along a long axis keeps its digits, in the first run and in later ones."""
import math

import torch

n = 300_000
for k in range(3):
    x = torch.full((2, n), 0.1 + k / 10)
    value = float(x[0, 0])
    factor = float(x[0, 0] * 1e-5 + 1)
    for running, last in ((x.cumsum(1), n * value), (x.t().cumsum(0).t(), n * value),
                          (x.logcumsumexp(1), math.log(n) + value),
                          ((x * 1e-5 + 1).cumprod(1).log(), n * math.log(factor))):
        assert abs(running[:, -1] / last - 1).max() < 1e-5, (k, running[:, -1], last)
