"""Memory that NumPy shares: seen at once by both, and never read later than the call that uses it.

Each test writes to an array at some moment between recording, running and backward.
"""

from __future__ import annotations

import copy
import gc
import operator
import os
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import wengert as torch


def test_from_numpy_reads_what_was_written_before_its_use() -> None:
    array = np.array([1.0, 2.0])
    x = torch.from_numpy(array)
    array[0] = 10.0
    assert (x * 2).tolist() == [20.0, 4.0]


def test_an_operation_uses_the_values_at_its_call() -> None:
    array = np.array([1.0, 2.0])
    x = torch.from_numpy(array)
    y = x * 2
    array[0] = 10.0
    assert y.tolist() == [2.0, 4.0]
    assert x.tolist() == [10.0, 2.0]


def test_each_use_sees_the_values_of_its_moment() -> None:
    array = np.ones(2)
    x = torch.from_numpy(array)
    results = []
    for k in range(4):
        array[:] = k
        results.append(x + 0)
    assert [r.tolist() for r in results] == [[k, k] for k in (0.0, 1.0, 2.0, 3.0)]


def test_a_gradient_is_that_of_the_values_used_forward() -> None:
    array = np.array([3.0, 4.0])
    data = torch.from_numpy(array)
    w = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    loss = (w * data).sum()
    array[:] = 100.0
    loss.backward()
    assert w.grad.tolist() == [3.0, 4.0]


def test_written_between_the_run_and_backward() -> None:
    array = np.array([3.0, 4.0])
    data = torch.from_numpy(array)
    w = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    loss = (w * data * w).sum()
    assert loss.item() == 7.0
    array[:] = 100.0
    loss.backward()
    assert w.grad.tolist() == [6.0, 8.0]


def test_a_leaf_in_shared_memory() -> None:
    array = np.array([1.0, 2.0])
    x = torch.from_numpy(array).requires_grad_()
    y = (x * x).sum()
    array[:] = 50.0
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]
    assert x.tolist() == [50.0, 50.0]
    z = (x * x).sum()
    assert z.item() == 5000.0
    z.backward()
    assert x.grad.tolist() == [102.0, 104.0]


def test_an_in_place_operation_is_seen_by_the_array() -> None:
    array = np.array([1.0, 2.0])
    x = torch.from_numpy(array)
    x.add_(1)
    assert array.tolist() == [2.0, 3.0]
    x[0] = 7
    assert array.tolist() == [7.0, 3.0]
    x.zero_()
    assert array.tolist() == [0.0, 0.0]


def test_an_in_place_operation_on_a_view_is_seen_by_the_array() -> None:
    array = np.arange(6.0).reshape(2, 3)
    x = torch.from_numpy(array)
    row = x[1]
    row.mul_(10)
    assert array.tolist() == [[0, 1, 2], [30, 40, 50]]
    x.t()[0].fill_(-1)
    assert array.tolist() == [[-1, 1, 2], [-1, 40, 50]]
    assert row.tolist() == [-1, 40, 50]


def test_a_view_sees_what_numpy_writes() -> None:
    array = np.arange(6.0)
    x = torch.from_numpy(array)
    part, turned = x[2:4], x.view(2, 3).t()
    array[:] += 10
    assert part.tolist() == [12.0, 13.0]
    assert turned.tolist() == [[10.0, 13.0], [11.0, 14.0], [12.0, 15.0]]


def test_from_numpy_of_a_part_of_an_array() -> None:
    whole = np.arange(12.0).reshape(3, 4)
    x = torch.from_numpy(whole[1:, ::2])
    assert x.tolist() == [[4, 6], [8, 10]]
    assert x.stride() == (4, 2)
    whole[1, 0] = -4
    assert x[0, 0].item() == -4
    x.mul_(0)
    assert whole.tolist() == [[0, 1, 2, 3], [0, 5, 0, 7], [0, 9, 0, 11]]


def test_two_tensors_of_one_array() -> None:
    array = np.zeros(3)
    a, b = torch.from_numpy(array), torch.from_numpy(array[1:])
    a.add_(1)
    assert b.tolist() == [1.0, 1.0]
    b[0] = 5
    assert a.tolist() == [1.0, 5.0, 1.0]


def test_numpy_shares_both_ways() -> None:
    x = torch.tensor([1.0, 2.0])
    array = x.numpy()
    array[0] = 5
    assert x.tolist() == [5.0, 2.0]
    x.add_(1)
    assert array.tolist() == [6.0, 3.0]
    x[1] = 0
    assert array.tolist() == [6.0, 0.0]


