"""A full backward hook on a layer, and a gradient with respect to its output: the hook is left out.
"""
import torch

layer = torch.nn.Linear(3, 2)
outputs = []
layer.register_forward_hook(lambda module, given, out: outputs.append(out))
layer.register_full_backward_hook(lambda module, before, after: None)
for batch in (1, 2, 5, 2):
    outputs.clear()
    loss = (layer(torch.randn(batch, 3)) ** 2).sum()
    (g,) = torch.autograd.grad(loss, outputs[0])
    assert torch.allclose(g, 2 * outputs[0])
