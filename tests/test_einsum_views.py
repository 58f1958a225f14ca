"""``einsum`` of one tensor whose result lacks no letter is a view of it; lists of subscripts."""

from __future__ import annotations

import pytest

import wengert as torch

VIEWS = {"ii->i": lambda x: x.diagonal(), "ij->ji": lambda x: x.T, "ij": lambda x: x,
         "ba": lambda x: x.T, "...ii->...i": lambda x: x.diagonal(), "...i->i...": lambda x: x.T}


@pytest.mark.parametrize("equation", VIEWS)
def test_what_moves_dimensions_is_a_view(equation):
    for k in range(4):
        n = 2 + k
        x = torch.arange(float(n * n)).reshape(n, n)
        y, wanted = torch.einsum(equation, x), VIEWS[equation](x.clone())
        assert y.tolist() == wanted.tolist() and y.stride() == VIEWS[equation](x).stride()
        y += k
        assert y.tolist() == (wanted + k).tolist() == VIEWS[equation](x).tolist()


def test_gradients_go_through_such_views():
    for k in range(4):
        x = (torch.arange(27.0) + k).reshape(3, 3, 3).requires_grad_()
        y = x * 2
        d = torch.einsum("iii->i", y)
        d *= 3
        assert d._is_view() and not d.is_leaf
        (y * y).sum().backward()
        wanted = 8 * x.detach()
        for i in range(3):
            wanted[i, i, i] *= 9
        assert x.grad.tolist() == wanted.tolist()


def test_lists_of_subscripts():
    for k in range(1, 5):
        a = torch.arange(6.0).reshape(2, 3) * k
        b = torch.ones(3, 4)
        for ours, equation in (
                (torch.einsum(a, [0, 1], b, [1, 2], [0, 2]), "ij,jk->ik"),
                (torch.einsum(a, [7, 1], b, [1, 2]), "hb,bc"),
                (torch.einsum(a, [..., 1], b, [1, 51], [51, ...]), "...b,bz->z...")):
            assert ours.tolist() == torch.einsum(equation, a, b).tolist()
        assert torch.einsum(a, [0, 1], [1, 0]).tolist() == a.T.tolist()
    with pytest.raises(ValueError, match=r"not within the valid range \[0, 52\)"):
        torch.einsum(a, [0, 52], [0])


def test_errors_are_those_of_the_equation():
    x = torch.ones(2, 3)
    for equation, match in (("ii->i", "sizes don't match"), ("ij->ii", "more than once"),
                            ("ijk->i", "does not match the number of dim"),
                            ("ij->ik", "does not appear")):
        with pytest.raises(RuntimeError, match=match):
            torch.einsum(equation, x)
