"""``einsum`` promotes dtypes where it sums over nothing, and refuses them where it does."""
import torch

a, b = torch.tensor([1, 2]), torch.tensor([1.5, 2.5])
for equation, expected in (("i,j->ij", [[1.5, 2.5], [3.0, 5.0]]), ("i,i->i", [1.5, 5.0])):
    for x in (a, a.bool() * 2 - (a < 2).long(), b * 0 + a):
        made = torch.einsum(equation, x, b)
        assert made.tolist() == expected and made.dtype is torch.float32, made
    assert torch.einsum(equation, a.double(), b).dtype is torch.float64
for equation in ("i,i->", "i,ij->j"):
    other = b if equation == "i,i->" else b[:, None]
    try:
        torch.einsum(equation, a, other)
    except RuntimeError as error:
        assert "dtype" in str(error) or "scalar type" in str(error), error
    else:
        raise AssertionError("two dtypes in a sum of products")
for equation, x, y in ((",i->i", (), (3,)), ("j,i->i", (1,), (3,)), ("...j,...j", (1,), (2, 3)),
                       ("ij,i->i", (1, 1), (3,)), ("ij,kj->ik", (3, 1), (2, 1)), (",->", (), ())):
    for k in (1, 2, 3, 1):   # a tensor counts in full, also without dimensions
        wide, other = torch.full(x, k + 0.5, dtype=torch.float64), torch.full(y, k - 1.5)
        for made in (torch.einsum(equation, wide, other),
                     torch.einsum(equation, wide.float(), other.double())):
            total = 3 if equation == "...j,...j" else 1
            assert made.dtype is torch.float64, equation
            assert torch.equal(made, torch.full_like(made, (k + 0.5) * (k - 1.5) * total))
w = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
torch.einsum("i,j->ij", w, b).sum().backward()
assert w.grad.tolist() == [4.0, 4.0] and w.grad.dtype is torch.float64
