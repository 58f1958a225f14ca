"""A view of a leaf is not freed by the backward of what is computed from it."""
import torch

leaf = torch.arange(6.0).reshape(2, 3).requires_grad_()
views = {"slice": leaf[:, 1:], "select": leaf[1], "transpose": leaf.t(), "flat": leaf.view(-1),
         "piece": leaf.split(1)[0], "diagonal": leaf.diagonal()}
for name, view in views.items():
    for factor in (1.0, 2.0, 5.0):
        (g,) = torch.autograd.grad((view.exp() * factor).sum(), leaf)
        assert g.max() > 0, name
