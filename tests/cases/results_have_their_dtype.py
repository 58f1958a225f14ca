"""``out=`` of functions whose result has one dtype; casts of bfloat16; ldexp."""
import torch


def refused(name, *args, **kwargs):
    try:
        getattr(torch, name)(*args, **kwargs)
    except RuntimeError:
        return True
    return False


for turn in range(4):
    x = torch.arange(1.0, 4.0 + turn).reshape(1, -1) - 2.5
    n = x.shape[1]
    for name in ("abs", "neg", "sign", "floor", "ceil", "round", "trunc", "frac", "sgn"):
        out = torch.empty(1, n)
        assert getattr(torch, name)(x, out=out) is out
        assert torch.equal(out, getattr(torch, name)(x))
        assert refused(name, x, out=torch.empty(1, n, dtype=torch.float64))
    assert refused("signbit", x, out=torch.empty(1, n)) and refused(
        "bitwise_not", x.int(), out=torch.empty(1, n, dtype=torch.int64))
    for name in ("amax", "amin"):
        assert getattr(torch, name)(x, 0, out=torch.empty(n)).dtype is torch.float32
        assert refused(name, x, 0, out=torch.empty(n, dtype=torch.float64))
    for name in ("argmax", "argmin"):
        assert refused(name, x, 0, out=torch.empty(n, dtype=torch.int32))
    for name in ("all", "any"):
        for dtype in (torch.bool, torch.uint8):
            assert getattr(torch, name)(x, 0, out=torch.empty(n, dtype=dtype)).dtype is dtype
        assert refused(name, x, 0, out=torch.empty(n))
    assert refused("mean", x.int(), 0, out=torch.empty(n))
    assert torch.abs(x + 1j, out=torch.empty(1, n, dtype=torch.float64)).dtype is torch.float64

    y = torch.tensor([-1.0 - turn, 200.0, 300.0 + 2 * turn]).bfloat16()
    assert y.byte().tolist() == [255 - turn, 200, 44 + 2 * turn]
    assert (y * 1).char().tolist() == [-1 - turn, -56, 44 + 2 * turn]
    assert torch.zeros(3, dtype=torch.uint8).copy_(y).tolist() == y.byte().tolist()

    z = torch.ldexp(torch.tensor(1j + turn, dtype=torch.complex128), torch.arange(n))
    assert z.dtype is torch.complex128 and z[2].item() == 4j + 4 * turn
    assert torch.trapezoid(torch.zeros(0, dtype=torch.int8)).dtype is torch.int8
