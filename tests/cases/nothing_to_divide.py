"""No element is divided by 0 where there is none; integrals of no samples are none."""
import torch

for dtype in (torch.int64, torch.uint8, torch.bool):
    none = torch.zeros(0, dtype=dtype)
    for divide in (torch.fmod, torch.remainder, torch.floor_divide):
        assert divide(none, 0).shape == (0,)
        assert divide(none.to(torch.int64), none.to(torch.int64)).tolist() == []
        try:
            divide(torch.tensor([1, 2]), 0).tolist()
        except RuntimeError as error:
            assert "ZeroDivisionError" in str(error)
        else:
            raise AssertionError("divided by 0")
assert torch.cumulative_trapezoid(torch.zeros(2, 0)).shape == (2, 0)
assert torch.cumulative_trapezoid(torch.zeros(0, 3), dim=0).shape == (0, 3)
assert torch.cumulative_trapezoid(torch.tensor([1.0, 3.0, 5.0])).tolist() == [2.0, 6.0]
try:
    torch.zeros(2, 0).kthvalue(1)
except IndexError:
    pass
else:
    raise AssertionError("the smallest of none")
