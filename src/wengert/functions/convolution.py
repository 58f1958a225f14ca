"""Convolutions and transposed convolutions of one, two and three dimensions, ``unfold`` and
``fold``.

Each is one primitive of ``ops/conv.py`` between PyTorch's checks; :func:`_convolved` and
:func:`_transposed` are where to start. Inputs are (N, C, *size) or, without a batch, (C, *size).
"""

from __future__ import annotations

from ..engine.dtypes import BOOL
from ..engine.graph import Node, Shape
from ..engine.ops import conv as cv
from ..engine.ops import elementwise as el
from ..engine.ops import structural as st
from ..engine.recording.operation import operation
from .shape import called

Sizes = int | tuple[int, ...]
_SCALARS = {"float32": "Float", "float64": "Double", "float16": "Half", "bfloat16": "BFloat16",
            "complex64": "ComplexFloat", "complex128": "ComplexDouble"}
_C_NAMES = {"float32": "float", "float64": "double", "float16": "c10::Half",
            "bfloat16": "c10::BFloat16"}


# Checks
def sizes(value: Sizes, n: int, what: str) -> Shape:
    """One number for each of ``n`` dimensions; RuntimeError if there are too many or too few."""
    given = (value,) * n if isinstance(value, int) else tuple(value)
    if len(given) == 1:
        given *= n
    if len(given) != n:
        raise RuntimeError(f"expected {what} to be a single integer value or a list of {n} values "
                           f"to match the convolution dimensions, but got {what}={list(given)}")
    return given


def same_dtype(a: Node, b: Node) -> None:
    """RuntimeError with PyTorch's words if two dtypes differ."""
    if a.dtype is not b.dtype:
        first, second = (_SCALARS.get(x.dtype.name, x.dtype.legacy_name) for x in (a, b))
        raise RuntimeError(f"expected scalar type {first} but found {second}")


def _by(lengths: Shape) -> str:
    return " x ".join(map(str, lengths))


def _batched(input: Node, n: int, name: str) -> Node:
    if input.ndim == n + 1:
        return st.reshape(input, shape=(1, *input.shape))
    if input.ndim != n + 2:
        raise RuntimeError(f"Expected {n + 1}D (unbatched) or {n + 2}D (batched) input to {name}, "
                           f"but got input of size: {list(input.shape)}")
    return input


def _check(x: Node, weight: Node, bias: Node | None, stride: Shape, dilation: Shape, groups: int,
           transposed: bool) -> None:
    """PyTorch's checks of what convolutions of both kinds have in common."""
    n = x.ndim - 2
    if weight.ndim != n + 2:
        raise RuntimeError(f"Expected {n + 2}-dimensional weight for {n + 2}-dimensional input "
                           f"{list(x.shape)}, but got weight of size {list(weight.shape)}")
    for what, low in (("stride", min(stride)), ("dilation", min(dilation)), ("groups", groups)):
        if low <= 0:
            raise RuntimeError(f"non-positive {what} is not supported")
    if weight.shape[0] < groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be at least {groups} at "
                           f"dimension 0, but got weight of size {list(weight.shape)} instead")
    if weight.shape[0] % groups:
        raise RuntimeError(f"Given groups={groups}, expected weight to be divisible by {groups} at "
                           f"dimension 0, but got weight of size [{list(weight.shape)}] instead")
    wanted = weight.shape[0] if transposed else groups * weight.shape[1]
    given = "transposed=1" if transposed else f"groups={groups}"
    if x.shape[1] != wanted:
        raise RuntimeError(
            f"Given {given}, weight of size {list(weight.shape)}, expected input{list(x.shape)} to "
            f"have {wanted} channels, but got {x.shape[1]} channels instead")
    made = groups * weight.shape[1] if transposed else weight.shape[0]
    if bias is not None and bias.shape != (made,):
        given = "transposed=1, " if transposed else ""
        raise RuntimeError(
            f"Given {given}weight of size {list(weight.shape)}, expected bias to be 1-dimensional "
            f"with {made} elements, but got bias of size {list(bias.shape)} instead")
    same_dtype(x, weight)
    if bias is not None and bias.dtype is not x.dtype:
        kinds = [_C_NAMES.get(p.dtype.name, p.dtype.name) for p in (x, bias)]
        raise RuntimeError("Input type ({}) and bias type ({}) should be the same".format(*kinds))
    if x.dtype.category == BOOL:
        raise NotImplementedError("\"slow_conv2d_cpu\" not implemented for 'Bool'")


