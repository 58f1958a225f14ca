"""What a closure need not compute: values that are spread over a shape only to meet one of that
shape, and the same thing twice.

NumPy broadcasts by itself, and quickest what has no dimension. So :func:`narrowed` finds the nodes
whose values may stay as small as they come about, and :func:`fewer` leaves out what is there
already, and the products that are only added up.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ..graph import Node
from ..ops.contract import matmul
from ..ops.elementwise import mul, square, where
from ..ops.fused import inner
from ..ops.reduce import sum_
from ..ops.structural import broadcast_to, concatenate, reshape, sum_to, transpose
from .small import FLOATS, stacks

MOST = 1024
"""So many products are added up by BLAS."""


def meets(node: Node) -> bool:
    """Whether NumPy broadcasts the arguments of ``node``."""
    return node.prim is where or (node.prim.elementwise and isinstance(node.prim.impl, np.ufunc))


def narrowed(nodes: Sequence[Node], ends: Collection[Node]) -> set[Node]:
    """Those of ``nodes`` whose values may have another shape that broadcasts to theirs: all who
    read them broadcast. None of the ``ends`` is one."""
    prims = [node.prim for node in nodes]
    if broadcast_to not in prims and concatenate not in prims:
        return set()
    found: set[Node] = set()
    users: dict[Node, list[Node]] = {}
    for node in nodes:
        for arg in node.args:
            users.setdefault(arg, []).append(node)
        if node in ends or node.weak:
            continue
        prim, args = node.prim, node.args
        if (prim is broadcast_to or (prim is reshape and node.size == 1 == args[0].size
                                     and not args[0].shape)
                or (node.size == 1 and totals(node))
                or (meets(node) and not found.isdisjoint(args) and all(
                    arg in found or not arg.shape for arg in args))):
            found.add(node)
    while True:
        wide = [node for node in found if not all(
            takes(user, found) for user in users.get(node, ()))]
        if not wide:
            return found
        found.difference_update(wide)


def takes(user: Node, narrow: Collection[Node]) -> bool:
    """Whether ``user`` has its shape though some of its arguments are ``narrow``."""
    if user.prim is broadcast_to or stacks(user):
        return True
    return meets(user) and (user in narrow or any(
        arg not in narrow and arg.shape == user.shape for arg in user.args))


def totals(node: Node) -> bool:
    """Whether ``node`` is the sum of all elements of its argument."""
    return node.prim in (sum_, sum_to) and node.size == 1 and node.dtype in FLOATS and (
        node.prim is sum_to or len(node.params["axes"]) == node.args[0].ndim)


def fewer(nodes: list[Node], register: dict[Node, int], start: int, ends: Collection[Node],
          narrow: set[Node]) -> list[Node]:
    """``nodes`` with one for all that are equal, and sums of products as one; in ``register``, a
    number for each value, from ``start`` on."""
    made: dict[Any, Node] = {}
    found: list[Node] = []
    same: dict[Node, Node] = {}
    sums = turned = False
    for node in nodes:
        sums = sums or node.prim is sum_ or node.prim is sum_to
        turned = turned or node.prim is matmul
        if not node.params and not node.weak and meets(node):
            key = node.prim, *([same.get(arg, arg) for arg in node.args] if same else node.args)
            known = made.setdefault(key, node)
            if known is not node and (known in narrow) == (node in narrow):
                same[node] = known
                continue
        found.append(node)
    if sums:
        found = summed(nodes, found, same, register, ends, narrow)
    if turned:
        found = by_rows(nodes, found, same, ends)
    register.update(zip(found, itertools.count(start)))
    for node in nodes if same else ():
        if node in same:
            register[node] = register[same[node]]
    return found


def summed(nodes: list[Node], found: list[Node], same: dict[Node, Node],
           register: Collection[Node], ends: Collection[Node], narrow: set[Node]) -> list[Node]:
    """``found`` with sums of products as one node each, which are then the ``same``."""
    uses = Counter(arg for node in nodes for arg in node.args)
    products: set[Node] = set()
    for k, node in enumerate(found):
        product = node.args[0] if totals(node) and (not node.shape or node in narrow) else None
        if product is None or product in ends or uses[product] != 1 or product in same.values() or (
                product.size > MOST or not product.shape or product in register):
            continue
        factors = product.args if product.prim is mul else (
            product.args * 2 if product.prim is square else ())
        if factors and all(a.shape == product.shape and a.dtype is node.dtype and a not in narrow
                           for a in factors):
            whole = inner(*factors)
            whole.index, found[k] = node.index, whole
            products.add(product)
            same[node] = whole
    return [node for node in found if node not in products]


def by_rows(nodes: list[Node], found: list[Node], same: dict[Node, Node],
            ends: Collection[Node]) -> list[Node]:
    """``found`` with each transpose of a product that nothing else reads as the product of the
    transposes, which are then the ``same``: its rows lie in memory one after the other, as those of
    what it is the gradient of do."""
    turned = [node for node in found if node.prim is transpose and node.ndim == 2
              and node.args[0].prim is matmul and node.args[0] not in ends]
    if not turned:
        return found
    uses = Counter(arg for node in nodes for arg in node.args)
    dropped: set[Node] = set()
    wholes: dict[Node, list[Node]] = {}
    for node in turned:
        product = node.args[0]
        if uses[product] != 1 or product not in found or product in same.values() or (
                max(arg.ndim for arg in product.args) > 2):
            continue
        factors = []
        for arg in reversed(product.args):
            if arg.prim is transpose and arg.ndim == 2 and arg in found:   # not given
                factors.append(arg.args[0])
                if uses[arg] == 1 and arg not in ends:
                    dropped.add(arg)
            else:
                factors.append(transpose(arg, perm=(1, 0)))
        whole = matmul(*factors)
        whole.index = node.index
        dropped.update((product, node))
        same[node] = whole
        wholes[node] = [*[arg for arg in factors if arg.index > node.index], whole]
    return [new for node in found for new in wholes.get(node, [node] * (node not in dropped))]


__all__ = ["fewer", "narrowed"]
