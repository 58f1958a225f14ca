"""Small programs about views and writes, each a function of ``torch``. ``test_views.py`` knows the
results, the oracle test asks PyTorch.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from copy import deepcopy
from typing import Any

PROGRAMS: dict[str, Callable[[Any], Any]] = {}


def program(fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    PROGRAMS[fn.__name__] = fn
    return fn


def plain(value: Any) -> Any:
    """A result without tensors."""
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value


def error_of(call: Callable[[], Any]) -> str:
    """The first words of the RuntimeError that ``call`` raises."""
    try:
        call()
    except RuntimeError as error:
        return str(error)[:40]
    return "no error"


def grid(torch: Any, *, grad: bool = False) -> Any:
    """0 to 5 in two rows; with ``grad``, a leaf that requires grad."""
    return torch.arange(6.0).reshape(2, 3).clone().requires_grad_(grad)


def row(torch: Any, *, grad: bool = False) -> Any:
    return torch.arange(3.0).requires_grad_(grad)


# Every alias sees every write

@program
def a_slice(torch):
    x = grid(torch)
    v = x[0]
    v.add_(10)
    x[0, 1] = -1
    return x, v


@program
def a_chain_of_views(torch):
    x = grid(torch)
    v = x.view(6)[1:5].view(2, 2).t()
    v[0] = 9
    x.mul_(2)
    return x, v


@program
def transposes(torch):
    x = grid(torch)
    v = x.t()
    v[0, 1] = 7.0
    x[0, 0] = 3.0
    w = x.permute(1, 0)
    w.mul_(2)
    return x, v, w, v.stride(), x.stride(), x.view(6)


@program
def a_permuted_slice(torch):
    x = torch.arange(24.0).reshape(2, 3, 4).clone()
    v = x.permute(2, 0, 1)[1:3, :, 0]
    v *= -1
    return x, v, v.stride(), v.storage_offset()


@program
def diagonals(torch):
    x = torch.arange(12.0).reshape(3, 4).clone()
    d, e = x.diagonal(), x.t().diagonal(1)
    d.fill_(1.0)
    e.mul_(0)
    return x, d, e


@program
def parts(torch):
    x = torch.arange(12.0).reshape(4, 3).clone()
    a, b = x.split([1, 2], 1)
    c, d = x.chunk(2)
    rows = x.unbind(0)
    a.add_(100)
    d += 1
    rows[3].mul_(-1)
    x.narrow(1, 1, 1).select(0, 0).zero_()
    return x, a, b, c, d, rows


@program
def expanded(torch):
    x = row(torch)
    e = x.expand(2, 3)
    x.add_(1)
    return x, e, e.stride(), error_of(lambda: e.add_(1)), x


@program
def squeezed(torch):
    x = torch.arange(3.0).reshape(1, 3).clone()
    s = x.squeeze(0)
    s.add_(1)
    u = s.unsqueeze(1)
    u.mul_(2)
    x.unflatten(1, (3, 1)).flatten()[2] = 0
    return x, s, u


@program
def a_reshape_may_be_a_copy(torch):
    x = grid(torch)
    copy, view = x.t().reshape(6), x.reshape(6)
    copy.add_(1)
    view.add_(1)
    return x, copy, view, error_of(lambda: x.t().view(6))


@program
def a_copy_stays_a_copy_after_writes(torch):
    x = grid(torch)
    v = x.t()
    v.mul_(2)
    copy = v.reshape(6)
    copy.zero_()
    return x, v, copy, v.is_contiguous(), x.is_contiguous(), error_of(lambda: v.view(6))


@program
def complex_parts(torch):
    z = torch.tensor([1 + 2j, 3 - 1j])
    z.real.mul_(2)
    z.imag[0] = 7
    torch.view_as_real(z)[1] = 5
    return torch.view_as_real(z)


@program
def in_place_shapes(torch):
    x = grid(torch)
    v = x[0]
    same = x.t_() is x
    v.add_(1)
    x[0, 0] = 99.0
    x.unsqueeze_(0)
    return x, v, same, list(x.shape), x.stride(), x._version


@program
def a_base_that_is_gone(torch):
    v = grid(torch)[1]
    v.add_(1)
    w = v[1:]
    w.mul_(2)
    return v, w


@program
def reading_between_writes(torch):
    x = grid(torch)
    v = x[0]
    v.add_(1)
    first = x.sum().item()
    v.mul_(2)
    x[1, 2] = 0.0
    second = v.sum().item()
    w = x.view(-1)[2:4]
    w.add_(5)
    return first, second, x, v, w


@program
def copies_do_not_alias(torch):
    x = grid(torch)
    c, m, g, k = x[[0]], x[x > 2], x[:, torch.tensor([0])], x.clone()
    for copy in (c, m, g, k):
        copy.add_(1)
    return x, c, m, g, k


@program
def swapped_rows(torch):
    x = grid(torch)
    a = x[0].clone()
    x[0] = x[1]
    x[1] = a
    x[[0, 1]] = x[[1, 0]]
    x[0], x[1] = x[1].clone(), x[0].clone()
    return x


@program
def augmented_assignments(torch):
    x = grid(torch)
    x[0] += 1
    x[:, 1] *= 3
    x[x > 4] -= 1
    x[[0, 1], [0, 2]] += 10
    return x, x._version


# Versions, leaves, modes

@program
def versions(torch):
    x = grid(torch)
    seen = [x._version]
    v, d = x[0], x.detach()
    v.add_(1)
    seen += [x._version, v._version]
    x.add_(1)
    seen += [x._version, v._version, d._version, x.clone()._version]
    d.add_(1)
    x[0] = 1
    seen.append(x._version)
    x[0] += 1
    seen.append(v._version)
    return seen


@program
def leaves_refuse(torch):
    x = row(torch, grad=True)
    return [error_of(call) for call in (
        lambda: x.add_(1), lambda: x[0].add_(1), lambda: x.__setitem__(0, 1.0),
        lambda: x.__setitem__(x > 1, 1.0), lambda: x.view(3).mul_(2), lambda: x.unsqueeze_(0),
        lambda: x.detach().add_(1))]


@program
def leaves_are_written_without_grad(torch):
    x = row(torch, grad=True)
    with torch.no_grad():
        x.add_(1)
        x[0] = 5.0
    (x * x).sum().backward()
    return x, x.grad, x.requires_grad, x.is_leaf


@program
def views_of_leaves(torch):
    x = grid(torch, grad=True)
    v = x[0]
    with torch.no_grad():
        x[0].mul_(10)
    (v * v).sum().backward()
    return x, v, x.grad


@program
def detached_aliases(torch):
    x = row(torch, grad=True)
    y = x * 2
    d, e = y.detach(), x.detach()
    d.add_(1)
    e.add_(1)
    (y * x).sum().backward()
    return y, d, d.requires_grad, x, x.grad


@program
def a_detached_view_of_a_result(torch):
    x = row(torch, grad=True)
    y = x * 2
    y.detach()[0:1].fill_(5.0)
    y.sum().backward()
    return y, x.grad, y.requires_grad


@program
def writes_without_grad_to_a_result(torch):
    x = row(torch, grad=True)
    y = x * 2
    with torch.no_grad():
        y[:2].mul_(0)
    (y * y).sum().backward()
    return y, x.grad


# Gradients of the program as written

@program
def a_view_taken_before_a_write(torch):
    x = grid(torch, grad=True)
    y = x * 1
    v = y[0]
    y.mul_(3)
    v.sum().backward()
    return x.grad, v.requires_grad


@program
def a_write_through_a_view(torch):
    x, w = grid(torch, grad=True), row(torch, grad=True)
    y = x * 1
    y[0].mul_(w)
    (y * y).sum().backward()
    return y, x.grad, w.grad


@program
def a_constant_takes_part(torch):
    w = row(torch, grad=True)
    y = grid(torch)
    v = y[1]
    y[1] = w * 2
    (v * v).sum().backward()
    return y, w.grad, y.requires_grad, v.requires_grad, y.is_leaf


@program
def rows_from_rows(torch):
    x = torch.arange(12.0).reshape(4, 3).clone().requires_grad_()
    y = x * 1
    for i in range(4):
        y[i] = y[i] * i
    for i in range(1, 4):
        y[i] += y[i - 1]
    (y * y).sum().backward()
    return y, x.grad


@program
def rows_from_a_parameter(torch):
    weight = grid(torch, grad=True)
    out = torch.zeros(2, 3)
    for i in range(2):
        out[i] = weight[i] * (i + 1)
    out.sum().item()
    again = out.clone()
    again[0] = out[1]
    (again * again).sum().backward()
    return again, weight.grad


@program
def masks(torch):
    x = grid(torch, grad=True)
    y = x * 2
    y[y > 5] = 0.0
    y[torch.tensor([True, False])] = 7.0
    z = y.clone()
    z[z == 4] = x[1, 2]
    (z * z).sum().backward()
    return y, z, x.grad


@program
def gradients_with_reading_between(torch):
    x = grid(torch, grad=True)
    y = x * x
    v = y[0]
    first = v.sum().item()
    v.mul_(2)
    y.sum().item()
    z = y.view(6)[3:]
    z[0] = 0.0
    total = y.sum()
    total.item()
    total.backward()
    return first, y, v, z, x.grad


@program
def in_place_shapes_have_gradients(torch):
    x = row(torch, grad=True)
    y = x * 2
    y.unsqueeze_(0)
    y.squeeze_(0).unsqueeze_(1)
    (y * y).sum().backward()
    return y, x.grad


@program
def an_overwritten_value_has_gradient_zero(torch):
    x = row(torch, grad=True)
    y = x * 2
    y[:] = 3.0
    y.sum().backward()
    return y, x.grad


@program
def index_tensors(torch):
    x, v = grid(torch, grad=True), torch.tensor([10.0, 20.0], requires_grad=True)
    i = torch.tensor([0, 1])
    y = x * 1
    y[i, i] = v
    z = y[torch.tensor([1, 1, 0])]
    (z * z).sum().backward()
    return y, x.grad, v.grad


@program
def picked_by_mask(torch):
    x = grid(torch, grad=True)
    y = torch.masked_select(x * x, x > 2)
    y.sum().backward()
    return y, x.grad


@program
def an_index_that_is_a_tensor(torch):
    x, i = grid(torch), torch.tensor(1)
    row, column = x[i], x[:, i]
    before = row.tolist()
    row += 1
    i -= 1
    column *= 3
    part = x.narrow(1, i, 2)
    part.neg_()
    return before, x, row, column, part, row.storage_offset(), part.storage_offset()


@program
def an_index_that_is_a_tensor_in_memory_of_numpy(torch):
    x, i = grid(torch), torch.tensor(2) - 1
    array = x.numpy()
    row = x[i]
    cell = x.detach()[i, i + 1]
    row.add_(2)
    cell.mul_(10)
    i += 1
    array[1, 0] = 7
    return x, row, cell, array.tolist()


@program
def an_index_that_is_a_tensor_has_gradients(torch):
    x = row(torch, grad=True)
    y = x * 1
    i = (y > 1).sum()
    y[-i] = y[i] * 5
    cell = y[i]
    cell.mul_(3)
    (y * y).sum().backward()
    return y, cell, x.grad


VIEWS_OF_A_LEAF: list[Callable[[Any], Any]] = [
    lambda x: x.view(6), lambda x: x[0], lambda x: x.t(), lambda x: x.view(6)[1:-1].view(2, 2),
    lambda x: x.expand(2, 2, 3)]


def looks(torch: Any, view: Any) -> list[Callable[[], Any]]:
    """Ways to look at a view, at its memory, or to write to that without autograd."""
    wide = view.numel() > 6

    @torch.no_grad()
    def written() -> Any:
        return None if wide else view.mul_(2)
    return [view.tolist, view.detach().numpy, view.detach().tolist, written,
            lambda: None if wide else view.detach().add_(1),
            lambda: None if wide else view.data.mul_(0.5)]


@program
def a_view_whose_leaf_nobody_holds(torch):
    flow, seen = [], []
    for make in VIEWS_OF_A_LEAF:
        for k in range(6):
            view = make(grid(torch, grad=True))
            looks(torch, view)[k]()
            w = torch.tensor(2.0, requires_grad=True)
            flow.append(view.requires_grad)
            (view * view * w).sum().backward()
            looks(torch, view)[k]()
            view.exp().sum().backward()
            flow.append(view.requires_grad)
            seen.append((view.sum(), w.grad))
    return all(flow), seen


LEAVES_THAT_ARE_VIEWS: list[Callable[[Any], Any]] = [
    lambda a: a.view(2, 3), lambda a: a.view(2, 3).t(), lambda a: a[2:], lambda a: a.view(3, 2)[1],
    lambda a: a.view(3, 2)[:, ::2]]


@program
def views_of_a_leaf_that_is_a_view(torch):
    seen = []
    for make in LEAVES_THAT_ARE_VIEWS:
        for k in range(4):
            a = torch.arange(6.0)
            x = make(a).requires_grad_()
            part = x[0]
            looks(torch, x)[k]() if k < 3 else x.data.mul_(0.5)
            (part * part).sum().backward()
            refused = [error_of(lambda v=v: v.add_(1)) != "no error" for v in (x, part)]
            with torch.no_grad():
                x.sub_(x.grad)
            a.mul_(2)
            seen.append((x.is_leaf, part.requires_grad, x.grad, x, a, x.stride(),
                         x.storage_offset(), *refused))
            x.requires_grad_(False).add_(1)
            seen.append((a, x.stride()))
    return seen


@program
def offsets_in_memory_of_numpy(torch):
    base = torch.from_numpy(grid(torch).view(6).numpy() * 1)
    views = [base[1:], base[2:].detach(), base.view(2, 3)[1].detach()[1:], base[1:].data[2:],
             base.view(2, 3).t()[1:].detach()]
    found = [(v.storage_offset(), v.stride(), v.as_strided((2,), (1,)), deepcopy(v),
              pickle.loads(pickle.dumps(v))) for v in views]
    base.mul_(2)
    return found, views


COMPUTED: list[Callable[[Any], Any]] = [
    lambda x: x * 2, lambda x: (x * 2).view(6), lambda x: (x * 2)[1:], lambda x: (x * 2).t(),
    lambda x: (x * 2).view(6)[1:], lambda x: x[1:], lambda x: x.sum(0)]


def marked(y: Any, k: int, seen: list[Any]) -> None:
    """Ask for the gradient of ``y`` in one of several ways."""
    if k == 0:
        y.register_hook(lambda ct: (seen.append(ct.clone()), ct * 0.5)[1])
    elif k == 1:
        y.retain_grad()
    elif k == 2:
        y.grad_fn.register_prehook(lambda cts: (cts[0] * 3,))


@program
def gradients_where_numpy_has_the_memory(torch):
    found = []
    for make in COMPUTED:
        for k in range(8):
            x = grid(torch, grad=True)
            y, seen = make(x), []
            if k < 4:
                marked(y, k, seen)
            array = y.detach().numpy() if k % 2 else y.detach()[0].numpy()
            if k >= 4:
                marked(y, k % 4, seen)
            loss = (y * 3).sum() + (y[0] * 2).square().sum()
            if k % 4 == 3:
                seen += torch.autograd.grad(loss, [y, x], retain_graph=True)
            array = array.sum() if k > 5 else array   # or nobody has it any more
            loss = loss + (y * y).sum()
            loss.backward()
            found.append((x.grad, seen, y.grad if k % 4 == 1 else 0))
    return found


@program
def a_retained_gradient_is_another_tensor_each_time(torch):
    x = row(torch, grad=True)
    y = x * 2
    y.retain_grad()
    (y * y).sum().backward(retain_graph=True)
    first = y.grad
    y.sum().backward()
    return first, y.grad, x.grad


@program
def views_of_a_leaf_whose_data_was_replaced(torch):
    seen = []
    for k in range(4):
        x = row(torch, grad=True)
        part, column = x[1:], x.view(3, 1)
        x.data = x.data * 2 + 1
        looks(torch, part)[k]()
        (part * part).sum().backward()
        column.square().sum().backward()
        refused = error_of(lambda v=part: v.add_(1)) != "no error"
        x.requires_grad_(False).add_(1)
        (x[1:] * part).sum().backward()
        seen.append((x, part.requires_grad, part, column, x.grad, refused))
    return seen


@program
def a_leaf_that_is_switched_off_and_on(torch):
    x, seen = row(torch, grad=True), []
    part = x[1:]
    for k in range(5):
        (x * x).sum().backward()
        x.requires_grad_(False)
        y = x * 3
        seen.append((y.requires_grad, x.is_leaf, part.requires_grad, x.add_(1) * 1))
        x.requires_grad_(True)
        (part * k).sum().backward()
        part = x[:2] if k == 2 else part
    return seen, x.grad, part


@program
def elements_changed_one_by_one(torch):
    seen = []
    for k in range(4):
        counts, sums = torch.zeros(3, dtype=torch.int64), torch.zeros(3)
        table, late = torch.ones(2, 3), torch.arange(4.0) + k
        for i in range(5):
            counts[i % 3] += 2
            sums[i % 3] -= 0.5 * k
            table[i % 2, i % 3] *= late[i % 4]
            table[1] += 1
            late[i % 4] = late[(i + 1) % 4]
        part, kept, before = sums[1], sums.clone(), sums[1] * 1
        sums[1] += 1
        doubled = table * 2
        table[0] += torch.ones(3)
        seen.append((counts, sums, table, late, part, kept, before, doubled,
                     error_of(lambda n=counts: n[1].add_(1.5)) != "no error"))
    return seen


@program
def rows_in_turn(torch):
    seen = []
    for k in range(4):
        x, places = grid(torch) + k, torch.tensor([1, 0, 2])
        rows = list(x)
        for one in x:
            one *= 2
        x[0] = 0
        hits = torch.zeros(3, 3, dtype=torch.int64)
        for i, j in zip(places, places.flip(0)):
            hits[i, j] += 1
        ends = [part.sum() for part in x.split(1)]
        leaf = row(torch, grad=True)
        sum(one * one * k for one in leaf).backward()
        seen.append((rows, [one.sum() for one in x], hits, ends, x[places[0], places[1]],
                     leaf.grad, list(torch.zeros(0, 2))))
    return seen


@program
def parameters_written_without_grad(torch):
    seen = []
    for k in range(4):
        data = torch.arange(3.0) + k
        leaf = torch.nn.Parameter(data)
        with torch.no_grad():
            leaf.add_(1)
        seen.append((data.clone(), leaf.detach().clone(), leaf.requires_grad))
        alias, part = leaf.detach(), leaf[1:]
        with torch.no_grad():
            leaf.copy_(torch.ones(3))
        seen.append((data, alias, part))
        del data, alias, part
        (leaf * leaf).sum().backward()
        with torch.no_grad():
            before = leaf._version
            leaf.copy_(torch.ones(3) * k)
            leaf.mul_(2)
        seen.append((leaf.detach().clone(), leaf.grad, leaf._version - before,
                     error_of(lambda p=leaf: p.copy_(torch.ones(3))) != "no error"))
        source, target = torch.arange(3.0), torch.zeros(3)
        target.copy_(source)
        source[0] = 7
        target[1] = 5
        seen.append((source, target))
    return seen


@program
def empty_parts_written_with_gradients(torch):
    seen = []
    for n in (1, 1, 3, 1, 0):
        w = row(torch, grad=True)
        x, y = torch.zeros(n, 3), torch.ones(3, n)
        x[1:] += w * w
        y.t()[1:].copy_(w)
        torch.ones(3).expand(0, 3).copy_(w)
        seen.append((x.requires_grad, y.requires_grad))
        (x.sum() + y.sum()).backward()
        seen.append((w.grad, x, y))
    return seen
