"""torchcde: a controlled differential equation along splines of a time series.

needs: torchcde torchsde torchdiffeq trampoline
"""
import torch
import torchcde


class Field(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 8)

    def forward(self, t, z):
        return self.linear(z).tanh().view(-1, 4, 2)


torch.manual_seed(0)
field = Field()
t = torch.linspace(0, 1, 6)
x = torch.stack([t.expand(3, 6), torch.randn(3, 6)], dim=-1)
x[0, 2, 1] = float("nan")
for kind in ("hermite_cubic_coefficients_with_backward_differences", "natural_cubic_coeffs", "linear_interpolation_coeffs"):
    coefficients = getattr(torchcde, kind)(x)
    path = (torchcde.LinearInterpolation if "linear" in kind else torchcde.CubicSpline)(coefficients)
    z = torchcde.cdeint(path, field, torch.ones(3, 4) * 0.1, t=path.interval, adjoint=False, method="rk4",
                        options={"step_size": 0.25})
    loss = z[:, -1].square().sum()
    print(loss.item(), torch.autograd.grad(loss, field.linear.weight)[0].norm().item(), path.evaluate(0.3)[:, 1].tolist())
print(torchcde.logsig_windows(x[1:], 3, 2).shape if False else path.derivative(0.5).tolist())
