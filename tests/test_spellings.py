"""Arguments and forms of PyTorch's that are met now and then: other names, sequences, views of
views, empty matrices, copies that share memory. ``tests/oracle`` asks each signature."""

import copy
import pickle

import numpy as np
import pytest

import wengert as torch


def test_as_strided_reads_the_memory_of_the_base():
    x = torch.arange(12.0)
    row = x.view(3, 4)[1]
    assert row.as_strided((), ()).item() == 4
    assert row.as_strided((2, 2), (4, 1)).tolist() == [[4, 5], [8, 9]]
    assert row.as_strided((2,), (1,), 1).tolist() == [1, 2]
    assert x.expand(2, 12).as_strided((3,), (2,)).tolist() == [0, 2, 4]
    turned = x.view(3, 4).t()
    assert turned[1:].as_strided((2, 2), (4, 1)).tolist() == [[1, 2], [5, 6]]
    with pytest.raises(RuntimeError, match="out of bounds for storage"):
        row.as_strided((2,), (8,))
    x.as_strided_((2, 2), (5, 1))
    assert x.tolist() == [[0, 1], [5, 6]]


def test_as_strided_of_complex_numbers_counts_in_the_views_elements():
    z = torch.complex(torch.arange(6.0), torch.arange(6.0) + 10)
    assert z.imag.storage_offset() == 1 and torch.view_as_real(z)[2].storage_offset() == 4
    assert z.real[1:].as_strided((2,), (1,)).tolist() == [1, 11]
    assert torch.view_as_real(z)[1].as_strided((2, 2), (2, 1)).tolist() == [[1, 11], [2, 12]]
    assert z[2:].as_strided((2,), (2,)).tolist() == [2 + 12j, 4 + 14j]


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_as_strided_is_differentiated_and_written(length):
    x = torch.arange(12.0, requires_grad=True)
    view = (x * 2)[3:]
    view.retain_grad()
    view.as_strided((length, 2), (2, 1)).sum().backward()
    expected = [2.0 if 3 <= i < 3 + 2 * length else 0.0 for i in range(12)]
    assert x.grad.tolist() == expected and view.grad.tolist() == [e / 2 for e in expected[3:]]
    x.grad = None
    (x * 2)[3:].as_strided((length,), (2,), 1).sum().backward()
    assert x.grad.tolist() == [2.0 if i % 2 and i < 2 * length else 0.0 for i in range(12)]
    base = torch.arange(12.0)
    base[6:].as_strided((length,), (3,), 0).zero_()
    assert [i for i in range(1, 12) if base[i] == 0] == [3 * k for k in range(1, length)]


def test_as_strided_of_a_detached_view_has_no_history():
    x = torch.arange(6.0, requires_grad=True)
    seen = x[2:].detach().as_strided((2,), (2,), 0)
    assert seen.tolist() == [0, 2] and not seen.requires_grad
    with torch.no_grad():
        x[2:].as_strided((2,), (2,), 0).fill_(7)
    assert x.tolist() == [7, 1, 7, 3, 4, 5]


def test_as_strided_shares_numpys_memory():
    array = np.arange(6.0)
    torch.from_numpy(array)[2:].as_strided((2,), (3,)).add_(10)
    assert array.tolist() == [0, 1, 12, 3, 4, 15]


@pytest.mark.parametrize("scope", [torch.no_grad, torch.inference_mode])
def test_numpy_where_gradients_are_off(scope):
    p = torch.ones(3, requires_grad=True)
    with scope():
        assert p.numpy().sum() == 3 and np.asarray(p * 2).sum() == 6
    with pytest.raises(RuntimeError, match="requires grad"):
        p.numpy()
    with pytest.raises(RuntimeError, match="requires grad"):
        np.asarray(p)


