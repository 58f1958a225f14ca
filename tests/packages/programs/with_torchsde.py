"""torchsde: a stochastic differential equation solved, and differentiated, by several schemes.

needs: torchsde trampoline
"""
import torch
import torchsde


class Equation(torch.nn.Module):
    noise_type, sde_type = "diagonal", "ito"

    def __init__(self):
        super().__init__()
        self.mu, self.sigma = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)

    def f(self, t, y):
        return torch.tanh(self.mu(y))

    def g(self, t, y):
        return 0.1 * torch.sigmoid(self.sigma(y))


torch.manual_seed(0)
sde = Equation()
y0, ts = torch.full((4, 3), 0.1), torch.linspace(0, 1, 5)
for method in ("euler", "milstein", "srk"):
    noise = torchsde.BrownianInterval(0.0, 1.0, size=(4, 3), entropy=7, dt=0.1,
                                      levy_area_approximation="space-time")
    ys = torchsde.sdeint(sde, y0, ts, method=method, dt=0.1, bm=noise)
    loss = ys[-1].square().sum()
    print(method, loss.item(), torch.autograd.grad(loss, sde.mu.weight)[0].norm().item())
sde.sde_type = "stratonovich"
noise = torchsde.BrownianInterval(0.0, 1.0, size=(4, 3), entropy=7, dt=0.1)
ys = torchsde.sdeint_adjoint(sde, y0, ts, method="midpoint", dt=0.1, bm=noise)
ys[-1].square().sum().backward()
print(ys[-1].sum().item(), sde.mu.weight.grad.norm().item())
