"""pytorch-wavelets: images decomposed and put together again, and the gradient through it.

needs: pytorch-wavelets PyWavelets
"""
import torch
from pytorch_wavelets import DTCWTForward, DTCWTInverse, DWTForward, DWTInverse

torch.manual_seed(0)
x = torch.randn(1, 2, 16, 16, requires_grad=True)
for forward, inverse in ((DWTForward(J=2, wave="db2", mode="zero"), DWTInverse(wave="db2", mode="zero")),
                         (DTCWTForward(J=2), DTCWTInverse())):
    low, high = forward(x)
    back = inverse((low, high))
    print(low.shape, [tuple(h.shape) for h in high], (back - x).abs().max().item() < 1e-4)
    loss = sum(h.abs().sum() for h in high) + low.square().sum()
    (grad,) = torch.autograd.grad(loss, x)
    print(loss.item(), grad.norm().item())
