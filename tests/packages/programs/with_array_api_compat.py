"""array-api-compat: torch by the names of the array standard, in code that is for any library.

needs: array-api-compat
"""
import array_api_compat
import torch

torch.manual_seed(0)
x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
xp = array_api_compat.array_namespace(x)
print(array_api_compat.is_torch_array(x), xp.__name__.rsplit(".", 1)[-1], array_api_compat.size(x), array_api_compat.device(x))
for _ in range(3):
    y = xp.sum(xp.matmul(x, xp.permute_dims(x, (1, 0))), axis=0) + xp.var(x, axis=1, correction=1) + xp.std(x)
    z = xp.linalg.vector_norm(xp.concat([y, xp.max(x, axis=1)]))
    print(z.item(), torch.autograd.grad(z, x)[0].sum().item())
print(xp.unique_values(xp.asarray([3, 1, 3])).tolist(), xp.argsort(x[0], descending=True).tolist(), xp.astype(x, xp.float32).dtype)
print(xp.fft.fft(x[0].detach() + 0j).real.tolist(), xp.take(x, xp.asarray([1, 0]), axis=0)[0, 0].item(), xp.linalg.svdvals(x).tolist())
