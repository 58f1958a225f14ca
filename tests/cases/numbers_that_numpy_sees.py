"""numpy() and asarray of a tensor that requires grad, where gradients are off; a tensor whose
memory NumPy can see, in the shape of another."""
import numpy
import torch

w = torch.tensor([1.0, 4.0], requires_grad=True)
for mode in (torch.no_grad, torch.inference_mode):
    with mode():
        assert w.numpy().tolist() == [1.0, 4.0] and numpy.asarray(w * 2).sum() == 10
        assert numpy.sqrt(w.numpy()).tolist() == [1.0, 2.0]
try:
    w.numpy()
except RuntimeError:
    pass
else:
    raise AssertionError("numpy() in grad mode")
with torch.no_grad():
    shared = w.numpy()
shared[0] = 3
w.square().sum().backward()
assert w.tolist() == [3.0, 4.0] and w.grad.tolist() == [6.0, 8.0]
for k in range(4):
    a = torch.arange(2.0) + k
    seen = a.numpy()
    assert a.expand_as(torch.zeros(3, 2) + k).sum() == 3 * (2 * k + 1)
    seen[:] = 1
    assert a.view_as(torch.zeros(2, 1)).tolist() == [[1.0], [1.0]]
    assert a.reshape_as(torch.zeros(1, 2) * k).sum() == 2
