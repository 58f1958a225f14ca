"""torchode: many initial value problems at once, each with its own steps.

needs: torchode torchtyping jaxtyping
tolerance: 1e-3
"""
import torch
import torchode


torch.manual_seed(0)
net = torch.nn.Linear(2, 2)
term = torchode.ODETerm(lambda t, y: net(y).tanh())
method = torchode.Dopri5(term=term)
solver = torchode.AutoDiffAdjoint(method, torchode.IntegralController(atol=1e-5, rtol=1e-4, term=term))
y0, times = torch.randn(3, 2), torch.linspace(0, 2, 4).repeat((3, 1))
solution = solver.solve(torchode.InitialValueProblem(y0=y0, t_eval=times))
loss = solution.ys[:, -1].square().sum()
loss.backward()
print(loss.item(), net.weight.grad.tolist(), solution.stats["n_steps"].tolist(), solution.status.tolist())
