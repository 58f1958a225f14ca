"""NumPy's functions on arrays that are differentiated: each row of the table has NumPy's values,
dtypes and shapes; derivatives in both modes are those of difference quotients; mapped functions
are loops."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import wengert as torch
from interop import numpy_samples as samples
from wengert.interop.numpy import Array, array
from wengert.interop.numpy.table import FUNCTIONS, UFUNCS, WRITING

EXPRESSIONS = [each for text in (samples.UFUNCS, samples.FUNCTIONS, samples.METHODS)
               for each in samples.expressions(text)]
NO_SAMPLE = {*WRITING, np.save, np.savez, np.savetxt}
"""They return nothing: tested below."""
NO_QUOTIENT = ("np.heaviside(g", "np.histogram", "np.trim_zeros")
"""They jump, or have no derivative."""


def parts(result: Any) -> list[Any]:
    if isinstance(result, (tuple, list)) and not isinstance(result, torch.Size):
        return [each for part in result for each in parts(part)]
    return [result]


def plain(x: Any) -> Any:
    """A result as NumPy would have given it."""
    if isinstance(x, torch.Tensor):
        return x.detach().numpy()
    if isinstance(x, np.ndarray) and x.dtype == object:
        return np.array([plain(e) for e in x.ravel()]).reshape(x.shape)
    return x


@pytest.mark.filterwarnings("ignore")
def test_values_are_numpys() -> None:
    for expression in EXPRESSIONS:
        try:
            compare(expression)
        except Exception as error:
            raise AssertionError(expression) from error


def compare(expression: str) -> None:
    function, names = samples.sample(expression)
    given = [samples.ENV[name] for name in names]
    wanted = parts(function(*[x.copy() for x in given]))
    found = parts(function(*map(array, given)))
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        if isinstance(one, Array):
            assert one.dtype == np.asarray(other).dtype
        one = plain(one)
        assert np.shape(one) == np.shape(other)
        if isinstance(other, (np.ndarray, float, complex, np.generic)):
            tight = np.asarray(other).dtype not in (np.float32, np.complex64)
            np.testing.assert_allclose(one, other, rtol=1e-10 if tight else 2e-6, atol=1e-12)
        else:
            assert one == other


@pytest.mark.parametrize("part", [
    0, *[pytest.param(k, marks=pytest.mark.long) for k in range(1, 8)]])
@pytest.mark.filterwarnings("ignore")
def test_derivatives_are_those_of_differences(part: int) -> None:
    """Along one direction for each real argument, in reverse and in forward mode."""
    wrong = [name for name in EXPRESSIONS[part::8] if not name.startswith(NO_QUOTIENT)
             and not agrees(name)]
    assert not wrong


def agrees(expression: str) -> bool:
    function, names = samples.sample(expression)
    given = [samples.ENV[name] for name in names]
    real = [k for k, x in enumerate(given) if x.dtype == np.float64 and x.size
            and not np.isnan(x).any()]
    rng = np.random.default_rng(1)
    outs = [np.asarray(x) for x in parts(function(*given))]
    cts = [rng.normal(size=x.shape) for x in outs]
    if not real or not any(x.dtype.kind in "fc" and x.dtype.itemsize >= 8 for x in outs):
        return True
    if any(x.dtype in (np.float32, np.complex64) for x in outs):
        return True   # too few digits for a difference

    def total(*xs: Any) -> Any:
        found = [np.stack(list(each.ravel())).reshape(each.shape) if isinstance(
            each, np.ndarray) and each.dtype == object else each for each in parts(function(*xs))]
        return sum(np.sum(np.real(each) * ct) + np.sum(np.imag(each) * (ct * .5 + 1))
                   for each, ct in zip(found, cts, strict=True)
                   if getattr(each, "dtype", np.dtype(int)).kind in "fc")

    directions = [rng.normal(size=given[k].shape) for k in real]
    inputs = [array(x) for x in given]
    try:
        grads = torch.func.grad(lambda *xs: total(*xs), tuple(real))(*inputs)
        _, pushed = torch.func.jvp(
            lambda *xs: total(*[xs[real.index(k)] if k in real else x
                                for k, x in enumerate(inputs)]),
            tuple([inputs[k] for k in real]), tuple(map(array, directions)))
    except Exception as error:
        raise AssertionError(expression) from error
    reverse = sum(float((g * d).sum()) for g, d in zip(
        [np.asarray(g.detach()) for g in grads], directions, strict=True))
    h = 1e-6
    moved = [[x + sign * h * directions[real.index(k)] if k in real else x
              for k, x in enumerate(given)] for sign in (1, -1)]
    quotient = (total(*moved[0]) - total(*moved[1])) / (2 * h)
    size = 1 + abs(quotient)
    return abs(reverse - quotient) < 2e-6 * size and abs(pushed.item() - quotient) < 2e-6 * size


def test_every_row_has_a_sample() -> None:
    text = " ".join(EXPRESSIONS)
    used = {eval(name, {"np": np}) for name in set(_names(text))}
    missing = [f.__name__ for f in (*FUNCTIONS, *UFUNCS) if f not in used and f not in NO_SAMPLE]
    assert not missing


def _names(text: str) -> Iterator[str]:
    for found in re.finditer(r"np(?:\.\w+)+(?=[.(,])", text):
        name = found.group()
        for method in (".reduce", ".accumulate", ".outer", ".reduceat"):
            if "linalg" not in name and name != "np.outer":
                name = name.removesuffix(method)
        yield name


@pytest.mark.parametrize("expression", [
    "np.sum(np.sin(a) * v, axis=1)", "np.linalg.solve(h, w)", "np.where(a > 0, a, np.exp(a))",
    "np.max(a, axis=0)", "np.concatenate([v, v[::-1]]) @ np.outer(v, v).repeat(2, 0)",
    "np.fft.fft(v).real", "np.interp(v, u, u ** 2)", "np.sort(a, 0).cumsum(1)",
    "np.median(a, axis=1)", "np.array([v[0], v[1] ** 2]) * s", "np.cov(a)"])
def test_mapped_functions_are_loops(expression: str) -> None:
    function, names = samples.sample(expression)
    rng = np.random.default_rng(2)
    many = [np.stack([samples.ENV[n]] * 3) * (1 + .1 * rng.normal(size=(3, 1, 1))[
        (slice(None),) + (0,) * (2 - samples.ENV[n].ndim)]) for n in names]

    def real(*xs: Any) -> Any:
        found = function(*xs)
        return np.stack(list(found)) if isinstance(found, np.ndarray) else found

    loop = np.stack([plain(function(*[x[k] for x in many])) for k in range(3)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = torch.vmap(real)(*map(array, many))
        grads = torch.vmap(torch.func.grad(lambda *xs: np.sum(real(*xs) ** 2)))(*map(array, many))
    np.testing.assert_allclose(plain(found), loop, rtol=1e-9)
    alone = torch.func.grad(lambda *xs: np.sum(real(*xs) ** 2))(*[array(x[1]) for x in many])
    np.testing.assert_allclose(plain(grads)[1], plain(alone), rtol=1e-9)
