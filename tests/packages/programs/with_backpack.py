"""backpack-for-pytorch: per-sample gradients, variances and curvature beside the gradient.

needs: backpack-for-pytorch unfoldNd einops
tolerance: 1e-3
"""
import torch
from backpack import backpack, extend
from backpack.extensions import KFAC, BatchGrad, BatchL2Grad, DiagGGNExact, DiagHessian, SumGradSquared, Variance

torch.manual_seed(0)
model = extend(torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Sigmoid(), torch.nn.Flatten(), torch.nn.Linear(8, 3)))
loss_function = extend(torch.nn.CrossEntropyLoss())
x, y = torch.randn(5, 1, 4, 4), torch.tensor([0, 1, 2, 0, 1])
for _ in range(3):
    model.zero_grad()
    loss = loss_function(model(x), y)
    with backpack(BatchGrad(), BatchL2Grad(), SumGradSquared(), Variance(), DiagGGNExact(), DiagHessian(), KFAC(mc_samples=1)):
        loss.backward()
    print(loss.item())
    with torch.no_grad():
        for p in model.parameters():
            print(p.grad_batch.norm().item(), p.batch_l2.tolist()[:2], p.variance.sum().item(), p.diag_ggn_exact.sum().item(), p.diag_h.sum().item(),
                  [tuple(k.shape) for k in p.kfac])
            p -= 0.1 * p.grad / (p.diag_ggn_exact + 1)
