"""What is easily overlooked: the shape of `out=`, dtypes and curvatures of losses, `inner` with a
number, `gradient` beside NaN, pools of nothing."""
import torch
import torch.nn.functional as F

for k in (1, 2, 3, 1):
    column, square = torch.zeros(4, 1), torch.zeros(2, 2)
    view = square[0]
    assert torch.arange(k, k + 4, out=column).shape == (4, 1) and column[1, 0] == k + 1
    torch.linspace(k, k + 3, 4, out=square)
    assert square.tolist() == [[k, k + 1], [k + 2, k + 3]] and view.tolist() == [k, k + 1]
    assert torch.logspace(0, 3, 4, out=square).tolist() == [[1, 10], [100, 1000]]
    assert torch.linspace(0, 1, 3, out=torch.zeros(0)).shape == (3,)

    vector, number = torch.tensor([k, 2 + 1j]), torch.tensor(2.0)
    assert torch.inner(vector, number).tolist() == [2 * k, 4 + 2j]

    nan = float("nan")
    slopes = torch.gradient(torch.tensor([k, nan, k + 4.0, k + 8.0]), spacing=2.0)[0]
    assert slopes[:3].isnan().tolist() == [True, False, True] and slopes[[1, 3]].tolist() == [1, 2]

    for loss in F.mse_loss, F.l1_loss, F.smooth_l1_loss:
        made = loss(torch.full((3,), k + 1.0), torch.tensor(k, dtype=torch.float64))
        assert made.dtype is torch.float64
        made = loss(torch.tensor(1.0), torch.ones(3).half(), reduction="none")
        assert made.dtype is torch.float32
    x = torch.tensor([1.0, 2.0, 3.0]) * k
    target = torch.tensor([[[1.0, 0.0, 1.0]], [[0.0, 0.0, 1.0]]])
    each = F.multilabel_soft_margin_loss(x, target, reduction="none")
    assert torch.allclose(each, (F.softplus(x) - x * target).sum(0) / 3, atol=1e-5)
    assert torch.allclose(F.hinge_embedding_loss(x, torch.tensor([True, False, True]), margin=9.0),
                          (x + (9 - x) * torch.tensor([0, 1, 0])).sum() / 3)
    a, b = torch.eye(2) * k, torch.ones(2, 2)
    cosine = F.cosine_embedding_loss(a, b, torch.tensor([True, False]), reduction="none")
    assert torch.allclose(cosine, torch.tensor([1 - 0.5 ** 0.5, 0]))

    assert F.adaptive_max_pool1d(torch.ones(0, k, 5), 2).shape == (0, k, 2)
    assert F.adaptive_max_pool2d(torch.ones(0, k, 5, 3), 2).shape == (0, k, 2, 2)

    z = torch.tensor([k, k + 0.25, k + 1.0, k - 3.0], requires_grad=True)
    for loss in F.huber_loss, F.smooth_l1_loss:   # the first is at the middle of the parabola
        (slope,) = torch.autograd.grad(loss(z, torch.full((4,), float(k)), reduction="sum"), z,
                                       create_graph=True)
        (curve,) = torch.autograd.grad(slope.sum(), z)
        assert slope.tolist() == [0, 0.25, 1, -1] and curve[[0, 1, 3]].tolist() == [1, 1, 0]
    turned = torch.tensor([k * 1j])
    made = F.soft_margin_loss(turned, turned)
    assert torch.allclose(made, torch.tensor(k * k + 0j).exp().log1p())
