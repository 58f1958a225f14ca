"""Of nested saved_tensors_hooks the inner pair acts, and the outer one again after it."""
import torch
from torch.autograd.graph import saved_tensors_hooks

packed = []


def naming(name):
    return saved_tensors_hooks(lambda t: (packed.append(name), t)[1], lambda t: t)


x = torch.tensor([1.0, 2.0], requires_grad=True)
with naming("far"):
    a = x.sin()
    with naming("near"):
        b = x.cos()
    c = x.exp() * x
(a + b + c).sum().backward()
assert "near" in packed and packed.count("near") < len(packed)
packed.clear()
with naming("far"), naming("near"):
    d = x ** 3
d.sum().backward()
assert set(packed) == {"near"}, packed
