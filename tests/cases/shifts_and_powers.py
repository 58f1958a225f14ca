"""Operators of integers write where they stand in place, and a bool on the left is a number."""
import torch

for k in (1, 2, 3, 1):
    x = torch.arange(5) + k
    view, same = x[1:], x
    x <<= k
    assert x is same and view.tolist() == [(n + k) << k for n in range(1, 5)]
    view >>= torch.tensor([k])
    assert x.tolist() == [k << k, *[n + k for n in range(1, 5)]] and x._version == 2
    small = x.to(torch.uint8)
    assert (True << small).dtype is torch.uint8 and (True << small)[0] == (1 << (k << k)) % 256
    assert (True ** small).tolist() == [1] * 5 and (True ** x.float()).tolist() == [1.0] * 5
    mask = torch.tensor([True, False])
    assert (mask ** True).tolist() == [True, False] and (mask ** False).tolist() == [True, True]
    base, infinite = torch.tensor([0.0, 1.0, -2.0]), torch.tensor(float("inf"))
    assert torch.ldexp(base[1:], infinite).tolist() == [infinite.item(), -infinite.item()]
    assert torch.ldexp(base, -infinite).tolist() == [0, 0, 0]
    scaled = torch.ldexp(base.half(), torch.tensor([k, -k, k]))
    assert scaled.dtype is torch.float16 and scaled.tolist() == [0, 2.0 ** -k, -2 * 2.0 ** k]
