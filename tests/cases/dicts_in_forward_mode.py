"""jacfwd of nested dicts; strict=True finds a result that does not depend on the input."""
import torch

parameters = {"a": torch.tensor([1.0, 2.0]), "b": {"c": torch.tensor(3.0)}}
found = torch.func.jacfwd(lambda p: (p["a"] * p["b"]["c"]).sum())(parameters)
assert found["a"].tolist() == [3.0, 3.0] and found["b"]["c"] == 3

for transform in (torch.autograd.functional.jacobian, torch.autograd.functional.hessian):
    try:
        transform(lambda x: torch.zeros(()), torch.ones(3), strict=True)
    except RuntimeError:
        continue
    raise AssertionError("a constant passed strict=True")