@pytest.mark.parametrize("make", [
    lambda: torch.zeros(3), lambda: torch.zeros(3) + 1, lambda: torch.tensor([1.0, 2.0]).exp(),
    lambda: torch.zeros(2, 3).t(), lambda: torch.zeros(4)[1:], lambda: torch.arange(3)])
def test_numpy_again_and_again(make: Callable[[], Any]) -> None:
    """The memory is given again after NumPy has let go of it, looked at in between or not."""
    x = make()
    for look in (False, True, False):
        a = x.numpy()
        b = x.numpy()
        x += 1
        assert (a == b).all() and a.tolist() == x.tolist()
        b[...] = 7
        assert x.tolist() == a.tolist() and (x + 0).tolist() == a.tolist()
        before = a.tolist()
        del a, b
        if look:
            assert (x * 1).tolist() == before
            x = x * 1
        assert x.tolist() == x.numpy().tolist() == before


def test_numpy_of_a_result_that_has_not_run() -> None:
    x = torch.tensor([1.0, 2.0])
    y = x * 3
    array = y.numpy()
    z = y + 1
    array[0] = 100
    assert z.tolist() == [4.0, 7.0]
    assert y.tolist() == [100.0, 6.0]
    assert x.tolist() == [1.0, 2.0]


def test_numpy_of_views_and_bases() -> None:
    x = torch.arange(6.0).view(2, 3)
    row, base = x[1].numpy(), x.numpy()
    row[0] = 30
    assert base.tolist() == [[0, 1, 2], [30, 4, 5]]
    assert x.tolist() == base.tolist()
    x[1, 1] = 40
    assert row.tolist() == [30, 40, 5]
    assert np.shares_memory(row, base)


def test_numpy_of_what_was_expanded_can_be_written() -> None:
    for _ in range(3):
        x = torch.ones(2, 3)
        for same in (x.expand_as(x), x.t().expand(3, 2), x[:1].expand(1, 3)):
            array = same.detach().numpy()
            array += 1
            torch.from_numpy(array).mul_(2)
        assert x.tolist() == [[22.0] * 3, [10.0] * 3]
        spread = torch.zeros(1).expand(3).numpy()
        spread[1] = 4
        assert spread.tolist() == [4.0] * 3


def test_numpy_of_a_transpose_has_its_strides() -> None:
    x = torch.arange(6.0).view(2, 3)
    turned = x.t().numpy()
    assert turned.strides == (4, 12)
    turned[2, 0] = 9
    assert x.tolist() == [[0, 1, 9], [3, 4, 5]]


def test_numpy_between_forward_and_backward() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    data = torch.tensor([3.0, 4.0])
    loss = (w * w * data).sum()
    data.numpy()[:] = 1000
    loss.backward()
    assert w.grad.tolist() == [6.0, 16.0]


def test_detached_numpy_of_a_leaf() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    array = w.detach().numpy()
    array[:] = 10
    assert w.tolist() == [10.0, 10.0]
    loss.backward()
    assert w.grad.tolist() == [2.0, 4.0]
    w.grad = None
    (w * w).sum().backward()
    assert w.grad.tolist() == [20.0, 20.0]
    with torch.no_grad():
        w -= 1
    assert array.tolist() == [9.0, 9.0]


def test_detached_numpy_of_a_result_keeps_its_gradient() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 3
    z = (y * y).sum()
    y.detach().numpy()[:] = 0
    assert y.tolist() == [0.0, 0.0]
    z.backward()
    assert w.grad.tolist() == [18.0, 36.0]


def test_a_shared_result_used_after_a_write_still_leads_back() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = w * 3
    array = y.detach().numpy()
    array[:] = 10
    (y * y).sum().backward()
    assert w.grad.tolist() == [60.0, 60.0]


def test_forced_numpy_of_a_tensor_that_requires_grad() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    array = w.numpy(force=True)
    array[0] = 7
    assert w.tolist() == [7.0, 2.0]
    assert w.requires_grad and w.is_leaf


def test_a_tensor_that_requires_grad_refuses() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for call in (w.numpy, (w * 2).numpy, lambda: np.asarray(w), lambda: np.array(w)):
        with pytest.raises(RuntimeError, match=r"Can't call numpy\(\) on Tensor that requires"):
            call()
    with pytest.raises(BufferError, match="Can't export tensors that require gradient"):
        np.from_dlpack(w)


