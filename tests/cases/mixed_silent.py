"""What gave a number without a word: a checkpoint in forward mode, a hook in forward mode, a
function without a derivative in its first argument, a write to an element of a leaf."""
import torch
from torch.utils.checkpoint import checkpoint

one, point = torch.tensor(1.0), torch.tensor(3.0)


def through_checkpoint(x):
    return checkpoint(lambda a: a.sin() * a, x, use_reentrant=False)


_, tangent = torch.func.jvp(through_checkpoint, (point,), (one,))
assert torch.allclose(tangent, point.cos() * point + point.sin())


def with_hook(x):
    doubled = x + x
    if doubled.requires_grad:
        doubled.register_hook(lambda ct: ct * 100)
    return doubled


assert torch.func.jvp(with_hook, (point,), (one,))[1] == 2

shape = torch.tensor(1.5, requires_grad=True)
try:
    torch.special.gammaincc(shape, torch.tensor(0.7)).backward()
except (NotImplementedError, RuntimeError):
    pass
else:
    h = 1e-2
    up, down = (torch.special.gammaincc(shape.detach() + s, torch.tensor(0.7)) for s in (h, -h))
    assert abs(shape.grad - (up - down) / (2 * h)) < 1e-2, shape.grad

leaf = torch.zeros(2, 2, requires_grad=True)
for write in (lambda: leaf[0].add_(1), lambda: leaf.view(-1).mul_(2), lambda: leaf.t()[1].zero_(),
              lambda: leaf.unbind()[0].fill_(1), lambda: leaf.diagonal().sub_(1)):
    try:
        write()
    except RuntimeError:
        continue
    raise AssertionError("a view of a leaf was written")
