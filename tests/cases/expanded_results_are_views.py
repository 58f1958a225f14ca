"""What broadcasts tensors gives views of them; memory that was expanded can be NumPy's."""
import torch

for turn in range(4):
    a, b = torch.full((2,), 1.0 + turn), torch.ones(3, 1)
    c, d = torch.broadcast_tensors(a, b)
    grid, other = torch.meshgrid(a, torch.arange(3.0), indexing="xy")
    a.mul_(5)
    assert c.tolist() == [[5.0 + 5 * turn] * 2] * 3 and d.tolist() == [[1.0] * 2] * 3
    assert grid.tolist() == [[5.0 + 5 * turn] * 2] * 3 and grid.stride() == (0, 1)
    assert other.stride() == (1, 0) and c.stride() == (0, 1) and d.stride() == (1, 0)
    for seen in (c, d, grid, other):
        try:
            seen.add_(1)
        except RuntimeError as error:
            assert "more than one element" in str(error)
        else:
            raise AssertionError("one of several places was written")

    diagonal = a[None].expand(2, 2).diagonal(0, 0, -1).detach()
    array = diagonal.numpy()
    array[0] = 7
    assert a.tolist() == [7.0, 5.0 + 5 * turn] == diagonal.tolist()
    whole = torch.zeros(3, 2).numpy().T
    column = torch.from_numpy(whole)[0][None].expand(3, 3).diagonal()
    column.numpy()[1] = 4
    assert whole.tolist() == [[0.0, 4.0, 0.0], [0.0] * 3] and column.tolist() == [0.0, 4.0, 0.0]

x = torch.tensor([1.0, 2.0], requires_grad=True)
y, z = torch.broadcast_tensors(x * 2, torch.ones(3, 2))
(y * z).sum().backward()
assert x.grad.tolist() == [6.0, 6.0]
