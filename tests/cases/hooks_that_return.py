"""A hook after a gradient was added up has nothing to return."""
import torch

x = torch.ones(2, requires_grad=True)
handle = x.register_post_accumulate_grad_hook(lambda leaf: leaf.grad * 2)
try:
    (x * 3).sum().backward()
except RuntimeError as error:
    assert "should return None" in str(error)
else:
    raise AssertionError("what a hook returned was dropped")
assert x.grad.tolist() == [3.0, 3.0]
handle.remove()
x.register_post_accumulate_grad_hook(lambda leaf: None)
(x * 3).sum().backward()
assert x.grad.tolist() == [6.0, 6.0]
