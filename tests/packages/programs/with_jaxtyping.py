"""jaxtyping: shapes and dtypes in annotations, checked as a network is trained.

needs: jaxtyping beartype
"""
import torch
from beartype import beartype
from jaxtyping import Float, Int, TypeCheckError, jaxtyped


Weights, Rows = Float[torch.Tensor, "inputs outputs"], Float[torch.Tensor, "batch inputs"]
Classes, Loss = Int[torch.Tensor, " batch"], Float[torch.Tensor, ""]


@jaxtyped(typechecker=beartype)
def loss_of(weight: Weights, x: Rows, y: Classes) -> Loss:
    return torch.nn.functional.cross_entropy(x @ weight, y)


torch.manual_seed(0)
weight = torch.zeros(4, 3, requires_grad=True)
for batch in (5, 6, 5, 7):
    loss = loss_of(weight, torch.randn(batch, 4), torch.arange(batch) % 3)
    loss.backward()
    with torch.no_grad():
        weight -= 0.1 * weight.grad
    weight.grad = None
    print(loss.item())
for wrong in (torch.ones(2, 5), torch.ones(2, 4, dtype=torch.float64).int()):
    try:
        loss_of(weight, wrong, torch.zeros(2, dtype=torch.long))
    except TypeCheckError:
        print("refused", tuple(wrong.shape))
