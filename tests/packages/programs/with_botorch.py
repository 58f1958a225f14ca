"""botorch: a Gaussian process fitted, acquisition functions maximised, a candidate chosen.

needs: botorch gpytorch linear_operator jaxtyping pyro-ppl pyro-api multipledispatch pyre-extensions typing-inspect mypy-extensions
tolerance: 2e-2
"""
import torch
from botorch.acquisition import LogExpectedImprovement, UpperConfidenceBound
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.optim import optimize_acqf
from gpytorch.mlls import ExactMarginalLogLikelihood

torch.manual_seed(0)
x = torch.rand(8, 2, dtype=torch.float64)
y = (-(x - 0.4).square().sum(1, keepdim=True)).exp()
model = SingleTaskGP(x, y)
fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
posterior = model.posterior(torch.tensor([[0.5, 0.5], [0.1, 0.9]], dtype=torch.float64))
print(posterior.mean.flatten().tolist())
bounds = torch.tensor([[0.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
for acquisition in (LogExpectedImprovement(model, best_f=y.max()), UpperConfidenceBound(model, beta=0.2)):
    candidate, value = optimize_acqf(acquisition, bounds, q=1, num_restarts=2, raw_samples=8)
    print(type(acquisition).__name__, candidate.shape, value.shape)
