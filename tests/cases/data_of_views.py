"""`x.data = view`: a computed tensor keeps its history, of its own shape."""
import torch

for k in range(4):
    x = (torch.arange(6.0).reshape(2, 3) + k).requires_grad_()
    y = x * 2
    turned = y.mT
    turned.data = turned   # of shape [3, 2], in memory of [2, 3]
    (grad,) = torch.autograd.grad((turned * torch.arange(6.0).reshape(3, 2)).sum(), x)
    assert grad.tolist() == [[0, 4, 8], [2, 6, 10]]

    source = torch.arange(20.0).reshape(4, 5) + k
    for part in (lambda s=source: s[1:3, 1:4], lambda s=source: s.t()[1:3, :3],
                 lambda s=source: s[::2, ::2]):
        z = x * 3
        with torch.no_grad():
            z.data = part()
        assert torch.equal(z, part())
        with torch.no_grad():
            source += 1
        assert torch.equal(z, part()) and z.requires_grad
        (grad,) = torch.autograd.grad((z * part()).sum(), x, retain_graph=True)
        assert torch.equal(grad, 3 * part())
        z.data = part() * 2
        (grad,) = torch.autograd.grad((z * z.detach()).sum(), x)
        assert torch.equal(grad, 6 * part())
