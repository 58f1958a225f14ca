"""autoray: functions written once for any array library, with torch's tensors.

needs: autoray
"""
import torch
from autoray import do, get_dtype_name, infer_backend, lazy, shape

torch.manual_seed(0)
x = torch.randn(4, 4, dtype=torch.float64, requires_grad=True)
print(infer_backend(x), get_dtype_name(x), shape(x))
for _ in range(3):
    q, r = do("linalg.qr", x @ x.T + do("eye", 4, like=x))
    value = do("sum", do("log", do("abs", do("diag", r)))) + do("tensordot", x, x, axes=2, like=x)
    value.backward()
    print(value.item(), x.grad.norm().item())
    x.grad = None
a = lazy.array(x)
print((a @ a).compute().sum().item(), do("stack", [x, x], axis=1).shape, do("transpose", x, (1, 0)).sum().item())
