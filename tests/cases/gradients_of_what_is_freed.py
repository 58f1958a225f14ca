"""A gradient of a computed tensor needs nothing of what that was computed from."""
import torch
from torch.autograd.functional import jacobian

for turn in range(4):
    x = torch.tensor([1.0 + turn, 2.0], requires_grad=True)
    y = x.exp()
    y.sum().backward()
    assert torch.autograd.grad((y * y).sum(), y)[0].tolist() == (2 * y).tolist()
    again, = torch.autograd.grad((y * y).sum(), y, create_graph=True)
    assert again.tolist() == (2 * y).tolist() and again.requires_grad
    made = jacobian(lambda a: a * a, y, create_graph=True)
    assert made.tolist() == torch.diag(2 * y).tolist()
    for freed in (lambda: made.sum().backward(),   # noqa: B023
                  lambda: torch.autograd.grad((y * y).sum(), x)):   # noqa: B023
        try:
            freed()
        except RuntimeError as error:
            assert "a second time" in str(error)
        else:
            raise AssertionError("what was freed is used")

    a, b = x.sin().split(1)
    (a * b).sum().backward()
    assert torch.autograd.grad((a * a * b).sum(), a)[0].tolist() == (2 * a * b).tolist()
    values, _ = x.sort()
    values.exp().sum().backward()
    assert torch.autograd.grad((values * values).sum(), values)[0].tolist() == (
        2 * values).tolist()
