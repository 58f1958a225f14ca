"""linear_operator: lazily combined matrices: products, solves, determinants, and their gradients.

needs: linear_operator jaxtyping
tolerance: 1e-3
"""
import torch
from linear_operator import to_linear_operator
from linear_operator.operators import DiagLinearOperator, KroneckerProductLinearOperator, LowRankRootLinearOperator, ToeplitzLinearOperator

torch.manual_seed(0)
root = torch.randn(6, 2, dtype=torch.float64, requires_grad=True)
diagonal = torch.rand(6, dtype=torch.float64).add(0.5).requires_grad_()
right = torch.randn(6, 1, dtype=torch.float64)
for _ in range(3):
    operator = LowRankRootLinearOperator(root) + DiagLinearOperator(diagonal)
    quadratic, logdet = operator.inv_quad_logdet(right, logdet=True)
    grads = torch.autograd.grad(quadratic + logdet, [root, diagonal])
    print(quadratic.item(), logdet.item(), [g.norm().item() for g in grads])
a, b = (to_linear_operator(torch.eye(n, dtype=torch.float64) * n + 0.1) for n in (2, 3))
product = KroneckerProductLinearOperator(a, b)
print(type(operator).__name__, product.shape, product.solve(right).flatten().tolist(), product.logdet().item())
print((ToeplitzLinearOperator(torch.tensor([4.0, 1.0, 0.5])) @ torch.ones(3)).tolist(), operator.cholesky().to_dense().trace().item())
