"""opacus: a network trained with private gradients: per sample, clipped, with noise.

needs: opacus opt_einsum
tolerance: 1e-3
"""
import torch
from opacus.accountants import RDPAccountant
from opacus.grad_sample import GradSampleModule
from opacus.optimizers import DPOptimizer
from opacus.validators import ModuleValidator

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Conv1d(1, 3, 3), torch.nn.GroupNorm(1, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(18, 2))
print(ModuleValidator.validate(model))
model = GradSampleModule(model)
optimizer = DPOptimizer(torch.optim.SGD(model.parameters(), 0.1), noise_multiplier=0.5, max_grad_norm=0.3, expected_batch_size=6,
                        generator=torch.Generator().manual_seed(3))
x, y = torch.randn(6, 1, 8), torch.tensor([0, 1, 0, 1, 1, 0])
for _ in range(4):
    loss = torch.nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    norms = [p.grad_sample.flatten(1).norm(dim=1)[0].item() for p in model.parameters()]
    optimizer.step()
    print(loss.item(), norms)
accountant = RDPAccountant()
for _ in range(4):
    accountant.step(noise_multiplier=0.5, sample_rate=0.1)
print(accountant.get_epsilon(delta=1e-5))
