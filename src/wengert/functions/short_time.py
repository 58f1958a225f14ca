"""Short-time Fourier transforms: ``torch.stft`` and ``torch.istft``.

Overlapping frames of a signal, each multiplied by a window and transformed; the inverse adds the
frames up again and divides by the sum of the squared windows (D. Griffin and J. Lim, Signal
estimation from modified short-time Fourier transform, 1984).
"""

from __future__ import annotations

import warnings
from typing import Any

from ..engine.errors import user_line
from ..engine.graph import Node, building, lift
from ..engine.ops import structural as st
from ..engine.ops.fourier import covered
from ..engine.recording.operation import operation
from .arithmetic import div, mul
from .complex_numbers import view_as_real
from .fourier import fft_fft, fft_ifft, fft_irfft, fft_rfft
from .joins import pad as padded
from .shape import along, cut, reshaped

_warned: dict[Any, Any] = {}
"""The lines that were warned already."""


def _warn(message: str) -> None:
    building.warned = True
    warnings.warn_explicit(message, UserWarning, *user_line(), registry=_warned)


def _warn_of_no_window(name: str, what: str) -> None:
    _warn(f"{name}: a window was not provided, and all samples of a frame count alike. {what} "
          "To suppress this warning, set `window=torch.ones(win_length)`.")


def _lengths(n_fft: int, hop: int | None, win: int | None) -> tuple[int, int]:
    return n_fft // 4 if hop is None else hop, n_fft if win is None else win


def _check(name: str, x: Node, window: Node | None, holds: bool, text: str) -> None:
    if not holds:
        given = "None" if window is None else f"a tensor {list(window.shape)}"
        raise RuntimeError(f"{name}({x.dtype.legacy_name}{list(x.shape)}, window={given}): {text}")


def _centred(window: Node, n_fft: int) -> Node:
    """A window in the middle of a frame."""
    left = (n_fft - window.shape[0]) // 2
    return padded(window, (left, n_fft - window.shape[0] - left))


def _frames(x: Node, n: int, hop: int, count: int) -> Node:
    """``count`` parts (batch, count, n) of signals (batch, length), every ``hop`` samples."""
    return st.window(x, size=(x.shape[0], count, n), start=(0, 0), moves=_moves(hop))


def _overlapping(frames: Node, hop: int, length: int) -> Node:
    """Frames (batch, count, n) added up to signals, each ``hop`` samples after the last."""
    return st.window_place(frames, shape=(frames.shape[0], length), size=frames.shape,
                           start=(0, 0), moves=_moves(hop))


def _moves(hop: int) -> st.Moves:
    return along(2, 0), along(2, 1, step=hop), along(2, 1)


