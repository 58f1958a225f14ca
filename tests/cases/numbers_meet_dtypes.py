"""Which dtype a result has, and what becomes of numbers that a dtype cannot hold."""
import math

import numpy as np
import torch
import torch.nn.functional as F

DTYPES = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]


def refused(call, kind=RuntimeError):
    try:
        call()
    except kind:
        return True
    return False


for turn in range(4):
    n = 3 + turn
    signs = torch.tensor([1, -1] * n)[:n]
    for dtype in DTYPES:
        x = (torch.arange(n) + turn).to(dtype)
        loss = F.hinge_embedding_loss(x, signs, margin=1.5, reduction="none")
        near = torch.clamp((1 - x).to(dtype), min=0)
        assert loss.dtype is dtype and torch.equal(loss, torch.where(signs == 1, x, near))
        assert F.hinge_embedding_loss(x, signs, reduction="sum").dtype is torch.int64
        assert refused(lambda x=x, signs=signs: F.hinge_embedding_loss(x, signs))
        for log_input in (True, False):
            nll = F.poisson_nll_loss(x, x.half(), log_input, reduction="none")
            assert nll.dtype is torch.float32
        for y in (x + np.bool_(True), np.bool_(True) - x, x // np.bool_(True),
                  torch.full((2,), np.bool_(False))):
            assert y.dtype is torch.float32
        assert torch.zeros(2).to(dtype).copy_(-0.5 - turn).tolist() == [
            -turn % 256 if dtype is torch.uint8 else -turn] * 2
        assert refused(lambda dtype=dtype: torch.zeros(2).to(dtype).fill_(math.nan))

    small = (torch.arange(n) + 1).byte()
    assert torch.pow(-7 - turn, small).tolist() == [(-7 - turn) ** i % 256 for i in range(1, n + 1)]
    assert (256 + turn) // small[:1] == turn and (small % (258 + turn)).tolist() == [
        i % (2 + turn) for i in range(1, n + 1)]
    assert refused(lambda small=small: (small ** 300).tolist())
    assert refused(lambda small=small: small.clamp(1, 300).tolist())
    assert small.clamp(2, 4 + turn).tolist() == [min(max(i, 2), 4 + turn) for i in range(1, n + 1)]
    assert torch.isin(small, 257 + turn).tolist() == [i == 1 + turn for i in range(1, n + 1)]
    assert torch.isin(small, torch.tensor([1.5, 2.0])).tolist() == [
        i == 2 for i in range(1, n + 1)]
    assert refused(lambda small=small: torch.isin(small, torch.tensor([True])))
    for number in (np.float32(2), np.int16(2), np.float64(2)):
        assert torch.isin(small, number).tolist() == [i == 2 for i in range(1, n + 1)]
    assert torch.searchsorted(small, -1 - turn).item() == n
    assert torch.bucketize(258, small).item() == 1
    assert torch.searchsorted(torch.tensor([0.1 + turn]), 0.1 + turn).item() == 0
    assert refused(lambda small=small: torch.bucketize(1j, small), NotImplementedError)

    z = torch.tensor([1.0 + turn, 0.5, -5.0], requires_grad=True)
    for low, high in ((-1.0, math.nan), (math.nan, 1.0), (math.nan, math.nan)):
        z.grad = None
        y = F.hardtanh(z, low, high)
        y.sum().backward()
        assert y.isnan().all() and z.grad.tolist() == [
            float(not v >= high and not v <= low) for v in z.tolist()]

    for primal, tangent, result in ((torch.float32, torch.float64, torch.float64),
                                    (torch.float16, torch.float32, torch.float32),
                                    (torch.float16, torch.bfloat16, torch.float32)):
        y, t = torch.func.jvp(torch.sin, (torch.ones(n, dtype=primal),),
                              (torch.full((n,), 2.0, dtype=tangent),))
        assert y.dtype is primal and t.dtype is result
        assert torch.allclose(t.double(), torch.full((n,), 2 * math.cos(1.0)).double(), 1e-3)
    assert refused(lambda n=n: torch.func.jvp(torch.sin, (torch.ones(n),), (torch.ones(n).int(),)),
                   ValueError)

    a = torch.ones(1, n, requires_grad=True) * (2 + turn)
    b = a[0]
    a.squeeze_()
    assert not a._is_view() and a._base is None and b._is_view()
    a.mul_(2)
    a.detach_()
    assert not a.requires_grad and a.tolist() == [4.0 + 2 * turn] * n
    assert refused(b.detach_)

    x = torch.tensor([[1.0, 2.0, 1.0]] * (1 + turn), requires_grad=True)
    values, inverse = torch.unique(x * 2, return_inverse=True)
    assert values.tolist() == [2.0, 4.0] and values.requires_grad and not inverse.requires_grad
    assert torch.unique(x, dim=1).requires_grad and torch.unique_consecutive(x).requires_grad
    with torch.no_grad():
        assert not torch.unique(x).requires_grad
