"""opt_einsum: contractions of many tensors along a good path, and their gradients.

needs: opt_einsum
"""
import opt_einsum as oe
import torch

torch.manual_seed(0)
tensors = [torch.randn(*shape, dtype=torch.float64, requires_grad=True) for shape in ((3, 4), (4, 5), (5, 6), (6, 3))]
for _ in range(4):
    value = oe.contract("ab,bc,cd,da->", *tensors)
    grads = torch.autograd.grad(value, tensors)
    print(value.item(), [g.norm().item() for g in grads])
path, info = oe.contract_path("ab,bc,cd,da->", *tensors)
print(path, info.opt_cost, info.naive_cost)
expression = oe.contract_expression("ij,jk->ik", (3, 4), (4, 5))
print(expression(tensors[0], tensors[1], backend="torch").sum().item(), oe.contract("ij,ij->i", tensors[0], tensors[0]).tolist())