def test_numpy_of_a_result_keeps_its_history():
    for k in range(1, 5):
        p = torch.full((2,), float(k), requires_grad=True)
        y = p * p
        with torch.no_grad():
            array = y.numpy()
        (y * 3).sum().backward()
        assert array.tolist() == [k * k] * 2 and p.grad.tolist() == [6.0 * k] * 2


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (0, 3, 3), (2, 0, 3), (0, 0, 0)])
def test_factorisations_of_nothing(shape, capfd):
    a = torch.zeros(shape, requires_grad=True)
    lead, (m, n) = shape[:-2], shape[-2:]
    k = min(m, n)
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    q, r = torch.linalg.qr(a)
    (u.sum() + s.sum() + vh.sum() + q.sum() + r.sum()).backward()
    assert a.grad.shape == shape
    assert (u.shape, s.shape, vh.shape) == ((*lead, m, k), (*lead, k), (*lead, k, n))
    assert (q.shape, r.shape) == ((*lead, m, k), (*lead, k, n))
    assert torch.linalg.lu_factor(a.detach())[0].tolist() == a.tolist()
    assert not torch.linalg.cond(a).any() and torch.linalg.cond(a).shape == lead
    assert torch.linalg.pinv(a).shape == (*lead, n, m)
    assert capfd.readouterr() == ("", "")


def test_limits_of_pythons_types():
    assert torch.finfo(float) == torch.finfo(torch.float64) == torch.finfo(complex)
    assert torch.iinfo(int).max == 2 ** 63 - 1
    assert repr(torch.iinfo(torch.int32)) == "iinfo(min=-2.14748e+09, max=2.14748e+09, dtype=int32)"
    for limits, kind in ((torch.finfo, int), (torch.iinfo, float), (torch.iinfo, bool)):
        with pytest.raises(TypeError):
            limits(kind)


def test_places_counted_from_the_end():
    x = torch.arange(6.0).view(2, 3)
    assert torch.take_along_dim(x, torch.tensor([[-1], [-3]]), 1).flatten().tolist() == [2, 3]
    with pytest.raises((RuntimeError, IndexError), match="out of"):
        torch.take_along_dim(x, torch.tensor([[-4]]), 1).tolist()


def test_tensor_split_by_tensors_and_names():
    x = torch.arange(7.0)
    by = [x.tensor_split(torch.tensor(3)), x.tensor_split(sections=3), torch.tensor_split(x, 3, 0),
          torch.tensor_split(x, tensor_indices_or_sections=torch.tensor(3), dim=0),
          torch.tensor_split(x, indices_or_sections=torch.tensor(3))]
    assert all([part.tolist() for part in parts] == [[0, 1, 2], [3, 4], [5, 6]] for parts in by)
    by = [x.tensor_split(torch.tensor([2, 3])), x.tensor_split(indices=(2, 3))]
    assert all([len(part) for part in parts] == [2, 1, 4] for parts in by)
    with pytest.raises(RuntimeError, match="zero-dimensional or one-dimensional"):
        x.tensor_split(torch.tensor([1.0]))
    assert [p.shape for p in torch.ones(4, 4).hsplit(sections=2)] == [(4, 2)] * 2


def test_atleast_of_sequences():
    parts = [torch.tensor(1.0), torch.ones(2)]
    for f, shapes in ((torch.atleast_1d, [(1,), (2,)]), (torch.atleast_2d, [(1, 1), (1, 2)]),
                      (torch.atleast_3d, [(1, 1, 1), (1, 2, 1)])):
        for found in (f(parts), f(tuple(parts)), f(*parts)):
            assert isinstance(found, tuple) and [t.shape for t in found] == shapes
        assert f(parts[1]).shape == shapes[1]
    assert torch.atleast_1d([]) == ()
    with pytest.raises(TypeError, match="position 2"):
        torch.atleast_1d(parts[0], 2.0)


def test_forms_of_gradient_and_vander():
    x = torch.tensor([1.0, 2, 4, 8])
    for spacing in (None, 1, 1.0, [1.0], torch.tensor(1.0), [torch.arange(4.0)]):
        found = torch.gradient(x, spacing=spacing)
        assert isinstance(found, tuple) and found[0].tolist() == [1, 1.5, 3, 4]
    assert torch.linalg.vander(torch.tensor(2.0), N=3).tolist() == [[1, 2, 4]]
    for short in ({}, {"N": 1}):
        with pytest.raises(RuntimeError, match="greater than 1"):
            torch.linalg.vander(torch.tensor(2.0), **short)