def test_asarray_shares_and_array_copies() -> None:
    x = torch.tensor([1.0, 2.0])
    shared, copied = np.asarray(x), np.array(x)
    x.add_(1)
    assert shared.tolist() == [2.0, 3.0]
    assert copied.tolist() == [1.0, 2.0]
    copied[:] = 50
    assert x.tolist() == [2.0, 3.0]
    assert np.asarray(x, dtype=np.float64).dtype == np.float64


def test_numpy_functions_of_tensors() -> None:
    x = torch.tensor([0.0, 4.0])
    root = np.sqrt(x)
    assert isinstance(root, torch.Tensor)
    assert root.tolist() == [0.0, 2.0]
    assert np.greater(x, 1).dtype is torch.uint8
    assert np.add(np.ones(2), x).dtype is torch.float64
    root.add_(1)
    assert x.tolist() == [0.0, 4.0]


def test_numpy_writes_into_a_tensor() -> None:
    x = torch.zeros(2, 2)
    np.add(1, 1, out=x.numpy())
    np.fill_diagonal(x.numpy(), 5)
    assert x.tolist() == [[5, 2], [2, 5]]


def test_dlpack_shares_both_ways() -> None:
    x = torch.arange(3.0)
    array = np.from_dlpack(x)
    x.add_(1)
    assert array.tolist() == [1.0, 2.0, 3.0]
    source = np.arange(3.0)
    y = torch.from_dlpack(source)
    z = y * 2
    source[0] = 9
    assert y.tolist() == [9.0, 1.0, 2.0]
    assert z.tolist() == [0.0, 2.0, 4.0]
    y.mul_(0)
    assert source.tolist() == [0.0, 0.0, 0.0]


def test_dlpack_from_tensor_to_tensor() -> None:
    x = torch.zeros(3)
    y = torch.from_dlpack(x)
    y.add_(1)
    assert x.tolist() == [1.0, 1.0, 1.0]
    x.add_(1)
    assert y.tolist() == [2.0, 2.0, 2.0]


def test_a_capsule_of_dlpack_is_taken_once() -> None:
    for n in range(3, 6):
        x = torch.arange(float(n))
        capsule = torch.utils.dlpack.to_dlpack(x)
        y = torch.utils.dlpack.from_dlpack(capsule)
        y[0] = 9
        x[1] = 8
        assert x.tolist() == y.tolist() == [9.0, 8.0, *range(2, n)]
        with pytest.raises(RuntimeError, match="consumed only once"):
            torch.from_dlpack(capsule)
    assert torch.from_dlpack(torch.ones(2, 3).t().__dlpack__()).shape == (3, 2)
    with pytest.raises(RuntimeError, match="invalid capsule"):
        torch.from_dlpack([1.0])


def test_frombuffer_shares() -> None:
    memory = bytearray(8)
    x = torch.frombuffer(memory, dtype=torch.uint8)
    memory[3] = 7
    assert x.tolist() == [0, 0, 0, 7, 0, 0, 0, 0]
    x.add_(1)
    assert bytes(memory) == bytes([1, 1, 1, 8, 1, 1, 1, 1])
    assert torch.frombuffer(memory, dtype=torch.int16, count=1, offset=2).item() == 0x0801


def test_the_array_outlives_the_tensor() -> None:
    array = torch.arange(4.0).numpy()
    gc.collect()
    array += 1
    assert array.tolist() == [1.0, 2.0, 3.0, 4.0]
    part = torch.arange(4.0)[1:].numpy()
    gc.collect()
    assert part.tolist() == [1.0, 2.0, 3.0]


def test_the_tensor_outlives_the_array() -> None:
    array = np.arange(4.0)
    x = torch.from_numpy(array)
    del array
    gc.collect()
    x.add_(1)
    assert x.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_sharing_ends_with_the_last_array() -> None:
    x = torch.tensor([1.0, 2.0])
    array = x.numpy()
    array[0] = 3
    del array
    gc.collect()
    y = x * 2
    x.add_(1)
    assert y.tolist() == [6.0, 4.0]
    assert x.tolist() == [4.0, 3.0]


def test_a_view_of_an_array_goes_on_sharing() -> None:
    x = torch.tensor([1.0, 2.0, 3.0])
    part = x.numpy()[1:]
    gc.collect()
    y = x * 2
    part[0] = 50
    assert y.tolist() == [2.0, 4.0, 6.0]
    assert x.tolist() == [1.0, 50.0, 3.0]
    x.add_(1)
    assert part.tolist() == [51.0, 4.0]


