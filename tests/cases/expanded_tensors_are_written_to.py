"""What shows elements of memory more than once is written to as PyTorch writes to it: parts that
show each element once by anything, the whole by what gives one value, and by places."""
import torch

for turn in range(4):
    m, n = 2 + turn % 2, 3 + turn
    places, mask = torch.tensor([m - 1, 0]), torch.arange(m * n).reshape(m, n) % 3 == 0
    base, column = torch.arange(n) + 1.0 + turn, torch.arange(m).reshape(m, 1) + 1.0
    rows, columns = base.expand(m, n), column.expand(m, n)

    rows[turn % m] = torch.arange(n) * 2.0
    assert rows.tolist() == [base.tolist()] * m and base.tolist() == [2.0 * i for i in range(n)]
    rows[0].add_(turn + 1)
    rows[1:2] *= 2
    rows[0, 1] = -1.0
    rows[m - 1][2] -= 1
    expected = [2 * (2.0 * i + turn + 1) for i in range(n)]
    expected[1], expected[2] = -1.0, expected[2] - 1
    assert base.tolist() == expected and rows[m - 1].tolist() == expected
    columns[:, turn % n].mul_(3)
    columns.t()[1] += 1
    assert column.flatten().tolist() == [3.0 * (i + 1) + 1 for i in range(m)]
    rows.unbind()[0].fill_(turn)
    assert base.tolist() == [float(turn)] * n

    rows.fill_(turn + 0.5)
    assert base.tolist() == [turn + 0.5] * n
    columns.zero_()
    columns[:, 1:].fill_(4)
    assert column.flatten().tolist() == [4.0] * m
    rows[places] = torch.arange(2.0 * n).reshape(2, n)
    assert base.tolist() == [float(n + i) for i in range(n)]
    rows[mask] = 7.0
    rows[:, torch.tensor([1, 1])] = 2.0
    rows.index_put_((places, places), torch.tensor([1.0, 2.0]), accumulate=True)
    expected = [7.0 if mask[:, i].any() else float(n + i) for i in range(n)]
    expected[1] = 2.0
    expected[m - 1] += 1
    expected[0] += 2
    assert base.tolist() == expected
    columns.index_fill_(0, places[:1], 9.0)
    columns.masked_fill_(torch.arange(n) == 1, turn)
    assert column.flatten().tolist() == [float(turn)] * m

    line = torch.zeros(n)
    windows = line.unfold(0, 2, 1)
    windows[0] = turn + 1.0
    windows[:, 0] += 1
    windows.copy_(torch.arange(windows.numel()).reshape(windows.shape) + 0.0)
    assert line.tolist() == [0.0, *[2.0 * i + 2 for i in range(n - 2)], 2.0 * n - 3]

    refused = {
        "add_": (rows, 1), "copy_": (rows, torch.ones(m, n)), "mul_": (columns[:, 1:], 2),
        "scatter_": (rows, 0, places[None], 1.0), "__setitem__": (columns, 0, 1.0),
        "clamp_": (columns, 0, 1),
    }
    for name, (target, *args) in refused.items():
        before = base.tolist(), column.tolist()
        try:
            getattr(target, name)(*args)
        except RuntimeError as error:
            assert "more than one element" in str(error)
        else:
            raise AssertionError("one of several places was written")
        assert (base.tolist(), column.tolist()) == before

    x = torch.full((n,), 2.0 + turn, requires_grad=True)
    v = torch.full((n,), 3.0, requires_grad=True)
    base = x * 1
    rows = base.expand(m, n)
    rows[0].mul_(x)                # x ** 2
    rows[m - 1, 1:] = v[1:] * 2    # x[0] ** 2, 2 v[1], 2 v[2], ...
    rows[0][2] *= 5                # 10 v[2]
    (rows.sum() + base.sum()).backward()
    assert x.grad.tolist() == [2 * (m + 1) * (2.0 + turn)] + [0.0] * (n - 1)
    assert v.grad.tolist() == [0.0, 2.0 * (m + 1), 10.0 * (m + 1)] + [2.0 * (m + 1)] * (n - 3)

    weight = torch.ones(2 + turn, requires_grad=True)
    with torch.no_grad():
        wide = weight.expand(3, 2 + turn)
        wide[1] = 5.0 + turn
        assert weight.tolist() == [5.0 + turn] * (2 + turn) and weight.is_leaf
        wide.zero_()
    assert weight.tolist() == [0.0] * (2 + turn) and weight.requires_grad and weight.is_leaf
    product = weight * 3
    product.expand(2, 2 + turn).data[1] = 4.0
    product.expand(2, 2 + turn).detach()[0, 1] += turn
    assert product.tolist() == [4.0, 4.0 + turn] + [4.0] * turn
    (product * product.detach()).sum().backward()
    assert weight.grad.tolist() == [12.0, 12.0 + 3 * turn] + [12.0] * turn

empty = (torch.zeros(2, 0, requires_grad=True) * 1).expand(3, 2, 0)   # shows nothing twice
empty.add_(1)
empty[...] = torch.zeros(2, 0, requires_grad=True)
assert empty.shape == (3, 2, 0) and empty.requires_grad
