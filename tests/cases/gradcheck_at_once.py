"""gradcheck accepts what is right the first time it is called in a process."""
import torch
from torch.autograd import gradcheck, gradgradcheck

functions = (torch.cos, torch.log1p, torch.atan, torch.rsqrt, torch.nn.functional.silu,
             torch.nn.functional.softplus, lambda x: torch.log_softmax(x, 0),
             lambda x: x.cumsum(0).prod(), lambda x: (x @ x).sqrt())
for function in functions:
    x = (torch.rand(4, dtype=torch.float64) + 0.5).requires_grad_()
    assert gradcheck(function, (x,)) and gradgradcheck(function, (x,))
    assert gradcheck(function, (x,), fast_mode=True)
