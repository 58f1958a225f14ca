"""Programs with sparse tensors, for a `torch` that is given: what each returns prints the same
under PyTorch and under Wengert."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Program = Callable[[Any], Any]
PLACES = [[0, 1, 1, 0], [2, 0, 2, 2]]
ROWS = [[1, 2, 2], [4, 0, 1]]


def uncoalesced(torch: Any) -> Any:
    return torch.sparse_coo_tensor(PLACES, [3.0, 4.0, 5.0, 2.0], (2, 3))


def coalesced(torch: Any) -> Any:
    return uncoalesced(torch).coalesce()


def other(torch: Any) -> Any:
    return torch.sparse_coo_tensor([[0, 0, 1], [0, 2, 1]], [1.0, -2.0, 6.0], (2, 3)).coalesce()


def leaf(torch: Any) -> Any:
    return coalesced(torch).detach().requires_grad_()


def dense(torch: Any, *shape: int) -> Any:
    n = 1
    for length in shape:
        n *= length
    return torch.arange(float(n)).reshape(shape) / 4


def gradient(f: Callable[[Any, Any], Any]) -> Program:
    """A program with the gradient of a sparse leaf."""
    def program(torch: Any) -> Any:
        a = leaf(torch)
        f(torch, a).pow(2).sum().backward()
        return a.grad.coalesce()
    return program


def gradients(torch: Any) -> Any:
    v = torch.tensor([3.0, 4.0, 5.0, 2.0], requires_grad=True)
    d = dense(torch, 3, 2).requires_grad_()
    y = torch.sparse.mm(torch.sparse_coo_tensor(PLACES, v, (2, 3)), d)
    return y.detach(), torch.autograd.grad(y.pow(2).sum(), (v, d))


def training(make: Callable[[Any, Any], Any]) -> Program:
    def program(torch: Any) -> Any:
        torch.manual_seed(0)
        table = torch.nn.Embedding(6, 3, sparse=True, padding_idx=0)
        optimizer, rows = make(torch, table.parameters()), torch.tensor(ROWS)
        for k in range(4):
            optimizer.zero_grad()
            ((table((rows + k) % 6) ** 2).sum() * (k + 1)).backward()
            optimizer.step()
        return table.weight.detach(), table.weight.grad
    return program


def bag(torch: Any) -> Any:
    torch.manual_seed(0)
    table, rows = torch.nn.EmbeddingBag(6, 3, sparse=True, mode="mean"), torch.tensor(ROWS)
    (table(rows) ** 2).sum().backward()
    first = table.weight.grad.coalesce()
    (table(rows) ** 2).sum().backward()
    return first, table.weight.grad.to_dense(), table.weight.grad.is_sparse


def tied(torch: Any) -> Any:
    table, found = torch.nn.Embedding(6, 2, sparse=True), []
    torch.nn.init.ones_(table.weight)
    for order in (0, 1):
        table.zero_grad()
        losses = [table(torch.tensor(ROWS)).sum(), (table.weight ** 2).sum()]
        losses[order].backward()
        losses[1 - order].backward()
        found.append(table.weight.grad.to_dense())
    return found


def hooks(torch: Any) -> Any:
    """A hook sees all that a backward brings a table at once, sparse where all of it is."""
    seen = []

    def note(g: Any) -> None:
        seen.append((g.is_sparse, g.to_dense() if g.is_sparse else g.clone()))

    def look(g: Any) -> Any:
        note(g)
        return g * 2
    table, rows = torch.nn.Embedding(6, 2, sparse=True), torch.tensor(ROWS)
    torch.nn.init.ones_(table.weight)
    table.weight.register_post_accumulate_grad_hook(lambda w: note(w.grad))
    with_hook, w = table.weight.register_hook(look), torch.ones(2, requires_grad=True)
    for _ in range(3):
        ((table(rows) ** 2).sum() + table(rows + 1).sum()).backward()
    (table(rows) * w).sum().backward(inputs=[w])
    ((table(rows) * w).sum() + (table.weight ** 2).sum()).backward()
    seen.append(torch.autograd.grad(table(rows).sum(), table.weight))
    with_hook.remove()
    table(rows).sum().backward()
    return seen, table.weight.grad, w.grad


def in_place(torch: Any) -> Any:
    x, y = torch.ones(2, 3), uncoalesced(torch)
    x += y
    x.add_(y, alpha=-2)
    y *= 2
    y += other(torch)
    y.mul_(0.5)
    return x, y.coalesce()


def parts(torch: Any) -> Any:
    x, c, r = uncoalesced(torch), coalesced(torch), coalesced(torch).to_sparse_csr()
    return (x._indices(), x._values(), x._nnz(), c.indices(), c.values(), c._nnz(), x.sparse_dim(),
            x.dense_dim(), x.is_coalesced(), c.is_coalesced(), x.layout, x.is_sparse, r.is_sparse,
            r.is_sparse_csr, r.layout, r.crow_indices(), r.col_indices(), r.values(), r._nnz(),
            x.shape, x.dtype, x.device, x.dim(), x.numel(), x.size(1), len(x), x.requires_grad,
            isinstance(x, torch.Tensor), torch.is_tensor(x), torch.is_floating_point(x))


def invariants(torch: Any) -> Any:
    """Whether they are checked, inside and outside of what switches that."""
    check = torch.sparse.check_sparse_tensor_invariants
    seen = [check.is_enabled()]
    with check():
        seen.append(check.is_enabled())
        with check(False):
            seen.append(check.is_enabled())
        seen.append(check(False)(check.is_enabled)())
    check.enable()
    seen.append(check.is_enabled())
    check.disable()
    return [*seen, check.is_enabled(), unsorted(torch, None).to_dense()]


def unsorted(torch: Any, check: Any) -> Any:
    return torch.sparse_csr_tensor([0, 2, 2], [1, 0], [1.0, 2.0], (2, 2), check_invariants=check)


def unsorted_in_a_context(torch: Any) -> Any:
    with torch.sparse.check_sparse_tensor_invariants():
        return unsorted(torch, None)


def checked(torch: Any) -> Any:
    check = torch.sparse.as_sparse_gradcheck(torch.autograd.gradcheck)
    a = coalesced(torch).double().requires_grad_()
    csr = coalesced(torch).double().to_sparse_csr().requires_grad_()
    other = torch.ones(3, 2, dtype=torch.float64, requires_grad=True)
    return [check(f, given, masked=masked) for masked in (False, True) for f, given in [
        (lambda x: x.to_sparse_csr(), a), (lambda x: x.to_dense() * 2, csr),
        (torch.sparse.mm, (a, other)), (torch.sparse.mm, (csr, other))]]


def asked_for(torch: Any) -> Any:
    """Gradients of a table by ``autograd.grad``: alone, with another, with dense parts, twice."""
    table, places = torch.arange(10.0).reshape(5, 2).requires_grad_(), torch.tensor([1, 3, 1])
    factor = torch.tensor([2.0, 3.0], requires_grad=True)
    rows = torch.nn.functional.embedding(places, table, sparse=True)
    grad = torch.autograd.grad
    one, two = grad((rows * factor).sum(), [table, factor], retain_graph=True)
    both, = grad((rows * factor).sum() + (table ** 2).sum(), table, retain_graph=True)
    again, = grad((rows * factor ** 2).sum(), table, create_graph=True)
    seen: list[Any] = []
    table.register_hook(lambda g: seen.append(g.coalesce()))
    table.register_hook(lambda g: g * 2)
    hooked, = grad(rows.sum() + rows[0].sum(), table)
    unused = grad((factor * 2).sum(), table, allow_unused=True)
    return [one, two, both, again.requires_grad, grad(again.to_dense().sum(), factor), seen,
            hooked.coalesce(), unused, table.grad]


def backward_inside_of_grad(torch: Any) -> Any:
    table = torch.arange(10.0).reshape(5, 2).requires_grad_()

    def rows(*places: int) -> Any:
        return torch.nn.functional.embedding(torch.tensor(places), table, sparse=True)

    class Inside(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            with torch.enable_grad():
                rows(0, 4).sum().backward()
            return g
    found, = torch.autograd.grad(Inside.apply(rows(2, 2)).sum(), table)
    return found.coalesce(), table.grad.coalesce()


PROGRAMS: dict[str, Program] = {
    "printed": lambda torch: (
        uncoalesced(torch), coalesced(torch).to_sparse_csr(), coalesced(torch).to_sparse_csc(),
        uncoalesced(torch).double(), uncoalesced(torch).long(), torch.sparse_coo_tensor((2, 3)),
        leaf(torch), torch.sparse_coo_tensor([[0, 2]], torch.ones(2, 2), (3, 2)),
        torch.sparse_coo_tensor(torch.zeros(0, 1), torch.tensor([2.0]), ()),
        torch.eye(30).to_sparse()),
    "parts": parts,
    "conversions": lambda torch: (
        uncoalesced(torch).to_dense(), dense(torch, 3, 2).to_sparse(),
        dense(torch, 3, 2).to_sparse(1), coalesced(torch).to_sparse_csr().to_dense(),
        coalesced(torch).to_sparse_csr().to_sparse_coo(), dense(torch, 3, 2).to_sparse_csr(),
        torch.sparse_csr_tensor([0, 1, 3], [2, 0, 2], [1.0, 2.0, 3.0], (2, 3)).to_dense(),
        torch.sparse_csc_tensor([0, 1, 3], [2, 0, 2], [1.0, 2.0, 3.0]).to_dense(),
        torch.zeros(2, 2).to_sparse(), dense(torch, 2, 3).t().to_sparse(), torch.ones(2).to_dense(),
        torch.tensor(0.0).to_sparse().to_dense()),
    "arithmetic": lambda torch: (
        uncoalesced(torch) * 2, 2 * coalesced(torch), coalesced(torch) / 2, -coalesced(torch),
        coalesced(torch) + coalesced(torch), coalesced(torch) - other(torch),
        coalesced(torch) * other(torch), coalesced(torch) * dense(torch, 2, 3),
        dense(torch, 2, 3) * coalesced(torch), dense(torch, 2, 3) + uncoalesced(torch),
        dense(torch, 2, 3) - uncoalesced(torch), torch.add(coalesced(torch), other(torch), alpha=3),
        coalesced(torch) * torch.tensor(2.0)),
    "arithmetic of CSR": lambda torch: (
        coalesced(torch).to_sparse_csr() * 2, coalesced(torch).to_sparse_csr().t(),
        coalesced(torch).to_sparse_csr() + coalesced(torch).to_sparse_csr(),
        dense(torch, 2, 3) + coalesced(torch).to_sparse_csr(),
        coalesced(torch).to_sparse_csr() @ dense(torch, 3, 2)),
    "in place": in_place,
    "by value": lambda torch: (
        coalesced(torch).sin(), torch.sqrt(coalesced(torch)), uncoalesced(torch).abs(),
        uncoalesced(torch) ** 2, torch.relu(-coalesced(torch)), coalesced(torch).log1p(),
        torch.nn.functional.relu(coalesced(torch)), coalesced(torch).sign(),
        coalesced(torch).norm()),
    "products": lambda torch: (
        uncoalesced(torch) @ dense(torch, 3, 2), torch.mm(coalesced(torch), dense(torch, 3, 2)),
        torch.mv(coalesced(torch), torch.ones(3)), coalesced(torch) @ torch.ones(3),
        dense(torch, 2, 2) @ coalesced(torch),
        torch.sparse.mm(dense(torch, 2, 2), coalesced(torch)),
        torch.sparse.mm(coalesced(torch), other(torch).t()),
        torch.addmm(torch.ones(2, 2), coalesced(torch), dense(torch, 3, 2)),
        torch.sparse.addmm(torch.ones(2, 2), coalesced(torch), dense(torch, 3, 2), beta=2, alpha=3),
        torch.sparse_coo_tensor((2, 3)) @ dense(torch, 3, 2),
        uncoalesced(torch).long() @ torch.arange(6).reshape(3, 2),
        torch.bmm(torch.stack([coalesced(torch), other(torch)]), dense(torch, 2, 3, 2)),
        torch.sparse.sampled_addmm(coalesced(torch).to_sparse_csr(), torch.ones(2, 4),
                                   torch.ones(4, 3), beta=0.5, alpha=2)),
    "sums": lambda torch: (
        uncoalesced(torch).sum(), torch.sparse.sum(coalesced(torch), 0), coalesced(torch).sum(1),
        torch.sparse.sum(coalesced(torch), [0, 1]), coalesced(torch).sum(0, keepdim=True),
        torch.sparse.sum(torch.sparse_coo_tensor([[0, 1]], torch.ones(2, 2), (3, 2)), 0),
        torch.sparse.sum(torch.sparse_coo_tensor([[0, 1]], torch.ones(2, 2), (3, 2)), 1),
        torch.sparse.softmax(coalesced(torch), 1), torch.sparse.log_softmax(coalesced(torch), 0)),
    "shapes": lambda torch: (
        coalesced(torch).t(), coalesced(torch).transpose(0, 1), coalesced(torch).T,
        torch.cat([coalesced(torch), other(torch)], 0), torch.stack([coalesced(torch)] * 2),
        coalesced(torch)[1], coalesced(torch)[1, 2], coalesced(torch).index_select(
            0, torch.tensor([1])), coalesced(torch).unsqueeze(0),
        torch.zeros_like(coalesced(torch)),
        dense(torch, 2, 3).sparse_mask(coalesced(torch)), list(coalesced(torch))),
    "gradients": gradients,
    "gradient of a product": gradient(lambda torch, a: torch.sparse.mm(a, dense(torch, 3, 2))),
    "gradient of to_dense": gradient(lambda torch, a: a.to_dense() * dense(torch, 2, 3)),
    "gradient of softmax": gradient(lambda torch, a: torch.sparse.softmax(a, 1).to_dense()),
    "gradient of sums": gradient(lambda torch, a: torch.sparse.sum(a, 1).to_dense()),
    "gradient of values": gradient(lambda torch, a: a.coalesce().values() * 3),
    "sgd": training(lambda torch, ps: torch.optim.SGD(ps, 0.1)),
    "sgd with momentum": training(lambda torch, ps: torch.optim.SGD(ps, 0.1, 0.9)),
    "SparseAdam": training(lambda torch, ps: torch.optim.SparseAdam(list(ps), 0.1)),
    "Adagrad": training(lambda torch, ps: torch.optim.Adagrad(ps, 0.1)),
    "bag": bag,
    "tied": tied,
    "hooks of a table": hooks,
    "diagonals": lambda torch: torch.sparse.spdiags(
        dense(torch, 3, 3), torch.tensor([0, -2, 1]), (4, 3)),
    "diagonals in CSR": lambda torch: torch.sparse.spdiags(
        dense(torch, 2, 5), torch.tensor([1, -1]), (3, 3), torch.sparse_csr),
    "diagonals in CSC": lambda torch: torch.sparse.spdiags(
        dense(torch, 2, 2), torch.tensor([2, 0]), (3, 3), torch.sparse_csc),
    "one diagonal": lambda torch: torch.sparse.spdiags(
        dense(torch, 3), torch.tensor(-1), (3, 3)),
    "invariants": invariants,
    "asked for by grad": asked_for,
    "backward inside of grad": backward_inside_of_grad,
    "sparse gradcheck": checked,
}

REFUSED: dict[str, Program] = {
    "exp": lambda torch: coalesced(torch).exp(),
    "cos": lambda torch: torch.cos(coalesced(torch)),
    "mean": lambda torch: coalesced(torch).mean(),
    "max": lambda torch: torch.max(coalesced(torch)),
    "sparse + dense": lambda torch: coalesced(torch) + torch.ones(2, 3),
    "sparse + number": lambda torch: coalesced(torch) + 1,
    "sparse / sparse": lambda torch: coalesced(torch) / coalesced(torch),
    "reshape": lambda torch: coalesced(torch).reshape(3, 2),
    "view": lambda torch: coalesced(torch).view(6),
    "slice": lambda torch: coalesced(torch)[0:1],
    "numpy": lambda torch: coalesced(torch).numpy(),
    "eq": lambda torch: coalesced(torch) == coalesced(torch),
    "indices of an uncoalesced one": lambda torch: uncoalesced(torch).indices(),
    "values of an uncoalesced one": lambda torch: uncoalesced(torch).values(),
    "indices of a dense one": lambda torch: torch.ones(2).indices(),
    "values of a dense one": lambda torch: torch.ones(2).values(),
    "crow_indices of COO": lambda torch: coalesced(torch).crow_indices(),
    "coalesce of CSR": lambda torch: coalesced(torch).to_sparse_csr().coalesce(),
    "sizes": lambda torch: coalesced(torch) @ torch.ones(2, 2),
    "values missing": lambda torch: torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0, 3.0]),
    "dimensions": lambda torch: torch.sparse_coo_tensor([[0, 1], [0, 0]], [1.0, 2.0], (2,)),
    "indices of one dimension": lambda torch: torch.sparse_coo_tensor([0, 1], [1.0, 2.0]),
    "Adam": training(lambda torch, ps: torch.optim.Adam(ps, 0.1)),
    "weight decay": training(lambda torch, ps: torch.optim.SGD(ps, 0.1, weight_decay=0.1)),
    "max in bags": lambda torch: torch.nn.functional.embedding_bag(
        torch.tensor(ROWS), torch.ones(5, 2), mode="max", sparse=True),
    "SparseAdam of dense gradients": lambda torch: torch.optim.SparseAdam(
        [one_with_gradient(torch)]).step(),
    "unsorted": lambda torch: unsorted(torch, True),
    "unsorted in a context": unsorted_in_a_context,
    "equal places": lambda torch: torch.sparse_csc_tensor(
        [0, 2, 2], [1, 1], [1.0, 2.0], (2, 2), check_invariants=True),
    "not coalesced": lambda torch: torch.sparse_coo_tensor(
        [[0, 0], [1, 1]], [1.0, 2.0], is_coalesced=True, check_invariants=True),
    "spsolve": lambda torch: torch.sparse.spsolve(
        torch.eye(2).to_sparse_csr(), torch.ones(2)),
    **{f"diagonals, {what}": lambda torch, given=given: torch.sparse.spdiags(
        torch.ones(2, 3), torch.tensor(given[0]), given[1]) for what, given in {
            "equal offsets": ([1, 1], (3, 3)), "too few offsets": ([1], (3, 3)),
            "offsets of floats": ([0.0, 1.0], (3, 3)), "three dimensions": ([0, 1], (3, 3, 3)),
            "offsets in a matrix": ([[0, 1]], (3, 3)), "outside": ([0, 9], (3, 3))}.items()},
}


def one_with_gradient(torch: Any) -> Any:
    p = torch.ones(2, requires_grad=True)
    p.sum().backward()
    return p
