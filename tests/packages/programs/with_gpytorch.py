"""gpytorch: an exact Gaussian process, its marginal likelihood maximised, predictions.

needs: gpytorch linear_operator jaxtyping wadler-lindig
tolerance: 1e-3
"""
import gpytorch
import torch

torch.manual_seed(0)
x = torch.linspace(0, 1, 20)
y = torch.sin(x * 6.28) + 0.1 * torch.randn(20)


class GP(gpytorch.models.ExactGP):
    def __init__(self, x, y, likelihood):
        super().__init__(x, y, likelihood)
        self.mean = gpytorch.means.ConstantMean()
        self.kernel = gpytorch.kernels.ScaleKernel(gpytorch.kernels.RBFKernel())

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean(x), self.kernel(x))


likelihood = gpytorch.likelihoods.GaussianLikelihood()
model = GP(x, y, likelihood)
loss = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
model.train(), likelihood.train()
for step in range(12):
    optimizer.zero_grad()
    out = -loss(model(x), y)
    out.backward()
    optimizer.step()
    if step % 4 == 3:
        print("loss", out.item(), model.kernel.base_kernel.lengthscale.item(), likelihood.noise.item())
model.eval(), likelihood.eval()
with torch.no_grad(), gpytorch.settings.fast_pred_var():
    found = likelihood(model(torch.tensor([0.25, 0.5, 1.2])))
    low, high = found.confidence_region()
print(found.mean.tolist(), low.tolist(), high.tolist())