def test_copies_share_what_the_originals_share():
    x = torch.arange(6.0)
    pair = {"all": x, "part": x[1:4], "turned": x.view(2, 3).t(), "again": x}
    found = copy.deepcopy(pair)
    assert found["all"] is found["again"] and found["part"].storage_offset() == 1
    assert found["turned"].stride() == (1, 3)
    found["all"][1] = 9
    assert found["part"].tolist() == [9, 2, 3] and found["turned"][1, 0] == 9 and x[1] == 1

    weight = torch.ones(2, requires_grad=True)
    weight.grad = torch.ones(2)
    one, other = copy.deepcopy((weight, weight.detach()))
    other[0] = 5
    assert one.tolist() == [5, 1] and one.requires_grad and one.is_leaf
    assert not other.requires_grad and one.grad.tolist() == [1, 1]
    (one * 2).sum().backward()
    assert one.grad.tolist() == [3, 3] and weight.tolist() == [1, 1]


def test_a_pickled_view_keeps_its_strides():
    turned = torch.arange(6.0).view(2, 3).t()
    found = pickle.loads(pickle.dumps(turned))
    assert found.stride() == (1, 3) and found.tolist() == turned.tolist() and found.is_leaf
    leaf = turned.detach().requires_grad_()
    assert pickle.loads(pickle.dumps(leaf)).requires_grad


@pytest.mark.parametrize(("older", "newer"), [
    (lambda x, a: x.addcmul(0.5, x, x), lambda x, a: x.addcmul(x, x, value=0.5)),
    (lambda x, a: x.clone().addcdiv_(2, x, x), lambda x, a: x.addcdiv(x, x, value=2)),
    (lambda x, a: torch.add(x, 3, x), lambda x, a: torch.add(x, x, alpha=3)),
    (lambda x, a: x.clone().sub_(2, x), lambda x, a: x.sub(x, alpha=2)),
    (lambda x, a: torch.addmm(2, a, 3, a, a), lambda x, a: torch.addmm(a, a, a, beta=2, alpha=3)),
    (lambda x, a: x.addmv(2, a, x), lambda x, a: x.addmv(a, x, beta=2)),
])
def test_factors_before_the_tensors_that_they_multiply(older, newer):
    for scale in (1.0, 2.0, -3.0, 0.5):
        x = (torch.arange(1.0, 3) * scale).requires_grad_()
        a = torch.ones(2, 2) * scale
        with pytest.warns(UserWarning, match="is deprecated: say ") as told:
            y = older(x, a)
        assert told[0].filename == __file__
        assert torch.equal(y, newer(x, a))
    with pytest.raises(TypeError, match="positional arguments"):
        torch.add(x, 2, 3, x)


def test_flags_are_no_numbers_and_softmax_has_a_dim():
    x = torch.arange(6.0).view(2, 3)
    for call in (lambda: x.sum(0, 1), lambda: torch.sort(x, 0, 1), lambda: x.var(0, keepdim=1),
                 lambda: x.softmax(), lambda: torch.log_softmax(x)):
        with pytest.raises(TypeError):
            call()
    assert x.sum(0, True).shape == (1, 3)
    assert torch.nn.functional.softmax(x).tolist() == x.softmax(1).tolist()
    assert x.broadcast_to(4, 2, 3).shape == torch.broadcast_to(x, (4, 2, 3)).shape == (4, 2, 3)


def test_arguments_by_pytorchs_names():
    assert torch.nn.functional.one_hot(input=torch.tensor([1]), num_classes=2).tolist() == [[0, 1]]
    for _ in range(3):
        a, b = torch.eye(2), torch.ones(2, 1)
        assert torch.linalg.lstsq(input=a, b=b).solution.tolist() == [[1], [1]]
        assert torch.linalg.lstsq(A=a, B=b).solution.tolist() == [[1], [1]]
