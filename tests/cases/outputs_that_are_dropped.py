"""A Function returns what its backward needs as a further result, and the caller drops it: it can
still be differentiated twice."""
import torch


class Reciprocal(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = 1 / x
        slope = -y * y
        ctx.save_for_backward(y, slope)
        return y, slope

    @staticmethod
    def backward(ctx, ct, ct_slope):
        y, slope = ctx.saved_tensors
        return ct * slope + ct_slope * 2 * y ** 3


for number in (2.0, 4.0, 0.5):
    x = torch.tensor(number, dtype=torch.float64, requires_grad=True)
    first = Reciprocal.apply(x)[0]
    (g,) = torch.autograd.grad(first, x, create_graph=True)
    assert g == -1 / number ** 2
    g.backward()
    assert x.grad == 2 / number ** 3
