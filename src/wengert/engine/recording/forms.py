"""Forms: what the meaning of a call depends on in its operands.

Nodes of one shape, dtype, layout and device, through which gradients flow or do not, have one
:class:`Form` in common, and so the inputs that stand for them where it is worked out what a call
means (``templates.py``). Start with :func:`form_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..devices import CPU, device
from ..dtypes import DType
from ..graph import Node, Shape
from ..ops.structural import input_, source
from .handle import forget_forms
from .strides import strides_apart

MOST = 20_000
"""Of forms, and of templates: beyond, all are forgotten; they are quickly made anew."""


class Form:
    """What the meaning of a call depends on in an operand. One object for all equal ones."""

    __slots__ = ("device", "dtype", "flows", "like", "requires_grad", "shape", "stand_ins",
                 "strides", "weak")

    def __init__(self, shape: Shape, dtype: DType, requires_grad: bool, weak: bool,
                 where: device | None, strides: Shape | None) -> None:
        self.shape, self.dtype = shape, dtype
        self.requires_grad, self.weak = requires_grad, weak
        self.device = where
        self.strides = strides
        self.flows: Form | None = self if requires_grad else None
        """The same with gradients, once it was asked for."""
        self.like: Form | None = None
        """The first form that is equal but for sizes, once it was asked for."""
        self.stand_ins: list[Node] = []
        """Inputs of this form, which all templates share: a call has as many as it has operands of
        the form."""

    def flowing(self) -> Form:
        """The same with gradients."""
        self.flows = form_like(self.shape, self.dtype, True, self.weak, self.device, self.strides)
        return self.flows

    def first_like(self) -> Form:
        """The first form that is equal but for sizes."""
        key = (tuple([n if n < 2 else MANY for n in self.shape]), self.dtype, self.requires_grad,
               self.weak, self.device is CPU or self.device, self.strides is None)
        self.like = found = _first_forms.setdefault(key, self)
        return found

    def stand_in(self, k: int) -> Node:
        """The input of this form with the number ``k``."""
        while len(self.stand_ins) <= k:
            node = Node(input_, (), {}, self.shape, self.dtype, self.requires_grad, self.weak,
                        self.device)
            node.line = None
            node.form = self
            if self.strides is not None:
                node.params["strides"] = self.strides
            if self.device is not None and self.device is not CPU:
                node.params["device"] = str(self.device)
            self.stand_ins.append(node)
        return self.stand_ins[k]


MANY = 2
"""Stands for a size that is more than 1."""
_forms: dict[tuple[Any, ...], Form] = {}
_first_forms: dict[tuple[Any, ...], Form] = {}
"""By what forms say beside sizes."""


def form_of(node: Node) -> Form:
    """The form of a node, noted on it."""
    if node.prim is source:   # it lies as its value does, which need not be made for this
        strides: Shape | None = (node.args[0].form or form_of(node.args[0])).strides
    else:
        strides = strides_apart(node)
    form = node.form = form_like(
        node.shape, node.dtype, node.requires_grad, node.weak, node.device, strides)
    return form


def form_like(shape: Shape, dtype: DType, requires_grad: bool, weak: bool, where: device | None,
              strides: Shape | None) -> Form:
    """The form of what is like this."""
    # The CPU is no part of the key: its hash is found in Python.
    key = shape, dtype, requires_grad, weak, where is CPU or where, strides
    form = _forms.get(key)
    if form is None:
        if len(_forms) > MOST:
            _forms.clear()
            _first_forms.clear()
            forget_forms()
        form = _forms.setdefault(key, Form(shape, dtype, requires_grad, weak, where, strides))
    return form


def for_each(nodes: Sequence[Node], found: Callable[[Node], Any]) -> list[Any]:
    """What is ``found`` of each node, once for nodes that follow each other and are alike."""
    known: list[Any] = []
    for k, node in enumerate(nodes):
        known.append(known[-1] if k and alike(node, nodes[k - 1]) else found(node))
    return known


def alike(a: Node, b: Node) -> bool:
    """Whether two nodes are the same but for where they begin in what they are parts of."""
    while a is not b:
        if a.prim is not b.prim or not a.prim.aliases or a.prim is source or a.shape != b.shape or (
                a.dtype is not b.dtype or a.requires_grad is not b.requires_grad
                or a.weak is not b.weak or a.device is not b.device or a.params != b.params):
            return False
        a, b = a.args[0], b.args[0]
    return True
