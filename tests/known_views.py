"""Programs of views and writes along known paths, each a function of ``torch`` and of a number that
changes from run to run: indices, starts, values, lengths. ``test_known_views.py`` runs them, the
oracle test beside PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

PROGRAMS: dict[str, Callable[[Any, int], Any]] = {}


def program(fn: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
    PROGRAMS[fn.__name__] = fn
    return fn


def grid(torch: Any, k: int, *, grad: bool = False) -> Any:
    return (torch.arange(12.0).reshape(4, 3) * (k + 1)).clone().requires_grad_(grad)


@program
def rows_of_a_loop(torch, k):
    x = grid(torch, k, grad=True)
    total = torch.zeros(3)
    for t in range(3):
        total = total * 0.5 + x[t] * x[t + 1] - x[-t - 1]
    total.square().sum().backward()
    return total, x.grad


@program
def rows_by_another_index(torch, k):
    x = grid(torch, 1, grad=True)
    y = x[k % 4] * x[-1 - k % 4] + x[k % 4, :].sum() + x[:, k % 3].sum() + x[k % 4, -(k % 3) - 1]
    y.sum().backward()
    return y, x.grad


@program
def slices_that_move(torch, k):
    x = grid(torch, 2, grad=True)
    a, b = x[k % 3:k % 3 + 2], x[:, k % 2:k % 2 + 2]
    c = x[::2, None, ..., k % 3]
    (a.sum() * b.square().sum() + c.prod()).backward()
    return a, b, c, c.shape, x.grad


@program
def slices_of_another_length(torch, k):
    x = grid(torch, 1, grad=True)
    y = x[:k % 5].sum() + x[k % 4:].mean() + x[0, :k].sum() + x[4 - k:, 1].square().sum()
    y.backward()
    return y, x.grad


@program
def a_written_row(torch, k):
    x = grid(torch, k)
    row, column = x[k % 4], x[:, k % 3]
    row.mul_(2.0 + k)
    column += 1
    x[k % 4, k % 3] = -7.0 - k
    return x, row, column, x._version, row._version


@program
def rows_written_in_a_loop(torch, k):
    w = grid(torch, k, grad=True)
    x = torch.zeros(4, 3)
    for t in range(4):
        x[t] = w[t] * (t + k)
        if t:
            x[t] += x[t - 1]
    x.square().sum().backward()
    return x, w.grad, x._version


@program
def views_that_are_gone_and_views_that_are_held(torch, k):
    x = grid(torch, k)
    held = x[1]
    for t in range(4):
        x[t].add_(k)
        x[t][1:].mul_(2)
    y = x[2]
    x.sub_(1)
    return held, y, x, held._version


@program
def a_view_of_a_view_of_a_view(torch, k):
    x = grid(torch, k, grad=True)
    y = x * 2
    v = y[1:].t()[k % 3][::2].unsqueeze(0)
    v.mul_(3.0)
    w = y.reshape(-1)[k % 4:k % 4 + 5].view(5, 1)
    (y.square().sum() + w.sum()).backward()
    return y, v, w, x.grad


@program
def parts(torch, k):
    x = grid(torch, k, grad=True)
    a, b = x.chunk(2, dim=0)
    c, d = x.split([1, 2], dim=1)
    rows = x.unbind(0)
    loss = (a * b).sum() + (c * d).sum() * (k + 1) + rows[k % 4].sum() * rows[-1].sum()
    loss.backward()
    return loss, x.grad, len(rows)


@program
def written_parts(torch, k):
    x = grid(torch, k)
    first, second = x.split(2)
    first.add_(10)
    rows = x.unbind(1)
    rows[k % 3].zero_()
    second[k % 2] = first[1] + k
    x.chunk(3, dim=-1)[2].mul_(0.5)
    return x, first, second, rows


@program
def other_views(torch, k):
    x = grid(torch, k, grad=True)
    y = x + 1
    out = [y.transpose(0, 1), y.permute(1, 0), y.view(3, 4), y.reshape(2, -1), y.flatten(),
           y.select(1, k % 3), y.narrow(0, k % 2, 2), y.expand(2, 4, 3), y.unsqueeze(dim=-1),
           y.squeeze(), y.diagonal(), y.T, y[k % 4].view_as(y[0]), y.unflatten(1, (3, 1))]
    sum((each * (i + 1)).sum() for i, each in enumerate(out)).backward()
    y.detach().add_(1)
    return out, x.grad, [each.stride() for each in out]


@program
def a_copy_or_a_view(torch, k):
    x = grid(torch, k)
    flat = x.t().reshape(-1)
    same = x.reshape(-1)
    flat.add_(1)
    same[k] = 100.0
    return x, flat, same, x.t().contiguous().is_contiguous()


@program
def views_without_grad(torch, k):
    x = grid(torch, k, grad=True)
    with torch.no_grad():
        x[k % 4].mul_(2)
        x[:, 1] = float(k)
        part = x[1:]
        part.add_(1)
    y = x * 1
    with torch.no_grad():
        y[0] += k
    (y * y).sum().backward()
    return x, y, part, x.grad


@program
def detached_views(torch, k):
    x = grid(torch, k, grad=True)
    y = x * 2
    seen = y[k % 4].detach()
    y[k % 4].mul_(3)
    y.sum().backward()
    data = x.data[1:]
    data.zero_()
    return seen, y, x, x.grad


@program
def memory_of_numpy(torch, k):
    array = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    x = torch.from_numpy(array)
    row, item = x[k % 2], x[0, k % 3]
    array[k % 2] = k
    row.add_(1)
    x[1, :2] = 50.0
    array[0, 0] -= 1
    return x, row, item, array.tolist()


@program
def exposed_later(torch, k):
    x = grid(torch, k)
    row = x[k % 4]
    array = x.numpy()
    other = x[:, 1]
    array[:] += 1
    other.mul_(2)
    x[0] = 5.0 + k
    return x, row, other, array.tolist()


@program
def tensors_as_indices(torch, k):
    x = grid(torch, k)
    i = torch.tensor(k % 4)
    a, b, c = x[i], x[i, 1:], x[:, torch.tensor([0, k % 3])]
    a.add_(1)
    x[x > 20 + k] = 0.0
    x[i] = -1.0
    x[[0, k % 4], 1] = 3.0
    return x, a, b, c


@program
def bools_and_numbers_of_numpy(torch, k):
    x = grid(torch, k)
    return (x[True], x[np.int64(k % 4)], x[False].shape, x[:, np.int64(1):], x[...],
            x[(k % 4,)], x[()], x[None].shape, x[k % 4:k % 4].shape)


@program
def errors_on_a_known_path(torch, k):
    x = grid(torch, k)
    found = []
    for index in (k, -k - 1, (0, k), slice(0, 2, 1), (slice(None), -k), 1.5, (0, 0, 0)):
        try:
            found.append(x[index].sum().item())
        except Exception as error:
            found.append(type(error).__name__)
    try:
        x[k] = torch.ones(k + 2)
    except Exception as error:
        found.append(type(error).__name__)
    return found, x


@program
def second_derivatives(torch, k):
    x = grid(torch, k, grad=True)
    y = (x[k % 4] ** 3).sum() + (x[1:, k % 3] ** 2).prod()
    first, = torch.autograd.grad(y, x, create_graph=True)
    second, = torch.autograd.grad(first[k % 4].square().sum(), x)
    return y, first, second


@program
def hooks_of_views(torch, k):
    x = grid(torch, k, grad=True)
    seen = []
    row = x[k % 4]
    row.register_hook(lambda g: seen.append(g.sum().item()))
    part = x[:, 1:]
    part.retain_grad()
    (row.sum() * part.sum()).backward()
    return seen, part.grad, x.grad, type(row.grad_fn).__name__


@program
def joined_parts(torch, k):
    x = grid(torch, k, grad=True)
    rows = [x[t] for t in range(k % 3 + 2)]
    y = torch.stack(rows, dim=1).sum(dim=0, keepdim=True) + torch.cat([x[0], x[1]])[k]
    z = torch.cat((x, x[k % 4:]), dim=0).sum(dim=(0, 1))
    (y.sum() * z).backward()
    return y, z, x.grad


@program
def integers_and_complex_parts(torch, k):
    n = torch.arange(6).reshape(2, 3)
    n[k % 2] += k
    z = torch.complex(torch.ones(3), torch.arange(3.0))
    z.real[k % 3] = 5.0
    z.imag.mul_(2)
    return n, n[:, k % 3], z.real, z.imag, n[1].max(dim=0).values, n.max(dim=1, keepdim=True)[1]


@program
def an_expanded_tensor(torch, k):
    x = torch.arange(3.0) + k
    wide = x.expand(4, 3)
    x[k % 3] = 9.0
    try:
        wide.add_(1)
        text = "no error"
    except RuntimeError:
        text = "RuntimeError"
    return wide, text, wide[k % 4], wide[:, 1]


def alike(ours: Any, theirs: Any) -> bool:
    """Whether two plain results agree."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if isinstance(ours, float | complex) and isinstance(theirs, float | complex):
        return bool(np.isclose(ours, theirs, rtol=1e-5, atol=1e-5, equal_nan=True))
    return bool(ours == theirs)