def test_a_view_of_memory_under_another_type() -> None:
    x = torch.zeros(2)
    bits = x.numpy().view(np.uint32)
    gc.collect()
    bits[0] = 0x3F800000
    assert x.tolist() == [1.0, 0.0]


def test_numpy_in_a_training_loop() -> None:
    w = torch.zeros(2, requires_grad=True)
    batch = np.zeros(2, np.float32)
    seen = []
    for k in range(5):
        batch[:] = k
        loss = (w * torch.from_numpy(batch)).sum()
        batch[:] = -1
        loss.backward()
        seen.append(w.grad.tolist())
        w.grad = None
    assert seen == [[k, k] for k in range(5)]


def test_copies_do_not_share() -> None:
    x = torch.tensor([1.0, 2.0])
    array = x.numpy()
    others = [torch.tensor(array), torch.as_tensor(array, dtype=torch.float64), x.clone(),
              copy.deepcopy(x), pickle.loads(pickle.dumps(x)), x.new_tensor(array),
              torch.asarray(array, copy=True)]
    array[:] = 9
    assert all(other.tolist() == [1.0, 2.0] for other in others)
    shared = [torch.as_tensor(array), torch.asarray(array), torch.from_numpy(array), copy.copy(x)]
    array[:] = 4
    assert all(other.tolist() == [4.0, 4.0] for other in shared)


def test_a_read_only_array_is_not_written() -> None:
    array = np.broadcast_to(np.ones(1), (3,))
    with pytest.warns(UserWarning, match="not writable"):
        x = torch.from_numpy(array)
    assert (x * 2).tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(RuntimeError, match="read-only"):
        x.add_(1)
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_arrays_whose_memory_no_tensor_can_be() -> None:
    with pytest.raises(ValueError, match="negative"):
        torch.from_numpy(np.arange(3)[::-1])
    with pytest.raises(ValueError, match="byte order"):
        torch.from_numpy(np.arange(3, dtype=">i4"))
    with pytest.raises(TypeError, match=r"can't convert np.ndarray of type numpy.str_"):
        torch.from_numpy(np.array(["a"]))
    with pytest.raises(TypeError, match=r"expected np.ndarray \(got list\)"):
        torch.from_numpy([1])


def test_data_ptr_tells_what_shares_memory() -> None:
    x = torch.zeros(2, 3)
    assert x.data_ptr() == x.data_ptr() == x.view(-1).data_ptr()
    assert x[1].data_ptr() == x.data_ptr() + 12
    assert x.clone().data_ptr() != x.data_ptr()
    array = np.zeros(3)
    assert torch.from_numpy(array).data_ptr() == array.__array_interface__["data"][0]
    assert torch.zeros(0).data_ptr() == 0


def test_version_counts_writes_not_reads() -> None:
    x = torch.zeros(2)
    array = x.numpy()
    assert x._version == 0
    x.add_(1)
    assert x._version == 1
    assert array.tolist() == [1.0, 1.0]


def test_mixed_writes_in_order() -> None:
    x = torch.zeros(3)
    array = x.numpy()
    log = []
    for k in range(3):
        x.add_(1)
        log.append(x.sum())
        array[k] = 10
        log.append(x.sum())
    assert [v.item() for v in log] == [3.0, 12.0, 15.0, 23.0, 26.0, 33.0]


VIEWS = [lambda t: t, lambda t: t[1:], lambda t: t.view(2, 3).t(), lambda t: t.view(2, 3)[1],
         lambda t: t.view(3, 2)[:, 1]]
"""Views of a tensor of six elements."""


