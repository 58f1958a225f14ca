"""pyro-ppl: variational inference, Hamiltonian sampling and a predictive distribution.

needs: pyro-ppl pyro-api opt_einsum tqdm
tolerance: 1e-3
"""
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import MCMC, NUTS, SVI, Predictive, Trace_ELBO
from pyro.infer.autoguide import AutoNormal

pyro.set_rng_seed(0)
x = torch.linspace(-1, 1, 12)
y = 2 * x - 0.5


def model(x, y=None):
    slope, shift = pyro.sample("slope", dist.Normal(0.0, 2.0)), pyro.sample("shift", dist.Normal(0.0, 2.0))
    with pyro.plate("data", len(x)):
        return pyro.sample("y", dist.Normal(slope * x + shift, 0.3), obs=y)


guide = AutoNormal(model)
svi = SVI(model, guide, pyro.optim.Adam({"lr": 0.05}), Trace_ELBO())
for _ in range(6):
    print(svi.step(x, y))
print({name: value.item() for name, value in guide.median().items()})
print(Predictive(model, guide=guide, num_samples=3)(x)["y"].shape)
chain = MCMC(NUTS(model), num_samples=4, warmup_steps=4, disable_progbar=True)
chain.run(x, y)
print(chain.get_samples()["slope"].shape)
