"""The text of tensors, as PyTorch prints them: alignment, notation, summary, wrapping, suffixes.

Start with :func:`format_tensor`, the whole text; :func:`format_values` is its nested list. A text
comes about in four steps: ``_edges`` picks the elements that are shown, ``_column`` turns them into
texts and a common width, ``_nested`` sets them in brackets and lines, and ``_with_suffixes`` adds
what follows the values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class PrintOptions(NamedTuple):
    """How tensors are printed; see :func:`set_printoptions`."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: float = 80
    sci_mode: bool | None = None


_PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}
_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: float | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed, until the next call.

    Args:
        precision: digits after the decimal point (4).
        threshold: tensors with more elements than this are summarised (1000).
        edgeitems: elements shown at either end of a summarised dimension (3).
        linewidth: characters per line (80).
        profile: ``"default"``, ``"short"`` or ``"full"``: sets all of the above, before the other
            arguments do. Another name has no effect.
        sci_mode: True or False to print floats in scientific notation or not; None, also when
            left out, to choose by their magnitudes.

    As in PyTorch, the values are not checked; a wrong one raises when a tensor is printed.

    >>> set_printoptions(precision=2)
    >>> format_tensor(np.array([0.125, 1.0]), "float32")
    'tensor([0.12, 1.00])'
    >>> set_printoptions(profile="default")
    """
    global _options
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    base = _options if profile is None else _PROFILES.get(profile, _options)
    _options = base._replace(sci_mode=sci_mode, **changes)


def get_printoptions() -> PrintOptions:
    """The options in force."""
    return _options


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Apply :func:`set_printoptions` to the block, and restore the options after it."""
    global _options
    before = _options
    try:
        set_printoptions(**options)
        yield
    finally:
        _options = before


def format_tensor(
    array: Array,
    dtype_name: str,
    *,
    default_dtype_name: str = "float32",
    requires_grad: bool = False,
    grad_fn: str | None = None,
    name: str = "tensor",
    device: str | None = None,
) -> str:
    """The whole text of a tensor, equal to PyTorch's ``repr``.

    Args:
        array: the values, of any shape; bfloat16 comes in ``ml_dtypes.bfloat16`` or wider.
        dtype_name: the dtype without ``torch.``, printed unless it can be told from the values.
        default_dtype_name: the dtype of new floating-point tensors.
        requires_grad: whether the tensor is a leaf that requires grad.
        grad_fn: the name of the node that made the tensor, without angle brackets; it takes the
            place of ``requires_grad``.
        name: what stands before the parenthesis.
        device: the device to print; none is printed for the CPU.

    >>> format_tensor(np.array([[1.0, 2.5], [-3.0, np.inf]]), "float32", grad_fn="MulBackward0")
    'tensor([[ 1.0000,  2.5000],\\n        [-3.0000,     inf]], grad_fn=<MulBackward0>)'
    >>> format_tensor(np.zeros((0, 3)), "float64", requires_grad=True)
    'tensor([], size=(0, 3), dtype=torch.float64, requires_grad=True)'
    """
    suffixes = []
    if device is not None:
        suffixes.append(f"device='{device}'")
    if _hides_shape(array):
        suffixes.append(f"size={array.shape}")
    if not _is_evident(dtype_name, default_dtype_name, empty=array.size == 0):
        suffixes.append(f"dtype=torch.{dtype_name}")
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    opening = f"{name}("
    values = format_values(array, dtype_name, indent=len(opening))
    return _with_suffixes(opening + values, suffixes, indent=len(opening)) + ")"


