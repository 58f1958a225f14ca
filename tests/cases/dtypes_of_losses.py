"""Losses of two floating dtypes have PyTorch's dtype, which is not always the promoted one."""
import torch
import torch.nn.functional as F

FLOATS = torch.float16, torch.float32, torch.float64
for a in FLOATS:
    for b in FLOATS:
        x = torch.tensor([[0.25, 0.5]], dtype=a)
        t, sign = torch.tensor([[1.0, 0.5]], dtype=b), torch.tensor([[1.0, -1.0]], dtype=b)
        for reduction in ("none", "mean", "sum"):
            assert F.huber_loss(x, t, reduction=reduction).dtype is a
            assert F.soft_margin_loss(x, sign, reduction=reduction).dtype is a
            assert F.binary_cross_entropy_with_logits(x, t, reduction=reduction).dtype is b
            assert F.mse_loss(x, t, reduction=reduction).dtype is torch.promote_types(a, b)
        for more in ("weight", "pos_weight"):
            made = F.binary_cross_entropy_with_logits(x, x.float(), **{more: t})
            assert made.dtype is torch.float32
        assert F.triplet_margin_loss(x, t, x).dtype is torch.promote_types(a, b)

x = torch.tensor([0.25, -0.5], requires_grad=True)
F.soft_margin_loss(x, torch.tensor([1.0, -1.0], dtype=torch.float64)).backward()
assert x.grad.dtype is torch.float32 and torch.allclose(
    x.grad, torch.tensor([-0.218912, 0.1887703])), x.grad
