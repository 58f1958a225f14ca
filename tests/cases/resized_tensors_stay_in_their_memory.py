"""A tensor that is resized, itself or as ``out=``, is a view of the memory that it had, as long as
that is large enough; what shares the memory sees what is written to it."""
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore", message="An output with one or more")
for turn in range(4):
    n = 4 + turn
    a = torch.arange(3.0 * n).reshape(3, n)
    row, column, turned = a[1], a[:, 1], a.t()
    row.resize_(2, 2)
    assert row.tolist() == [[n, n + 1.0], [n + 2.0, n + 3.0]] and row.storage_offset() == n
    row.fill_(-1.0)
    assert a[1].tolist() == [-1.0] * 4 + [n + 4.0 + i for i in range(turn)]
    assert column.resize_(3).stride() == (n,)
    column.resize_(1, 3)
    column += 10
    assert a[0].tolist() == [0.0, 11.0, 12.0, 13.0] + [4.0 + i for i in range(turn)]
    turned.resize_(n * 3)
    assert turned.tolist() == a.flatten().tolist() and turned.stride() == (1,)
    turned.resize_(2).zero_()
    assert a[0, :2].tolist() == [0.0, 0.0]
    turned.resize_(n * 3)
    assert turned.tolist() == a.flatten().tolist()

    whole = torch.arange(6.0) + turn
    seen, array = whole[3:], whole.numpy()
    whole.resize_(2, 2).mul_(2)
    assert seen.tolist() == [2 * (3.0 + turn), 4.0 + turn, 5.0 + turn]
    assert array[3] == 2 * (3.0 + turn) and whole.tolist()[1][1] == array[3]
    whole.resize_(0)
    assert whole.resize_as_(seen).tolist() == [2.0 * turn, 2.0 * (turn + 1), 2.0 * (turn + 2)]

    b = torch.zeros(3, n)
    part = b[1]
    torch.add(torch.ones(2), turn, out=part)
    assert part.shape == (2,) and b[1].tolist() == [1.0 + turn] * 2 + [0.0] * (n - 2)
    torch.cat([torch.ones(n), torch.ones(2)], out=part)
    assert part.shape == (n + 2,) and b.sum().item() == n + 2 and b[2, :2].tolist() == [1.0, 1.0]
    part = b[2]
    torch.mul(torch.ones(n + 5), 7, out=part)   # more than there is
    assert part.tolist() == [7.0] * (n + 5) and b[2].tolist() == [7.0] * n
    assert b[1].tolist() == [1.0] * n

    pairs = torch.zeros(4, dtype=torch.complex64)
    real = torch.view_as_real(pairs)[1:]
    real.resize_(4).copy_(torch.arange(4.0) + turn)
    assert pairs.tolist() == [0, turn + (turn + 1) * 1j, turn + 2 + (turn + 3) * 1j, 0]
    grown = torch.ones(2)
    assert grown.resize_(5)[:2].tolist() == [1.0, 1.0] and grown.shape == (5,)
    own = np.zeros((2, 3), np.float32)
    torch.from_numpy(own).resize_(4).fill_(turn)
    assert own.flatten().tolist() == [turn] * 4 + [0.0] * 2

    column = torch.zeros(3, n)[:, 0]
    assert column.stride() == (n,) and column.resize_(2, 5 * n).stride() == (5 * n, 1)
    alias = torch.zeros(3, n).t()
    assert alias.stride() == (1, n)
    assert alias.set_(torch.zeros(1, 3, 3)).stride() == (9, 3, 1)