def format_sparse(index: dict[str, Array], values: Array, shape: tuple[int, ...], dtype_name: str,
                  layout: str, default_dtype_name: str, requires_grad: bool,
                  grad_fn: str | None) -> str:
    """The text of a sparse tensor: its parts, each as the text of a tensor.

    >>> print(format_sparse({"indices": np.array([[0, 1]])}, np.array([2.0, 3.0]), (4,), "float32",
    ...                     "torch.sparse_coo", "float32", False, None))
    tensor(indices=tensor([[0, 1]]),
           values=tensor([2., 3.]),
           size=(4,), nnz=2, layout=torch.sparse_coo)
    """
    indent = len("tensor(")
    parts = []
    for name, array, kind in [*[(name, array, "int64") for name, array in index.items()],
                              ("values", values, dtype_name)]:
        text = format_values(array, kind, indent + len(f"{name}=tensor("))
        size = f", size={array.shape}" if array.size == 0 else ""
        parts.append(f"{name}=tensor({text}{size})")
    suffixes = [f"size={tuple(shape)}", f"nnz={len(values)}"]
    if not _is_evident(dtype_name, default_dtype_name, empty=False):
        suffixes.append(f"dtype=torch.{dtype_name}")
    suffixes.append(f"layout={layout}")
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    between = ",\n" + " " * indent
    text = "tensor(" + between.join(parts)
    return _with_suffixes(text, suffixes, indent, layout == "torch.sparse_coo") + ")"


def without_values(shape: tuple[int, ...], dtype_name: str, requires_grad: bool,
                   grad_fn: str | None) -> str:
    """The text of a tensor that has a shape alone.

    >>> without_values((2, 3), "float32", False, None)
    "tensor(..., device='meta', size=(2, 3))"
    """
    parts = ["...", "device='meta'", f"size={tuple(shape)}"]
    if not _is_evident(dtype_name, "float32", empty=False):
        parts.append(f"dtype=torch.{dtype_name}")
    if grad_fn is not None:
        parts.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        parts.append("requires_grad=True")
    return f"tensor({', '.join(parts)})"


def format_values(array: Array, dtype_name: str, indent: int = 0) -> str:
    """The values alone, as a nested list; a scalar has no brackets.

    Args:
        array: the values, of any shape.
        dtype_name: the dtype without ``torch.``.
        indent: the number of characters that precede the text on its first line; the other lines
            are indented by it.

    >>> format_values(np.array([True, False]), "bool")
    '[ True, False]'
    """
    if array.size == 0:
        return "[]"
    shown, is_cut = _edges(array)
    column = _column(shown.reshape(-1), dtype_name)
    if array.ndim == 0:
        return column.texts[0]
    texts = np.array(column.texts, dtype=object).reshape(shown.shape)
    return _nested(texts, is_cut, column.width, indent)


def format_scalar(array: Array, spec: str = "") -> str:
    """``format(t, spec)`` of a 0-dim tensor: that of its value as a Python number.

    >>> format_scalar(np.array(0.1, dtype=np.float32))
    '0.10000000149011612'
    >>> format_scalar(np.array(0.1, dtype=np.float32), ".2f")
    '0.10'
    """
    number = array.item()
    return format(number if isinstance(number, (bool, int, complex)) else float(number), spec)


def _is_summarised(array: Array) -> bool:
    return array.size > _options.threshold


def _hides_shape(array: Array) -> bool:
    return array.ndim != 1 if array.size == 0 else _options.edgeitems == 0


def _is_evident(dtype_name: str, default_dtype_name: str, *, empty: bool) -> bool:
    """Whether a reader knows the dtype from the values and the default dtype."""
    if empty:
        return dtype_name == default_dtype_name
    default_complex = "complex128" if default_dtype_name == "float64" else "complex64"
    return dtype_name in ("bool", "int64", default_dtype_name, default_complex)


def _edges(array: Array) -> tuple[Array, tuple[bool, ...]]:
    """The elements that are shown, and for each dimension whether its middle is left out."""
    edge = _options.edgeitems
    if not _is_summarised(array):
        return array, (False,) * array.ndim
    is_cut = tuple(size > 2 * edge for size in array.shape)
    for dim, size in enumerate(array.shape):
        if is_cut[dim]:
            ends = [*range(edge), *range(size - edge, size)]
            array = np.take(array, ends, axis=dim)
    return array, is_cut


