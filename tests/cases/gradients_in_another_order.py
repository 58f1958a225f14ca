"""The gradients of one path, asked for in another order or twice, are those of their tensors: a
recording that is known ends the same way, though its handles stand for other nodes."""
import torch

a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
b = torch.tensor([[0.5, -1.0], [2.0, 1.0]], dtype=torch.float64)
w1, w2 = torch.tensor([[1.0, 0.0], [0.0, 2.0]]).double(), torch.tensor([[3.0, 1.0], [1.0, 0.0]])


def second(order: str) -> list[list[float]]:
    leaves = {"a": a.clone().requires_grad_(), "b": b.clone().requires_grad_()}
    given = {"a": w1, "b": w2.double()}
    xs = [leaves[name] for name in order]
    first = torch.autograd.grad((leaves["a"] @ leaves["b"]).square().sum(), xs, create_graph=True)
    found = torch.autograd.grad(first, [leaves["a"], leaves["b"]], [given[name] for name in order])
    return [g.flatten().tolist() for g in found]


right = second("ab")
for order in ["ab"] * 5 + ["ba"] * 5 + ["ab"] * 2:
    assert second(order) == right, (order, second(order), right)


def doubled(which: int) -> list[float]:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    grads = list(torch.autograd.grad((x * x).sum(), [x, x]))
    grads[which].mul_(10)
    return [g.sum().item() for g in grads]


for which in [0, 0, 0, 0, 1, 1, 1, 0]:
    assert doubled(which)[which] == 60, which   # PyTorch gives one tensor twice