def plain(value: Any) -> Any:
    """A result without tensors, taken one by one from the last to the first."""
    if hasattr(value, "tolist") and hasattr(value, "shape"):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in reversed(value)][::-1]
    if isinstance(value, complex | float):
        return complex(value) if isinstance(value, complex) else round(value, 4)
    return value


# Parts of tensors that have values: they are read and written in memory where nothing else counts

@program
def a_table_that_is_filled(torch, k):
    table = torch.zeros(7)
    table.tolist()
    table[0] = 1 + k
    for i in range(1, 7):
        table[i] = table[i - 1].item() * 0.5 + table[i // 2].item()
    return table, table.sum()


@program
def parts_seen_before_and_after_writes(torch, k):
    x = grid(torch, k)
    x.tolist()
    row, element, again = x[1], x[k % 4, 2], x[1]
    x[1, 0] = 7.0 + k
    first = row.clone()
    x[k % 4, 2] = -1
    x[2] = 0.25
    doubled = row * 2 + element
    x[1] = doubled
    row[1] = 5
    return x, row, element, again, first, doubled, x._version


@program
def writes_beside_what_was_kept(torch, k):
    w = torch.ones(3, requires_grad=True)
    x = torch.arange(3.0) + k
    x.tolist()
    y = (w * x).sum()       # a derivative reads x as it is
    y.item()
    alias, copied = x.detach(), x.clone()
    x[0] = 100.0
    x[k % 3] = k
    (w * x).sum().backward()
    later = x[2]
    x += 1
    return x, alias, copied, w.grad, later, later.shape, later.requires_grad


@program
def a_written_part_gets_a_history(torch, k):
    w = torch.tensor(2.0, requires_grad=True)
    x = torch.zeros(4)
    x.tolist()
    part, other = x[k % 4], x[(k + 1) % 4]
    x[k % 4] = w * (k + 1)
    x[3] = 3.0
    (part * 2 + other + x.sum()).backward()
    with torch.no_grad():
        x[1] = 8
    return part, other, x, w.grad, part.requires_grad


@program
def parts_of_other_dtypes(torch, k):
    found = []
    for dtype in (torch.int64, torch.int32, torch.bool, torch.float64, torch.float16):
        x = torch.zeros(2, 3, dtype=dtype)
        x.tolist()
        x[k % 2, 1] = k
        x[1] = 1
        x[0, k % 3] = 2.75 if dtype.is_floating_point else 2
        found += [x, x[1, 2], x[0]]
    return tuple(found)


@program
def numbers_that_are_large(torch, k):
    x = torch.zeros(5)
    x.tolist()
    x[0], x[1], x[2] = 16777217, 2 ** 60 + 1 + k, 0.1
    x[3], x[4] = float("inf"), float("nan")
    return x[:4], x.isnan()


@program
def parts_and_arrays_of_numpys(torch, k):
    x = torch.zeros(4)
    x.tolist()
    array = x.numpy()
    part = x[1]
    x[1] = 2.0 + k
    array[2] = 5
    seen = array.copy()
    x[3] = x[2].item() + 1
    return x, part, torch.tensor(seen), torch.tensor(array)
