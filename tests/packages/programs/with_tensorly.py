"""tensorly: decompositions of a tensor on the torch backend, and a low-rank fit by gradients.

needs: tensorly
tolerance: 1e-3
"""
import numpy as np
import tensorly as tl
import torch
from tensorly.decomposition import non_negative_parafac, parafac, tensor_train, tucker

tl.set_backend("pytorch")
x = tl.tensor(np.random.default_rng(0).normal(size=(4, 5, 3)))
for name, parts in (("parafac", parafac(x, rank=3, init="svd", n_iter_max=20)), ("tucker", tucker(x, rank=[2, 3, 2])),
                    ("non-negative", non_negative_parafac(x.abs(), rank=2, init="svd", n_iter_max=10))):
    back = (tl.tucker_to_tensor if name == "tucker" else tl.cp_to_tensor)(parts)
    print(name, tl.norm(back).item(), tl.norm(x - back).item())
print([tuple(core.shape) for core in tensor_train(x, rank=[1, 2, 2, 1])])
torch.manual_seed(0)
factors = [torch.randn(n, 2, dtype=torch.float64, requires_grad=True) for n in x.shape]
optimizer = torch.optim.Adam(factors, 0.05)
for _ in range(5):
    loss = tl.norm(tl.cp_to_tensor((None, factors)) - x) ** 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
