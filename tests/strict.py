"""A device's memory, pretended: arrays that are never converted to NumPy unasked.

:class:`StrictArray` has CuPy's manners: it computes by NumPy's functions with arrays of its own
kind and Python's numbers, a 0-dim result stays an array, and NumPy's own arrays are refused, as is
every conversion to them but by the library. :func:`pretended` registers it as the device
``privateuseone`` for a block, and counts what is copied.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from wengert.engine import devices

DEVICE = "privateuseone:0"


class Mixed(TypeError):
    """An array of NumPy's met one of the device, or one was to become the other."""


class StrictArray(NDArrayOperatorsMixin):
    """An array in the memory of a device."""

    __slots__ = ("_memory", "number")

    def __init__(self, memory: Any, number: int = 0) -> None:
        self._memory = np.asarray(memory)
        self.number = number

    shape = property(lambda self: self._memory.shape)
    dtype = property(lambda self: self._memory.dtype)
    strides = property(lambda self: self._memory.strides)
    flags = property(lambda self: self._memory.flags)
    ndim = property(lambda self: self._memory.ndim)
    size = property(lambda self: self._memory.size)
    nbytes = property(lambda self: self._memory.nbytes)
    itemsize = property(lambda self: self._memory.itemsize)
    T = property(lambda self: self.wrapped(self._memory.T))
    real = property(lambda self: self.wrapped(self._memory.real))
    imag = property(lambda self: self.wrapped(self._memory.imag))

    def wrapped(self, out: Any) -> Any:
        """What a function of NumPy's gave, in the memory of this device."""
        if isinstance(out, (tuple, list)):
            return type(out)(map(self.wrapped, out))
        return StrictArray(out, self.number) if isinstance(out, (np.ndarray, np.generic)) else out

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise Mixed("implicit conversion to a NumPy array")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        given = bare(inputs)
        out = kwargs.pop("out", None)
        if out is not None:
            kwargs["out"] = bare(out)
        kwargs = {name: arg if name == "out" else bare(arg) for name, arg in kwargs.items()}
        found = getattr(ufunc, method)(*given, **kwargs)
        return out[0] if out is not None else self.wrapped(found)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return self.wrapped(func(*bare(args), **bare(kwargs)))

    def __getitem__(self, index: Any) -> Any:
        return self.wrapped(np.asarray(self._memory[bare(index)]))

    def __setitem__(self, index: Any, value: Any) -> None:
        self._memory[bare(index)] = bare(value)

    def __bool__(self) -> bool:
        raise Mixed("implicit conversion to a number")

    __int__ = __float__ = __complex__ = __index__ = __bool__  # type: ignore[assignment]
    __iter__ = None

    def __len__(self) -> int:
        return len(self._memory)

    def item(self) -> Any:
        """The only element, which is copied to the host."""
        counts["to host"] += 1
        return self._memory.item()

    def method(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """What the method of an array gives."""
        return self.wrapped(getattr(self._memory, name)(*bare(args), **bare(kwargs)))


def _method(name: str) -> Any:
    return lambda self, *args, **kwargs: self.method(name, *args, **kwargs)


for _name in ("all", "any", "argmax", "argmin", "argsort", "astype", "clip", "conj", "copy",
              "cumsum", "diagonal", "flatten", "max", "mean", "min", "nonzero", "prod", "ravel",
              "repeat", "reshape", "round", "sort", "squeeze", "sum", "swapaxes", "take",
              "transpose", "view"):
    setattr(StrictArray, _name, _method(_name))


def bare(value: Any) -> Any:
    """``value`` with the memory of strict arrays in their places; :class:`Mixed` for NumPy's."""
    if isinstance(value, StrictArray):
        return value._memory
    if isinstance(value, np.ndarray):
        raise Mixed(f"a NumPy array {value.dtype}{list(value.shape)} meets one of the device")
    if isinstance(value, (tuple, list)):
        return type(value)(map(bare, value)) if not hasattr(value, "_fields") else value
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items()}
    return value


FLOATS_ONLY = frozenset(["floor_divide", "fmod", "pow", "remainder", "trunc_divide"])
"""Those of which it does not compute integers: their values are looked at."""
LACKING = frozenset([
    "adjugate", "adjugate_along", "airy_ai", "airy_ai_slope", "as_real", "bessel_j0",
    "bessel_j1", "bessel_j1_slope", "bessel_y0", "bessel_y1", "bessel_y1_slope", "beta_moved",
    "beta_slope",
    "binary_entropy", "bounded", "box_place", "complex", "conv", "conv_input", "conv_weight",
    "cummax_place", "cummin_place", "eig", "eig_values", "eigh", "eigh_values", "erfc",
    "erfcx", "erfinv", "erfinv_slope", "expm_frechet", "gamma_density", "gamma_moved",
    "gamma_slope", "geqrf",
    "igamma", "igamma_slope", "igammac", "inverse_mills", "kth_place", "lasts", "lasts_along",
    "ldl", "ldl_blocks", "ldl_order", "ldl_places", "ldl_solve", "least", "left_shift", "lgamma",
    "log_abs_det", "log_ndtr", "logaddexp2", "lu", "matrix_exp", "median_place", "mode_place",
    "modified_bessel_k0", "modified_bessel_k1", "ndtr", "ndtri_slope", "nonnegative",
    "one_hot", "patches", "patches_add", "permutation", "pinv", "polygamma", "polynomial",
    "put_along", "put_maximum", "put_minimum", "put_multiply", "qr", "random_place", "ranks",
    "resample", "resample_add", "right_shift", "scaled_i_slope", "scaled_k_slope",
    "scaled_modified_bessel_k0", "scaled_modified_bessel_k1", "searchsorted", "sgn",
    "sign_det", "sinc", "solve_triangular", "sparse_product", "svd", "svd_values", "tap_pick",
    "tap_place", "tap_put", "topk_place", "undefined", "window", "window_max", "window_place",
    "window_spread", "window_sum", "window_tap", "window_update", "xlog1py", "xlogy", "zeta",
    "zeta_slope"])
"""The primitives that the library does not compute."""
counts = {"to host": 0, "to device": 0}


class StrictLibrary:
    """The library of the pretended device."""

    array = StrictArray

    def device_of(self, array: StrictArray) -> Any:
        return devices.device("privateuseone", array.number)

    def from_host(self, array: Any, where: Any) -> Any:
        counts["to device"] += 1
        return StrictArray(array.copy(), where.index or 0)

    def to_host(self, array: StrictArray) -> Any:
        counts["to host"] += 1
        return array._memory.copy()

    def computes(self, node: Any) -> bool:
        name = node.prim.name
        return name not in LACKING and not (name in FLOATS_ONLY and node.dtype.category == 1)

    def full(self, shape: tuple[int, ...], value: Any, dtype: Any, where: Any) -> Any:
        return StrictArray(np.full(shape, bare(value), dtype), where.index or 0)


@contextlib.contextmanager
def pretended() -> Iterator[dict[str, int]]:
    """A block in which the device is there; what it yields counts the copies."""
    devices.register("privateuseone", StrictLibrary())
    counts.update({"to host": 0, "to device": 0})
    try:
        yield counts
    finally:
        devices.unregister("privateuseone")
