"""The shape and the dtype in which the arguments of an elementwise primitive meet."""

from __future__ import annotations

from ..dtypes import FLOAT, DType, bool_, get_default_dtype, promote
from ..errors import UnmetDtype, see
from ..graph import Node, Shape


def broadcast_shape(*shapes: Shape) -> Shape:
    """The shape that ``shapes`` broadcast to; RuntimeError with PyTorch's words if they do not."""
    first = shapes[0]
    for shape in shapes:
        if shape != first:
            break
    else:
        return first
    longest: Shape = max(shapes, key=len)
    out = list(longest)
    for shape in shapes:
        for back in range(1, len(shape) + 1):
            a, b = out[-back], shape[-back]
            if a != b and b != 1:
                if a != 1:
                    raise RuntimeError(
                        f"The size of tensor a ({a}) must match the size of tensor b ({b}) at "
                        f"non-singleton dimension {len(out) - back}; the shapes "
                        f"{' and '.join(str(list(s)) for s in shapes)} do not broadcast."
                        + see("shapes"))
                out[-back] = b
    return tuple(out)


def common_dtype(args: tuple[Node, ...]) -> DType:
    """The dtype of the arguments that are not Python numbers, or of the numbers alone."""
    strong = [arg for arg in args if not arg.weak]
    dtype = (strong or args)[0].dtype
    for arg in () if strong else args[1:]:
        dtype = promote(dtype, arg.dtype)
    for arg in strong[1:] if len(strong) == len(args) else args:
        if arg.dtype is not dtype and not arg.weak:
            raise UnmetDtype(dtype.legacy_name, arg.dtype.legacy_name)
        if arg.dtype.category > dtype.category:   # NumPy's result would not be of this dtype
            raise UnmetDtype(dtype.legacy_name)
    return dtype


def infer(*args: Node) -> tuple[Shape, DType]:
    """What arithmetic returns."""
    shape, dtype = args[0].shape, args[0].dtype
    for arg in args:
        if arg.weak or arg.dtype is not dtype or arg.shape != shape:
            break
    else:
        return shape, dtype
    if len(args) == 2:   # a number that one of them meets, in arithmetic
        a, b = args
        if a.weak:
            a, b = b, a
        if b.weak and not (a.weak or b.shape) and b.dtype.category <= a.dtype.category:
            return a.shape, a.dtype
    return broadcast_shape(*[arg.shape for arg in args]), common_dtype(args)


def infer_floating(*args: Node) -> tuple[Shape, DType]:
    """What a function returns whose value for an integer is no integer."""
    shape, dtype = infer(*args)
    if dtype.category < FLOAT:
        if not all(arg.weak for arg in args):
            raise UnmetDtype(dtype.legacy_name)
        dtype = get_default_dtype()   # a function of an int or a bool of Python's is a float
    return shape, dtype


def infer_bool(*args: Node) -> tuple[Shape, DType]:
    """What a predicate returns."""
    return broadcast_shape(*(arg.shape for arg in args)), bool_
