"""Sparse tensors: what they compute is what dense ones do, gradients of any order included; what
takes none says so."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import wengert as torch
from sparse_programs import PLACES, REFUSED, coalesced, dense, leaf, other, uncoalesced
from wengert.autograd.gradcheck import GradcheckError
from wengert.func import hessian, jacfwd, jacrev, jvp
from wengert.sparse import jacobian

D = dense(torch, 3, 2)
SIZE = (2, 3)


def matrix(v: Any) -> Any:
    """The matrix as a dense one, made of dense operations."""
    flat = torch.zeros(6, dtype=v.dtype)
    return flat.index_add(0, torch.tensor([2, 3, 5, 2]), v).reshape(SIZE)


def sparse(v: Any) -> Any:
    return torch.sparse_coo_tensor(PLACES, v, SIZE)


USES = {
    "mm": lambda a, d: a @ d,
    "mv": lambda a, d: a @ d[:, 0],
    "from the left": lambda a, d: d[:2].t() @ a,
    "to_dense": lambda a, d: a.to_dense() * d.t(),
    "scaled": lambda a, d: (a * 3 / 2 - a).to_dense(),
    "times dense": lambda a, d: (a * d.t()).to_dense(),
    "dense plus": lambda a, d: d.t() + a,
    "sum": lambda a, d: a.sum() * d,
    "line sums": lambda a, d: a.sum(1).to_dense() * d[:2, 1],
    "product of two": lambda a, d: (a @ a.t()).to_dense(),
    "transposed": lambda a, d: a.t() @ d[:2],
    "by rows": lambda a, d: a.to_sparse_csr() @ d,
    "by columns": lambda a, d: a.to_sparse_csc() @ d,
    "addmm": lambda a, d: torch.addmm(d[:2], a, d, beta=2, alpha=0.5),
    "selected": lambda a, d: a[1].to_dense() * d[:, 0],
    "joined": lambda a, d: torch.cat([a, a]) @ d,
    "sine": lambda a, d: a.sin().to_dense(),
}


@pytest.mark.parametrize("name", USES)
def test_values_and_derivatives_are_the_dense_ones(name: str) -> None:
    use = USES[name]
    v, d = torch.tensor([3.0, 4.0, 5.0, 2.0]).double(), D.double() + 1

    def of(make: Any) -> Any:
        return lambda v, d: use(make(v), d)
    for k in range(4):   # the first runs step by step, later ones along a known path
        found, wanted = of(sparse)(v + k, d), of(matrix)(v + k, d)
        np.testing.assert_allclose(found.numpy(), wanted.numpy())
    for transform in (jacrev, jacfwd):
        for i in (0, 1):
            a, b = transform(of(sparse), i)(v, d), transform(of(matrix), i)(v, d)
            np.testing.assert_allclose(a.numpy(), b.numpy(), 1e-12, 1e-12)

    def total(make: Any) -> Any:
        return lambda v: of(make)(v, d).pow(3).sum()
    np.testing.assert_allclose(hessian(total(sparse))(v).numpy(), hessian(total(matrix))(v).numpy())


def test_products_for_each_sample() -> None:
    vs, ds = torch.arange(8.0).reshape(2, 4), torch.arange(12.0).reshape(2, 3, 2)
    product = lambda v, d: sparse(v) @ d
    for dims in ((0, 0), (0, None), (None, 0)):
        given = [x if dim == 0 else x[0] for x, dim in zip((vs, ds), dims, strict=True)]
        found = torch.vmap(product, in_dims=dims)(*given)
        for k in range(2):
            each = [x[k] if dim == 0 else x for x, dim in zip(given, dims, strict=True)]
            np.testing.assert_allclose(found[k].numpy(), (matrix(each[0]) @ each[1]).numpy())


def test_a_leaf_has_a_sparse_gradient() -> None:
    a = leaf(torch)
    for k in (1, 2):
        torch.sparse.mm(a, D).sum().backward()
        assert a.grad.is_sparse and a.grad.same_places(a)
        np.testing.assert_allclose(a.grad.values().numpy(), k * D.sum(1).numpy()[[2, 0, 2]])
    a.grad = None
    assert a.grad is None and a.is_leaf and a.requires_grad and not a.detach().requires_grad


def test_products_by_their_old_names() -> None:
    for multiply in (torch.spmm, torch.dsmm):
        a, weight = leaf(torch), torch.ones(2, 2, dtype=D.dtype, requires_grad=True)
        for _ in range(4):   # as graph convolutions do
            a.grad = weight.grad = None
            multiply(a, multiply(D, weight)).relu().sum().backward()
        plain = a.detach().to_dense().requires_grad_()
        other = torch.ones(2, 2, dtype=D.dtype, requires_grad=True)
        (plain @ (D @ other)).relu().sum().backward()
        np.testing.assert_allclose(weight.grad.numpy(), other.grad.numpy())
        assert a.grad.is_sparse


def test_sparse_derivatives_as_tensors() -> None:
    x = torch.linspace(1, 2, 6).double().requires_grad_()
    f = lambda x: x[1:] * x[:-1] ** 2
    wanted = jacrev(f)(x.detach())
    for format in (torch.sparse_csr, torch.sparse_coo):
        found = jacobian(f, format=format)(x)
        assert found.layout is format and found.requires_grad
        np.testing.assert_allclose(found.to_dense().detach().numpy(), wanted.numpy())
    product = jacobian(f, format=torch.sparse_csr)(x) @ torch.ones(6).double()
    np.testing.assert_allclose(product.detach().numpy(), jvp(f, (x.detach(),), (
        torch.ones(6).double(),))[1].numpy())
    product.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), jacrev(
        lambda x: (jacrev(f)(x)).sum())(x.detach()).numpy())


def test_rows_of_a_table() -> None:
    table = torch.nn.Embedding(8, 2, sparse=True)
    plain = torch.nn.Embedding(8, 2, _weight=table.weight.detach().clone())
    optimizers = [torch.optim.SGD(m.parameters(), 0.1) for m in (table, plain)]
    for k in range(5):
        rows = torch.tensor([k, k + 1, k])
        for m, optimizer in zip((table, plain), optimizers, strict=True):
            optimizer.zero_grad()
            (m(rows) ** 2 * 3).sum().backward()
            optimizer.step()
        assert table.weight.grad.is_sparse and table.weight.grad._nnz() == 3
        np.testing.assert_allclose(table.weight.detach().numpy(), plain.weight.detach().numpy(),
                                   rtol=1e-6)


def test_hooks_of_a_table() -> None:
    seen, table = [], torch.nn.Embedding(4, 1, sparse=True)
    table.weight.register_hook(lambda g: seen.append(g.is_sparse) or g * 2)
    table.weight.register_post_accumulate_grad_hook(lambda w: seen.append(w.grad.is_sparse))
    for k in range(1, 4):
        (table(torch.tensor([1, 2])).sum() + table(torch.tensor([2])).sum()).backward()
        assert table.weight.grad.to_dense().tolist() == [[0], [2 * k], [4 * k], [0]]
    assert seen == [True] * 6
    (table.weight.sum() + table(torch.tensor([0])).sum()).backward()
    assert table.weight.grad.tolist() == [[4], [8], [14], [2]] and seen[6:] == [False, False]


def test_copies_and_pickles() -> None:
    for x in (uncoalesced(torch), coalesced(torch).to_sparse_csr(), leaf(torch)):
        for y in (copy.deepcopy(x), pickle.loads(pickle.dumps(x)), x.clone()):
            assert y.layout is x.layout and y._nnz() == x._nnz()
            np.testing.assert_array_equal(y.to_dense().detach().numpy(),
                                          x.to_dense().detach().numpy())
    y = coalesced(torch).clone()
    y.mul_(3)
    assert coalesced(torch).sum() * 3 == y.sum()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    with pytest.raises((RuntimeError, NotImplementedError, TypeError, ValueError)) as error:
        REFUSED[name](torch)
    assert "meta" not in str(error.value)


def test_it_reaches_no_dense_operation() -> None:
    p = torch.ones(2, 3, requires_grad=True)
    p.grad = coalesced(torch)
    with pytest.raises(NotImplementedError, match="sparse tensor"):
        torch.nn.utils.clip_grad_norm_([p], 1.0)
    with pytest.raises(NotImplementedError, match=r"aten::exp.*to_dense"):
        torch.exp(other(torch))
    with pytest.raises(NotImplementedError, match="sparse"):
        torch.ones(2, 3).div_(coalesced(torch))
    with pytest.raises(RuntimeError, match="index 7"):
        torch.sparse_coo_tensor([[0, 7]], [1.0, 2.0], (3,))
    with pytest.raises(RuntimeError, match="col_indices"):
        torch.sparse_csr_tensor([0, 1], [4], [1.0], (1, 3))
    with pytest.raises(NotImplementedError, match="sparse_bsr"):
        torch.ones(2, 2).to_sparse(layout=torch.sparse_bsr)
    with pytest.raises(NotImplementedError, match=r"sparse_bsc is not.*sparse_coo_tensor"):
        torch.sparse_bsc_tensor([0, 1], [0], torch.ones(1, 2, 2))
    with pytest.raises(RuntimeError, match="sparse"):
        torch.sparse.mm(D.t(), D)


def test_gradients_flow_to_diagonals() -> None:
    diagonals = torch.arange(8.0).reshape(2, 4).requires_grad_()
    out = torch.sparse.spdiags(diagonals, torch.tensor([1, -1]), (3, 3))
    (out.to_dense() * torch.tensor([[2.0], [3.0], [4.0]])).sum().backward()
    assert diagonals.grad is not None
    assert diagonals.grad.tolist() == [[0, 2, 3, 0], [3, 4, 0, 0]]


def test_a_wrong_derivative_of_a_sparse_tensor() -> None:
    check = torch.sparse.as_sparse_gradcheck(torch.autograd.gradcheck)
    a = coalesced(torch).double().requires_grad_()
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        check(lambda x: x.to_dense() * x.detach().to_dense(), a)


FIRST = """
import wengert as torch
x = torch.tensor([[0.0, 2.0], [3.0, 0.0]], requires_grad=True)
x.{method}().to_dense().sum().backward()
print(x.grad.tolist())
"""


@pytest.mark.once
@pytest.mark.parametrize("method", ["to_sparse", "to_sparse_csr"])
def test_the_first_sparse_tensor_of_a_process(method):
    done = subprocess.run([sys.executable, "-c", FIRST.format(method=method)], check=True,
                          capture_output=True, text=True)
    assert done.stdout == "[[0.0, 1.0], [1.0, 0.0]]\n"
