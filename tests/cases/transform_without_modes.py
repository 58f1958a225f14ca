"""torch.func differentiates under inference_mode and no_grad; inside and around."""
import torch
from torch.func import grad, jvp, vjp

point = torch.tensor(3.0)
for mode in (torch.inference_mode, torch.no_grad):
    with mode():
        assert grad(lambda x: x ** 2)(point) == 6
        assert vjp(lambda x: x ** 3, point)[1](torch.tensor(1.0))[0] == 27
        assert jvp(lambda x: x * x, (point,), (torch.tensor(2.0),))[1] == 12
