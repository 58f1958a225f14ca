"""functional.jvp and vjp of a function of several numbers need the vector."""
import torch
from torch.autograd.functional import jvp, vjp

for transform in (jvp, vjp):
    try:
        transform(lambda x: x.exp() * 2, torch.ones(2, 2))
    except RuntimeError:
        continue
    raise AssertionError(f"{transform.__name__} without v")
assert jvp(lambda x: x * 3, torch.tensor(2.0))[1] == 3
