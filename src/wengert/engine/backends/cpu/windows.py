"""Kernels of sliding windows without a margin: pooling."""

from __future__ import annotations

import math

from ...dtypes import float32
from ...graph import Node, Shape
from ...loops.groups import Group
from .objects import Layout
from .own import Own, loop, moved, product
from .text import Code


class Windows(Own):
    """Something for each window of a plane; the outermost loop is over the planes."""

    def __init__(self, group: Group, bits: int, at: Layout) -> None:
        node, = group.nodes
        self.kernel_size, self.out, self.stride, self.dilation = (
            (1,) * (2 - len(node.params[name])) + tuple(node.params[name])
            for name in ("kernel", "out", "stride", "dilation"))
        size: Shape = node.params["size"] if "size" in node.params else node.args[0].shape[2:]
        self.plane = (1,) * (2 - len(size)) + tuple(size)
        self.float = "float" if node.args[0].dtype is float32 else "double"
        self.bytes = node.args[0].dtype.itemsize
        super().__init__(group, bits, at)

    def count(self) -> int:
        return math.prod(self.node.shape[:2])

    def write(self, code: Code) -> None:
        elements = math.prod(self.plane)
        area = self.integer(elements)
        windows = self.integer(math.prod(self.out))
        high, wide = map(self.integer, self.out)
        down, right = map(self.integer, (self.stride[0] * self.plane[1], self.stride[1]))
        self.line = self.integer(self.dilation[0] * self.plane[1])
        self.next = self.integer(self.dilation[1])
        large, small = self.values()
        bases = {node: self.base(node) for node in (large, *small)}
        with loop(code, "plane", "%begin", "%end") as plane:
            start = moved(code, self.float, bases[large], product(code, plane, area))
            self.plane_begins(code, start, elements)
            first = product(code, plane, windows)
            with loop(code, "down", "0", high) as y:
                top = moved(code, self.float, start, product(code, y, down))
                line = code.op(f"add i64 {first}, {product(code, y, wide)}")
                with loop(code, "right", "0", wide) as x:
                    at = moved(code, self.float, top, product(code, x, right))
                    self.window(code, at, {node: (bases[node], code.op(f"add i64 {line}, {x}"))
                                           for node in small})

    def values(self) -> tuple[Node, tuple[Node, ...]]:
        """The value that has the planes, and those with an element per window."""
        return self.node.args[0], (*self.node.args[1:], self.node)

    def plane_begins(self, code: Code, start: str, elements: int) -> None:
        """What comes before the windows of a plane."""

    def window(self, code: Code, at: str, small: dict[Node, tuple[str, str]]) -> None:
        """What is done for the window that begins ``at`` an address; for the values with an element
        per window, their addresses and the number of the window."""
        raise NotImplementedError

    def elements_at(self, code: Code, at: str) -> list[str]:
        """The elements of a window, row by row."""
        values = []
        for i in range(self.kernel_size[0]):
            at = moved(code, self.float, at, self.line) if i else at
            place = at
            for k in range(self.kernel_size[1]):
                place = moved(code, self.float, place, self.next) if k else place
                values.append(code.op(f"load {self.float}, ptr {place}"))
        return values

    def chosen(self, code: Code, test: str, a: str, b: str, kind: str) -> str:
        return code.op(f"select i1 {test}, {kind} {a}, {kind} {b}")


class WindowMax(Windows):
    """The largest element; NaN is larger than every number."""

    def window(self, code: Code, at: str, small: dict[Node, tuple[str, str]]) -> None:
        best, *others = self.elements_at(code, at)
        for value in others:
            larger = code.op(f"fcmp ogt {self.float} {value}, {best}")
            odd = code.op(f"fcmp uno {self.float} {value}, {value}")
            best = self.chosen(code, code.op(f"or i1 {larger}, {odd}"), value, best, self.float)
        base, place = small[self.node]
        code.do(f"store {self.float} {best}, ptr {moved(code, self.float, base, place)}")


class WindowTap(Windows):
    """Which element is the largest: the first that equals it, the last NaN."""

    def window(self, code: Code, at: str, small: dict[Node, tuple[str, str]]) -> None:
        base, place = small[self.node.args[1]]
        largest = code.op(f"load {self.float}, ptr {moved(code, self.float, base, place)}")
        values = self.elements_at(code, at)
        first, odd = "0", "0"
        for k, value in reversed([*enumerate(values)]):
            same = code.op(f"fcmp oeq {self.float} {value}, {largest}")
            first = self.chosen(code, same, str(k), first, "i8")
        for k, value in enumerate(values):
            test = code.op(f"fcmp uno {self.float} {value}, {value}")
            odd = self.chosen(code, test, str(k), odd, "i8")
        none = code.op(f"fcmp uno {self.float} {largest}, {largest}")
        base, place = small[self.node]
        code.do(f"store i8 {self.chosen(code, none, odd, first, 'i8')}, "
                f"ptr {moved(code, 'i8', base, place)}")


class TapPut(Windows):
    """Each value where the tap of its window says, added where windows overlap."""

    def values(self) -> tuple[Node, tuple[Node, ...]]:
        return self.node, self.node.args

    def plane_begins(self, code: Code, start: str, elements: int) -> None:
        self.clear_bytes(code, start, elements * self.bytes)

    def window(self, code: Code, at: str, small: dict[Node, tuple[str, str]]) -> None:
        (values, place), (taps, _) = (small[arg] for arg in self.node.args)
        value = code.op(f"load {self.float}, ptr {moved(code, self.float, values, place)}")
        tap = code.op(f"load i8, ptr {moved(code, 'i8', taps, place)}")
        tap = code.op(f"zext i8 {tap} to i64")
        down = code.op(f"udiv i64 {tap}, {self.kernel_size[1]}")
        right = code.op(f"urem i64 {tap}, {self.kernel_size[1]}")
        at = moved(code, self.float, at, product(code, down, self.line),
                   product(code, right, self.next))
        reach = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
        if any(s <= r for s, r in zip(self.stride, reach, strict=True)):
            value = code.op(f"fadd {self.float} {code.op(f'load {self.float}, ptr {at}')}, {value}")
        code.do(f"store {self.float} {value}, ptr {at}")