@operation("TransposeBackward0")
def stft(input: Node, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
         window: Node | None = None, center: bool = True, pad_mode: str = "reflect",
         normalized: bool = False, onesided: bool | None = None,
         return_complex: bool | None = None, align_to_window: bool | None = None) -> Node:
    """The Fourier transforms of overlapping frames of a signal: (..., frequencies, frames).

    ``input`` is (length) or (batch, length); a frame has ``n_fft`` samples, of which ``window``
    weighs the ``win_length`` in the middle, and begins ``hop_length`` (``n_fft // 4``) after the
    last. With ``center`` the signal goes on by half a frame at both ends, as ``pad_mode`` says.
    ``onesided`` leaves out what symmetry tells, the default for real signals; ``normalized``
    divides by the root of ``n_fft``. ``return_complex=False`` gives real and imaginary parts as a
    last dimension.

    RuntimeError if ``return_complex`` is not said for a real signal, for frames longer than the
    signal, and for windows of another length.
    """
    hop, win = _lengths(n_fft, hop_length, win_length)
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    if center and 1 <= input.ndim <= 2:
        ends = (n_fft // 2, n_fft // 2)
        input = reshaped(padded(reshaped(input, (1,) * (3 - input.ndim) + input.shape), ends,
                                pad_mode), (*input.shape[:-1], input.shape[-1] + 2 * ends[0]))
    is_complex = input.dtype.is_complex or (window is not None and window.dtype.is_complex)
    if window is None:
        _warn_of_no_window("stft", "Windows such as torch.hann_window leak less.")
    if return_complex is None and not is_complex:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further "
            "require that return_complex=True in a future PyTorch release.")
    if not (return_complex or is_complex):
        _warn("stft with return_complex=False is deprecated. Use torch.view_as_real on the complex "
              "result instead.")
    _check_stft(input, n_fft, hop, win, window)
    signals = reshaped(input, (1, *input.shape)) if input.ndim == 1 else input
    length = signals.shape[1]
    if align_to_window:
        edge = (n_fft - win) // 2
        signals = padded(signals, (edge, edge))
    frames = _frames(signals, n_fft, hop, 1 + (length - (win if align_to_window else n_fft)) // hop)
    if window is not None:
        frames = mul(frames, _centred(window, n_fft) if win < n_fft else window)
    half = not is_complex if onesided is None else onesided
    if half and is_complex:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    found = (fft_rfft if half else fft_fft)(frames, norm="ortho" if normalized else None)
    found = st.transpose(found, perm=(0, 2, 1))
    found = reshaped(found, found.shape[1:]) if input.ndim == 1 else found
    return found if return_complex or return_complex is None else view_as_real(found)


def _check_stft(x: Node, n_fft: int, hop: int, win: int, window: Node | None) -> None:
    def check(holds: bool, text: str) -> None:
        _check("stft", x, window, holds, text)

    check(x.dtype.is_differentiable, "expected a tensor of floating point or complex values")
    check(1 <= x.ndim <= 2, "expected a 1D or 2D tensor")
    check(0 < n_fft <= x.shape[-1], f"expected 0 < n_fft < {x.shape[-1]}, but got n_fft={n_fft}")
    check(hop > 0, f"expected hop_length > 0, but got hop_length={hop}")
    check(0 < win <= n_fft, f"expected 0 < win_length <= n_fft, but got win_length={win}")
    check(window is None or window.shape == (win,), "expected a 1D window tensor of size equal to "
          f"win_length={win}, but got window with size {window and list(window.shape)}")


@operation("DivBackward0")
def istft(input: Node, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
          window: Node | None = None, center: bool = True, normalized: bool = False,
          onesided: bool | None = None, length: int | None = None,
          return_complex: bool = False) -> Node:
    """The signal of which ``input`` is the :func:`stft`, or the nearest to one: (batch, length).

    ``input`` is complex, (frequencies, frames) or (batch, frequencies, frames); the other arguments
    are those of ``stft``. ``length`` cuts the signal off, or continues it with zeros.

    RuntimeError if the frames do not cover the signal: where the squares of the windows add up to
    less than 1e-11.
    """
    hop, win = _lengths(n_fft, hop_length, win_length)
    if window is None:
        _warn_of_no_window("istft", "It has to be that of stft.")
    _check_istft(input, n_fft, hop, win, window, onesided)
    spectra = reshaped(input, (1, *input.shape)) if input.ndim == 2 else input
    half = spectra.shape[1] != n_fft if onesided is None else onesided
    if window is not None and window.dtype.is_complex and not return_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
    if return_complex and half:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    norm = "ortho" if normalized else None
    spectra = st.transpose(spectra, perm=(0, 2, 1))
    if return_complex:
        frames = fft_ifft(spectra, norm=norm)
    else:
        frames = fft_irfft(cut(spectra, 2, 0, n_fft // 2 + 1), n_fft, norm=norm)
    if window is None:
        window = st.full(lift(1), shape=(win,), dtype=frames.dtype)
    window = _centred(window, n_fft) if win < n_fft else window
    whole = n_fft + hop * (frames.shape[1] - 1)
    total = _overlapping(mul(frames, window), hop, whole)
    weight = _overlapping(st.broadcast_to(mul(window, window), shape=(1, *frames.shape[1:])), hop,
                          whole)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else whole - n_fft // 2 if center else whole
    kept = max(min(end, whole) - start, 0)
    if not kept:
        raise RuntimeError("min(): Expected reduction dim to be specified for input.numel() == 0. "
                           f"istft: no sample is left, length={length}")
    weight = covered(cut(weight, 1, start, kept))
    found = div(cut(total, 1, start, kept), weight)
    if end > whole:
        _warn("The length of signal is shorter than the length parameter. Result is being padded "
              "with zeros in the tail. Please check your center and hop_length settings.")
        found = padded(found, (0, end - whole))
    return reshaped(found, found.shape[1:]) if input.ndim == 2 else found


def _check_istft(x: Node, n_fft: int, hop: int, win: int, window: Node | None,
                 onesided: bool | None) -> None:
    def check(holds: bool, text: str) -> None:
        _check("istft", x, window, holds, text)

    if not x.dtype.is_complex:
        raise RuntimeError("istft requires a complex-valued input tensor matching the output from "
                           "stft with return_complex=True.")
    if x.ndim < 2:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got -2)")
    check(x.size != 0, "input tensor cannot be empty.")
    check(x.ndim in (2, 3), "expected a tensor with 2 or 3 dimensions")
    bins = x.shape[-2]
    if onesided or (onesided is None and bins != n_fft):
        check(bins == n_fft // 2 + 1, "expected the frequency dimension (3rd to the last) of the "
              f"input tensor to match n_fft / 2 + 1 when onesided=True, but got {bins}")
    else:
        check(bins == n_fft, "expected the frequency dimension (3rd to the last) of the input "
              f"tensor to match n_fft when onesided=False, but got {bins}")
    check(0 < hop <= win, "expected 0 < hop_length <= win_length")
    check(0 < win <= n_fft, "expected 0 < win_length <= n_fft")
    check(window is None or window.shape == (win,),
          "Invalid window shape. window has to be 1D and length of `win_length`")