def _finished(y: Node, bias: Node | None, input: Node) -> Node:
    """``y`` with the bias, and without a batch if ``input`` has none."""
    if bias is not None:
        y = el.add(y, st.reshape(bias, shape=(1, bias.size) + (1,) * (y.ndim - 2)))
    if y.ndim > input.ndim:
        return called(st.reshape(y, shape=y.shape[1:]), "SqueezeBackward1", input)
    return y


# Convolutions
def _paddings(padding: Sizes | str, kernel: Shape, stride: Shape, dilation: Shape) -> cv.Pairs:
    """The padding of each dimension, before and after."""
    n = len(kernel)
    if not isinstance(padding, str):
        given = sizes(padding, n, "padding")
        if min(given) < 0:
            raise RuntimeError("negative padding is not supported")
        return tuple((p, p) for p in given)
    if padding == "valid":
        return ((0, 0),) * n
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple((total // 2, total - total // 2) for total in totals)


def _convolved(name: str, n: int, input: Node, weight: Node, bias: Node | None, stride: Sizes,
               padding: Sizes | str, dilation: Sizes, groups: int) -> Node:
    x = _batched(input, n, name)
    n = weight.ndim - 2
    steps, spread = sizes(stride, n, "stride"), sizes(dilation, n, "dilation")
    _check(x, weight, bias, steps, spread, groups, False)
    kernel = weight.shape[2:]
    pairs = _paddings(padding, kernel, steps, spread)
    room = tuple(m + a + b for m, (a, b) in zip(x.shape[2:], pairs, strict=True))
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, spread, strict=True))
    if any(m < r for m, r in zip(room, reach, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({_by(room)}). Kernel size: ({_by(reach)})."
            " Kernel size can't be greater than actual input size")
    y = cv.conv(x, weight, stride=steps, padding=pairs, dilation=spread, groups=groups)
    return _finished(y, bias, input)


@operation("ConvolutionBackward0", methods=())
def conv1d(input: Node, weight: Node, bias: Node | None = None, stride: Sizes = 1,
           padding: Sizes | str = 0, dilation: Sizes = 1, groups: int = 1) -> Node:
    """The cross-correlation of (N, C, L) with ``weight``, (M, C / groups, K): (N, M, L_out).

    ``L_out = (L + 2 padding - dilation (K - 1) - 1) // stride + 1``. ``padding`` may be "valid"
    (none) or "same" (``L_out = L``). RuntimeError where shapes or dtypes do not fit.

    >>> torch.conv1d(torch.ones(1, 1, 4), torch.ones(1, 1, 2))
    tensor([[[2., 2., 2.]]])
    """
    return _convolved("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


@operation("ConvolutionBackward0", methods=())
def conv2d(input: Node, weight: Node, bias: Node | None = None, stride: Sizes = 1,
           padding: Sizes | str = 0, dilation: Sizes = 1, groups: int = 1) -> Node:
    """The cross-correlation of (N, C, H, W) with ``weight``, (M, C / groups, *kernel).

    The result is (N, M, H_out, W_out), as in :func:`conv1d` for each dimension.
    """
    return _convolved("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


@operation("ConvolutionBackward0", methods=())
def conv3d(input: Node, weight: Node, bias: Node | None = None, stride: Sizes = 1,
           padding: Sizes | str = 0, dilation: Sizes = 1, groups: int = 1) -> Node:
    """The cross-correlation of (N, C, D, H, W) with ``weight``, (M, C / groups, *kernel).

    The result is (N, M, D_out, H_out, W_out), as in :func:`conv1d` for each dimension.
    """
    return _convolved("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


@operation("ConvTbcBackward0", methods=())
def conv_tbc(input: Node, weight: Node, bias: Node, pad: int = 0) -> Node:
    """The convolution of (time, batch, channels) with ``weight``, (K, channels, M)."""
    if input.ndim != 3 or weight.ndim != 3 or bias.ndim != 1:
        raise RuntimeError("conv_tbc: input and weight must have 3 dims, bias 1: time, batch, "
                           "channels")
    y = conv1d(st.transpose(input, perm=(1, 2, 0)), st.transpose(weight, perm=(2, 1, 0)), bias,
               padding=pad)
    return st.transpose(y, perm=(2, 0, 1))


# Transposed convolutions
def _transposed(name: str, n: int, input: Node, weight: Node, bias: Node | None, stride: Sizes,
                padding: Sizes, output_padding: Sizes, groups: int, dilation: Sizes) -> Node:
    x = _batched(input, n, name)
    n = weight.ndim - 2
    steps, spread = sizes(stride, n, "stride"), sizes(dilation, n, "dilation")
    pads = sizes(padding, n, "padding")
    extra = sizes(output_padding, n, "output_padding")
    for what, given in (("padding", pads), ("output_padding", extra)):
        if min(given) < 0:
            raise RuntimeError(f"negative {what} is not supported")
    _check(x, weight, bias, steps, spread, groups, True)
    if any(e >= s and e >= d for e, s, d in zip(extra, steps, spread, strict=True)):
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got output_padding "
            f"{list(extra)}, stride {list(steps)}, dilation {list(spread)}")
    kernel = weight.shape[2:]
    size = tuple((m - 1) * s - 2 * p + d * (k - 1) + e + 1 for m, s, p, d, k, e in zip(
        x.shape[2:], steps, pads, spread, kernel, extra, strict=True))
    if min(size) < 1:
        raise RuntimeError(
            f"Given input size per channel: ({_by(x.shape[2:])}). Calculated output size per "
            f"channel: ({_by(size)}). Output size is too small")
    # what the extra elements at the end add, no window reads
    pairs = tuple((p, p - e) for p, e in zip(pads, extra, strict=True))
    y = cv.conv_input(x, weight, size=size, stride=steps, padding=pairs, dilation=spread,
                      groups=groups)
    return _finished(y, bias, input)


@operation("ConvolutionBackward0", methods=())
def conv_transpose1d(input: Node, weight: Node, bias: Node | None = None, stride: Sizes = 1,
                     padding: Sizes = 0, output_padding: Sizes = 0, groups: int = 1,
                     dilation: Sizes = 1) -> Node:
    """The transpose of :func:`conv1d` in its input: (N, M, L) with ``weight`` of (M, C / groups, K)
    to (N, C, L_out).

    ``L_out = (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1``.
    """
    return _transposed("conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding,
                       groups, dilation)


@operation("ConvolutionBackward0", methods=())
def conv_transpose2d(input: Node, weight: Node, bias: Node | None = None, stride: Sizes = 1,
                     padding: Sizes = 0, output_padding: Sizes = 0, groups: int = 1,
                     dilation: Sizes = 1) -> Node:
    """The transpose of :func:`conv2d` in its input; sizes as in :func:`conv_transpose1d`."""
    return _transposed("conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding,
                       groups, dilation)


@operation("ConvolutionBackward0", methods=())
def conv_transpose3d(input: Node, weight: Node, bias: Node | None = None, stride: Sizes = 1,
                     padding: Sizes = 0, output_padding: Sizes = 0, groups: int = 1,
                     dilation: Sizes = 1) -> Node:
    """The transpose of :func:`conv3d` in its input; sizes as in :func:`conv_transpose1d`."""
    return _transposed("conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding,
                       groups, dilation)


@operation("ConvolutionBackward0", methods=())
def convolution(input: Node, weight: Node, bias: Node | None, stride: Sizes, padding: Sizes,
                dilation: Sizes, transposed: bool, output_padding: Sizes, groups: int) -> Node:
    """A convolution, transposed or not, of as many dimensions as ``weight`` has beyond two."""
    n = weight.ndim - 2
    if transposed:
        return _transposed("convolution", n, input, weight, bias, stride, padding, output_padding,
                           groups, dilation)
    return _convolved("convolution", n, input, weight, bias, stride, padding, dilation, groups)


# Patches
def _two(value: Sizes, what: str, low: int) -> Shape:
    given = (value,) * 2 if isinstance(value, int) else tuple(value)
    if len(given) == 1:
        given *= 2
    if len(given) != 2:
        raise RuntimeError(f"{what} must be an int or a tuple of two ints, but got {list(given)}")
    if min(given) < low:
        word = "greater than zero" if low else "non-negative"
        raise RuntimeError(f"{what.replace('_', ' ')} should be {word}, but got {given[0]} and "
                           f"{given[1]}")
    return given


def _geometry(kernel_size: Sizes, dilation: Sizes, padding: Sizes,
              stride: Sizes) -> tuple[Shape, Shape, Shape, Shape]:
    return (_two(kernel_size, "kernel_size", 1), _two(dilation, "dilation", 1),
            _two(padding, "padding", 0), _two(stride, "stride", 1))


@operation("Im2ColBackward0", methods=())
def im2col(input: Node, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0,
           stride: Sizes = 1) -> Node:
    """The patches under a sliding window, as columns: (N, C, H, W) to (N, C * kernel, windows).

    ``torch.nn.functional.unfold``; :func:`col2im` adds them up again.
    """
    kernel, spread, pads, steps = _geometry(kernel_size, dilation, padding, stride)
    if input.ndim not in (3, 4) or 0 in input.shape[-3:]:
        raise RuntimeError("Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and "
                           f"other non-zero dimensions for input, but got: {list(input.shape)}")
    x = input if input.ndim == 4 else st.reshape(input, shape=(1, *input.shape))
    pairs = tuple((p, p) for p in pads)
    out = cv.out_size(x.shape[2:], kernel, steps, pairs, spread)
    if min(out) < 1:
        raise RuntimeError(
            f"Given input with spatial size {x.shape[2:]}, kernel_size={kernel}, dilation={spread},"
            f" padding={pads}, calculated shape of the array of sliding blocks as {out}, but its "
            "components must be at least one.")
    y = cv.patches(x, kernel=kernel, stride=steps, padding=pairs, dilation=spread)
    shape = (x.shape[1] * kernel[0] * kernel[1], out[0] * out[1])
    return st.reshape(y, shape=shape if input.ndim == 3 else (x.shape[0], *shape))


@operation("Col2ImBackward0", methods=())
def col2im(input: Node, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1,
           padding: Sizes = 0, stride: Sizes = 1) -> Node:
    """Patches as columns added up to an image: (N, C * kernel, windows) to (N, C, *output_size).

    ``torch.nn.functional.fold``, the transpose of :func:`im2col`.
    """
    size = _two(output_size, "output_size", 1)
    kernel, spread, pads, steps = _geometry(kernel_size, dilation, padding, stride)
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError("Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch "
                           f"size and non-zero dimensions for input, but got: {list(input.shape)}")
    rows, windows = input.shape[-2:]
    if rows % (kernel[0] * kernel[1]):
        raise RuntimeError(
            f"Expected size of input's dimension {input.ndim - 2} to be divisible by the product of"
            f" kernel_size, but got input.size({input.ndim - 2})={rows} and kernel_size={kernel}.")
    pairs = tuple((p, p) for p in pads)
    out = cv.out_size(size, kernel, steps, pairs, spread)
    if min(out) < 1 or windows != out[0] * out[1]:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={spread}, padding={pads}, "
            f"stride={steps}, expected size of input's dimension {input.ndim - 1} to match the "
            f"calculated number of sliding blocks {out[0]} * {out[1]} = {out[0] * out[1]}, but got "
            f"input.size({input.ndim - 1})={windows}.")
    channels = rows // (kernel[0] * kernel[1])
    count = input.shape[0] if input.ndim == 3 else 1
    x = st.reshape(input, shape=(count, channels, *kernel, *out))
    y = cv.patches_add(x, size=size, kernel=kernel, stride=steps, padding=pairs, dilation=spread)
    return y if input.ndim == 3 else st.reshape(y, shape=y.shape[1:])