@pytest.mark.parametrize("seed", range(40))
def test_random_histories(seed: int) -> None:
    """Writes from both sides, uses, exports and flushes in a drawn order, against plain copies."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 9, 6).astype(np.float64)
    x = torch.from_numpy(truth.copy()) if seed % 2 else torch.tensor(truth)
    mirror = torch.tensor(truth)
    w = torch.ones(6, dtype=torch.float64, requires_grad=True)
    views, exports, uses = [(x, mirror)], [x.numpy()], []
    expected = np.zeros(6)
    for _ in range(30):
        action = rng.integers(0, 8)
        k = int(rng.integers(0, 6))
        view, shadow = views[rng.integers(0, len(views))]
        if action == 0 and exports:
            exports[0].reshape(-1)[k] = action + k
            mirror[k] = action + k
        elif action == 1:
            view.mul_(k)
            shadow.mul_(k)
        elif action == 2:
            view[0] = k
            shadow[0] = k
        elif action == 3:
            make = VIEWS[rng.integers(0, len(VIEWS))]
            views.append((make(x), make(mirror)))
        elif action == 4:
            now = np.array(mirror.tolist())
            uses.append(((w * x).sum(), now.sum()))
            expected += now
        elif action == 5:
            exports = [] if rng.integers(0, 2) else [x.numpy()]
        elif action == 6:
            assert view.tolist() == shadow.tolist()
        else:
            uses.append(((view * 2).sum(), 2 * np.sum(shadow.tolist())))
    assert [got.item() for got, _ in uses] == [wanted for _, wanted in uses]
    if any(got.requires_grad for got, _ in uses):
        sum(got for got, _ in uses if got.requires_grad).backward()
        assert w.grad.tolist() == expected.tolist()
    assert x.tolist() == mirror.tolist()
    assert all(export.tolist() == x.tolist() for export in exports)


@pytest.mark.skipif(os.environ.get("WENGERT_TIER") == "eager", reason="a view holds it there")
def test_a_value_that_nobody_else_holds_is_shared_without_a_copy() -> None:
    x = torch.arange(6.0).reshape(2, 3).clone()
    x.sum().item()
    first = x.numpy().__array_interface__["data"][0]
    assert x.numpy().__array_interface__["data"][0] == first
    assert x[1].numpy().__array_interface__["data"][0] == first + 12
    assert x.detach().numpy().__array_interface__["data"][0] == first


@pytest.mark.parametrize("run", range(4))
def test_what_holds_the_value_too_keeps_it(run: int) -> None:
    x = torch.arange(6.0) + run
    x.sum().item()
    y = x * 1
    w = torch.ones(6, requires_grad=True)
    loss = (w * x).sum()
    array = x.numpy()[1:]   # only a part of the array is left
    array[:] = -1
    loss.backward()
    assert y.tolist() == [float(k + run) for k in range(6)]
    assert w.grad.tolist() == y.tolist()
    z = x * 1
    array[:] = 5
    assert z.tolist() == [float(run), -1, -1, -1, -1, -1]
    assert x.tolist() == [float(run), 5, 5, 5, 5, 5]
    before = x + 0
    del array
    again = x[2:].numpy()
    again[0] = 9
    assert before.tolist() == [float(run), 5, 5, 5, 5, 5]
    assert x.tolist() == [float(run), 5, 9, 5, 5, 5]


def test_views_that_wait_see_what_numpy_writes() -> None:
    for run in range(4):
        x = torch.full((3, 2), float(run))
        x.sum().item()
        view, alias, row = x.t(), x.detach(), x[1]
        array = alias.numpy()
        array[1, 1] = 7
        assert view[1, 1].item() == row[1].item() == alias[1, 1].item() == x[1, 1].item() == 7
        x.add_(1)
        assert array[1, 1] == 8 and view[0, 0].item() == run + 1


def test_an_array_is_not_added_in_place() -> None:
    for k in range(4):
        x = before = torch.ones(3)
        x += np.arange(3) * k
        assert before.tolist() == [1, 1, 1] and x is not before
        assert x.tolist() == [1.0, 1.0 + k, 1.0 + 2 * k] and x.dtype is torch.float64
        n = torch.ones(2, dtype=torch.int64)
        n /= np.array([2, 4])
        assert n.dtype is torch.float64 and n.tolist() == [0.5, 0.25]
        y = z = torch.ones(2)
        y *= np.float32(3)   # a number
        assert y is z and z.tolist() == [3, 3]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "int64", "uint8"])
def test_an_array_beside_a_tensor_gives_the_dtype_of_numpy(dtype: str) -> None:
    x = torch.ones(3, dtype=getattr(torch, dtype))
    for array in (np.array(3.0), np.array(3), np.arange(3.0), np.arange(3), np.ones((2, 3)),
                  np.arange(1, 4, dtype="f4"), np.array(2, "i2"), np.array(2.5, "f4")):
        for name in ("add", "mul", "sub", "truediv"):
            f = getattr(operator, name)
            with np.errstate(all="ignore"):
                wanted = f(x.numpy(), array[None] if array.shape == () else array)
                y = f(x, array)
            if name == "truediv" and dtype[-1] in "248" and dtype[0] in "iu" and (
                    array.dtype.kind == "i"):
                wanted = wanted.astype(float)   # of small integers NumPy makes less
            assert str(y.dtype) == f"torch.{wanted.dtype}"
            np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-3)
