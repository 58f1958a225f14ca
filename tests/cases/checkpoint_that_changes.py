"""A checkpointed function that computes something else when it runs again is an error."""
import torch
from torch.utils.checkpoint import checkpoint

runs = 0


def fickle(a):
    global runs
    runs += 1
    return a.exp().sum() if runs == 1 else (a[1:].exp() * a[1:]).sum()


x = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
loss = checkpoint(fickle, x, use_reentrant=False)
try:
    loss.backward()
except RuntimeError as error:
    assert "heckpoint" in f"{type(error).__name__} {error}"
else:
    raise AssertionError("the other function's gradient was taken")
