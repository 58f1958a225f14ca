"""Arguments as PyTorch's other signatures call them."""
import torch

x = torch.arange(12.0)
assert torch.randint_like(x, high=4).max() < 4 and torch.randint_like(x, 2, high=4).min() >= 2
assert [len(part) for part in x.split(split_size=5)] == [5, 5, 2]
assert torch.finfo(float).bits == 64 and torch.iinfo(int).min == -2 ** 63
assert torch.finfo(complex).eps == torch.finfo(torch.float64).eps
rows = x.view(3, 4)
assert rows[2].as_strided((2,), (1,)).tolist() == [8.0, 9.0]
assert rows.t()[1].as_strided((3, 2), (4, 1)).tolist() == [[1.0, 2.0], [5.0, 6.0], [9.0, 10.0]]
assert rows[1].as_strided((2,), (6,), 0).tolist() == [0.0, 6.0]
assert rows.take_along_dim(torch.tensor([[-1]]), 1).flatten().tolist() == [3.0, 7.0, 11.0]
assert [len(p) for p in x.tensor_split(torch.tensor([1, 4]))] == [1, 3, 8]
assert [len(p) for p in x.tensor_split(sections=5)] == [3, 3, 2, 2, 2]
assert [a.shape for a in torch.atleast_2d([torch.tensor(1.0), x])] == [(1, 1), (1, 12)]
assert torch.equal(torch.gradient(x, spacing=None)[0], torch.ones(12))
assert torch.linalg.vander(torch.tensor(3.0), N=3).tolist() == [[1.0, 3.0, 9.0]]
for shape in ((0, 0), (0, 2, 2), (2, 0, 3)):
    for f in (torch.linalg.svd, torch.linalg.qr):
        assert all(part.shape[:len(shape) - 2] == shape[:-2] for part in f(torch.zeros(shape)))