class _Column(NamedTuple):
    """The texts of all elements and the width to which they are padded; a few may be wider."""

    texts: list[str]
    width: int


def _column(values: Array, dtype_name: str) -> _Column:
    """The texts of a flat array of elements."""
    if dtype_name.startswith("complex"):
        return _complex_column(values)
    if dtype_name == "bool" or "int" in dtype_name:
        texts = [str(value) for value in values.tolist()]
        return _padded(texts, max(map(len, texts), default=0))
    return _float_column(values)


def _complex_column(values: Array) -> _Column:
    """Real parts are aligned, imaginary parts are not; each chooses its own notation."""
    if values.dtype.itemsize == 4:   # complex32, whose parts NumPy does not know
        values = values.astype(np.complex64)
    real, imag = _float_column(values.real), _float_column(values.imag)
    signed = (text.lstrip() for text in imag.texts)
    texts = [
        f"{re}{im}j" if im.startswith("-") else f"{re}+{im}j"
        for re, im in zip(real.texts, signed, strict=True)
    ]
    return _Column(texts, real.width + imag.width + 1)


def _float_column(values: Array) -> _Column:
    """The width is that of the finite values other than zero; the rest may stand out."""
    values = values.astype(np.float64)
    counted = np.isfinite(values) & (values != 0)
    show = _notation(np.abs(values[counted]))
    texts = [show(value) for value in values.tolist()]
    width = max((len(texts[i]) for i in np.flatnonzero(counted)), default=1)
    return _padded(texts, width)


def _padded(texts: list[str], width: int) -> _Column:
    return _Column([text.rjust(width) for text in texts], width)


def _notation(magnitudes: Array) -> Callable[[float], str]:
    """How to write floats whose finite non-zero values have these magnitudes."""
    if magnitudes.size == 0:
        return _whole
    is_whole = bool((magnitudes == np.floor(magnitudes)).all())
    smallest, largest = float(magnitudes.min()), float(magnitudes.max())
    is_sci = _options.sci_mode
    if is_sci is None:
        is_sci = largest / smallest > 1000 or largest > 1e8 or (smallest < 1e-4 and not is_whole)
    if is_sci:
        return f"{{:.{_options.precision}e}}".format
    return _whole if is_whole else f"{{:.{_options.precision}f}}".format


def _whole(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else f"{value}"


def _nested(texts: Array, is_cut: tuple[bool, ...], width: int, indent: int) -> str:
    """Brackets around the texts; ``indent`` is the column of the opening one."""
    if texts.ndim == 1:
        return _row(texts.tolist(), is_cut[0], width, indent)
    parts = [_nested(part, is_cut[1:], width, indent + 1) for part in texts]
    if is_cut[0]:
        parts.insert(_options.edgeitems, "...")
    separator = "," + "\n" * (texts.ndim - 1) + " " * (indent + 1)
    return "[" + separator.join(parts) + "]"


def _row(texts: list[str], is_cut: bool, width: int, indent: int) -> str:
    """One innermost list, broken where the line is full."""
    if is_cut:
        texts.insert(_options.edgeitems, " ..." if texts else "...")
    per_line = max(1, math.floor((_options.linewidth - indent) / (width + 2)))
    lines = [", ".join(texts[i : i + per_line]) for i in range(0, len(texts), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _with_suffixes(text: str, suffixes: list[str], indent: int, below: bool = False) -> str:
    """The text with its suffixes, each on a new line if the current one has no room for it, or if
    the first is to be ``below``.

    There is room if the suffix, a closing parenthesis and one more character fit.
    """
    used = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if below or used + len(suffix) + 2 > _options.linewidth:
            below = False
            text += ",\n" + " " * indent + suffix
            used = indent + len(suffix)
        else:
            text += ", " + suffix
            used += len(suffix) + 2
    return text
