"""What computes a node on a device beside the CPU: the library of the device.

A primitive's ``impl`` is written with NumPy's functions, which hand arrays of a library to it; what
has no array among its arguments is made by the library (:func:`on_device`). What a library does not
compute is copied to the CPU, computed there, and copied back. A node that is made of
numbers alone lies where it is used (:func:`on_devices`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..arrays import asarray, copied, filled, moved, place_of, to_host
from ..devices import CPU, META, device, libraries, of_class
from ..dtypes import INT
from ..graph import Node, Primitive, Shape
from ..ops.elementwise import annihilate, logaddexp, relu, share, sigmoid
from ..ops.indexing import joint_index, put_add, put_add_along, take_along
from ..ops.neural import pick_class, put_class, rows
from ..ops.reduce import log_softmax, logsumexp, sum_
from ..ops.special import bell, gauss
from ..ops.structural import full, part_of, place, slice_, sum_to, summed_axes, update


def on_devices(nodes: Sequence[Node]) -> dict[Node, device]:
    """The devices of the ``nodes``, in topological order, that are not computed on the CPU."""
    places: dict[Node, device] = {}
    for node in reversed(nodes) if libraries else ():
        where = node.device or places.get(node)
        if where is None or where is CPU:
            continue
        places[node] = where
        for arg in node.args:
            if arg.device is None and not arg.weak:
                places.setdefault(arg, where)
    return places


def on_device(node: Node, where: device) -> Callable[..., Any]:
    """What computes ``node`` on the device ``where``."""
    dtype = node.dtype.numpy
    if where is META:
        return lambda *args: filled(node.shape, 0, dtype, META)
    if node.prim is full:
        return lambda value: filled(node.shape, value, dtype, where)
    way = WAYS.get(node.prim)
    run = node.prim.bind(node.params) if way is None else partial(way, node)
    if "device" in node.params:
        return run
    if way is None and not libraries[where.type].computes(node):
        return lambda *args: moved(asarray(run(*map(to_host, args)), dtype), where)

    fitted = wrapping(node)

    def computed(*args: Any) -> Any:
        given = [fitted(as_number(arg)) for arg in args]
        if not any(arg.__class__ in of_class for arg in given):
            given = [filled((), arg, known.dtype.numpy, where)
                     for arg, known in zip(given, node.args, strict=True)]
        out = run(*given)
        return out if out.dtype == dtype else out.astype(dtype)
    return computed


def _part(node: Node, shape: Shape, starts: Sequence[Any]) -> tuple[slice, ...]:
    """The places of a slice; where it starts is looked at."""
    params = node.params
    first = tuple([start.item() if start.__class__ in of_class else start for start in starts])
    return part_of(shape, first, params["axes"], params["lengths"], params["steps"])


def _placed(node: Node, x: Any, *starts: Any) -> Any:
    out = filled(node.shape, 0, node.dtype.numpy, place_of(x))
    out[_part(node, node.shape, starts)] = x
    return out


def _updated(node: Node, x: Any, v: Any, *starts: Any) -> Any:
    out = copied(x)
    out[_part(node, node.shape, starts)] = v
    return out


def _added(node: Node, v: Any, *arrays: Any) -> Any:
    """The sum of ``v`` over the places along the dimensions ``dims``."""
    out = filled(node.shape, 0, node.dtype.numpy, place_of(v))
    np.add.at(out, joint_index(len(node.shape), arrays, node.params["dims"]), v)
    return out


def _added_along(node: Node, v: Any, places: Any) -> Any:
    out = filled(node.shape, 0, node.dtype.numpy, place_of(v))
    np.add.at(out, _grid(places, node.params["axis"]), v)
    return out


def _grid(places: Any, axis: int) -> tuple[Any, ...]:
    """The index arrays of the elements at ``places`` along ``axis``."""
    return tuple([places if i == axis else positions(n, places).reshape(
        tuple([-1 if k == i else 1 for k in range(places.ndim)]))
        for i, n in enumerate(places.shape)])


def _logsumexp(node: Node, x: Any) -> Any:
    axes = node.params["axes"]
    if 0 in x.shape:
        return filled(node.shape, -np.inf, node.dtype.numpy, place_of(x))
    top = np.max(x, axes, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    total = np.sum(np.exp(np.subtract(x, top)), axes, keepdims=True)
    return np.add(np.log(total), top).reshape(node.shape)


def _log_softmax(node: Node, x: Any) -> Any:
    axes = node.params["axes"]
    y = np.subtract(x, np.max(x, axes, keepdims=True)) if 0 not in x.shape else x
    return np.subtract(y, np.log(np.sum(np.exp(y), axes, keepdims=True)))


def positions(n: int, like: Any) -> Any:
    """The numbers below ``n``, made beside ``like``."""
    return np.cumsum(filled((n,), 1, np.dtype(np.int64), place_of(like))) - 1


def _annihilated(node: Node, ct: Any, p: Any) -> Any:
    out = np.multiply(ct, p)
    return np.where(np.equal(ct, 0) & ~np.isfinite(out), 0, out)


def _hits(target: Any, shape: Shape, axis: int, ignore: int) -> Any:
    """Where the elements of an array of ``shape`` stand at their class along ``axis``; nowhere for
    a class that is to be ignored, or that there is not."""
    at = np.expand_dims(target, axis)
    places = positions(shape[axis], target).reshape(
        tuple([-1 if i == axis else 1 for i in range(len(shape))]))
    return np.equal(places, at) & np.not_equal(at, ignore)


def _picked(node: Node, x: Any, target: Any) -> Any:
    hits = _hits(target, x.shape, node.params["axis"], node.params["ignore"])
    return np.sum(np.where(hits, x, 0), node.params["axis"])


def _put(node: Node, v: Any, target: Any) -> Any:
    hits = _hits(target, node.shape, node.params["axis"], node.params["ignore"])
    return np.where(hits, np.expand_dims(v, node.params["axis"]), 0)


WAYS: dict[Primitive, Callable[..., Any]] = {
    annihilate: _annihilated,
    bell: lambda node, x: np.exp(np.multiply(np.square(x), -0.5)),
    gauss: lambda node, x: np.exp(np.negative(np.square(x))),
    log_softmax: _log_softmax,
    logaddexp: lambda node, a, b: np.logaddexp(a, b),
    logsumexp: _logsumexp,
    pick_class: _picked,
    place: _placed,
    put_add: _added,
    put_add_along: _added_along,
    rows: lambda node, x, places: x[places],
    share: lambda node, a, b: np.divide(1, np.add(1, np.exp(np.subtract(b, a)))),
    sigmoid: lambda node, x: np.divide(1, np.add(1, np.exp(np.negative(x)))),
    slice_: lambda node, x, *starts: x[_part(node, x.shape, starts)],
    take_along: lambda node, x, places: x[_grid(places, node.params["axis"])],
    update: _updated,
    put_class: _put,
    sum_: lambda node, x: np.sum(x, node.params["axes"], node.dtype.numpy,
                                 keepdims=node.params["keepdims"]),
    sum_to: lambda node, x: np.sum(x, summed_axes(node), x.dtype, keepdims=True).reshape(
        node.shape),
    relu: lambda node, x: np.maximum(x, 0),
}
"""How a device computes what the primitive's own ``impl`` looks at values for, by functions of the
node and its arguments."""


def wrapping(node: Node) -> Callable[[Any], Any]:
    """What makes a Python number of a small integer's size, as arithmetic with NumPy's would."""
    met = [arg.dtype for arg in node.args if not arg.weak]
    if not node.prim.elementwise or not met or met[-1].category != INT:
        return lambda arg: arg
    kind = met[-1].numpy
    return lambda arg: np.asarray(arg).astype(kind).item() if arg.__class__ is int else arg


def as_number(arg: Any) -> Any:
    """A 0-dim value from the CPU as the number that an array of a library meets."""
    return arg.item() if isinstance(arg, (np.ndarray, np.generic)) else arg
