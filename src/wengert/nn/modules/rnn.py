"""Recurrent layers and their cells: ``RNN``, ``LSTM``, ``GRU``.

:class:`RNNBase` has parameters, checks and the call; the three layers choose the mode. The networks
are functions, in ``functions/recurrent.py``.
"""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from ...amp import is_autocast_cpu_enabled
from ...functions import recurrent
from ...functions.recurrent import gru_cell, lstm_cell, rnn_relu_cell, rnn_tanh_cell
from ...tensors.creation import empty, zeros
from ...tensors.recorded import function
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

_NETWORKS: dict[str, Any] = {"LSTM": recurrent.lstm, "GRU": recurrent.gru,
                             "RNN_TANH": recurrent.rnn_tanh, "RNN_RELU": recurrent.rnn_relu}
_CELLS = {"tanh": rnn_tanh_cell, "relu": rnn_relu_cell}
_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


def _uniform(module: Module, hidden_size: int) -> None:
    bound = 1 / math.sqrt(hidden_size) if hidden_size > 0 else 0
    for parameter in module.parameters():
        init.uniform_(parameter, -bound, bound)


class RNNBase(Module):
    """What the recurrent layers have in common.

    For layer k, with the suffix ``_reverse`` for the second direction: ``weight_ih_lk``
    [gates * hidden_size, features], ``weight_hh_lk`` [gates * hidden_size, hidden_size],
    ``bias_ih_lk``, ``bias_hh_lk`` [gates * hidden_size], and with ``proj_size`` ``weight_hr_lk``
    [proj_size, hidden_size]. All start evenly drawn from [-a, a), ``a = 1 / sqrt(hidden_size)``.
    """

    __constants__ = ("mode", "input_size", "hidden_size", "num_layers", "bias", "batch_first",
                     "dropout", "bidirectional", "proj_size")
    __jit_unused_properties__ = ("all_weights",)

    def __init__(self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1,
                 bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
                 bidirectional: bool = False, proj_size: int = 0, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        _check_sizes(mode, input_size, hidden_size, num_layers, dropout, proj_size)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse") if bidirectional else ("",):
                self._add_weights(layer, suffix, {"device": device, "dtype": dtype})
        self.reset_parameters()

    def _add_weights(self, layer: int, suffix: str, made: dict[str, Any]) -> None:
        state = self.proj_size or self.hidden_size
        rows = _GATES[self.mode] * self.hidden_size
        features = self.input_size if layer == 0 else state * (2 if self.bidirectional else 1)
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (rows, features), "weight_hh": (rows, state)}
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        names = []
        for kind, shape in shapes.items():
            names.append(f"{kind}_l{layer}{suffix}")
            setattr(self, names[-1], Parameter(empty(shape, **made)))
        self._all_weights.append(names)

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name) for names in self._all_weights for name in names]

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters, a list for each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing: it is for a GPU that wants the weights in one block."""

    def reset_parameters(self) -> None:
        """Draw new first values."""
        _uniform(self, self.hidden_size)

    def extra_repr(self) -> str:
        """The sizes, and what is not as by default."""
        parts = [f"{self.input_size}, {self.hidden_size}"]
        if self.proj_size:
            parts.append(f"proj_size={self.proj_size}")
        if self.num_layers != 1:
            parts.append(f"num_layers={self.num_layers}")
        if self.bias is not True:
            parts.append(f"bias={self.bias}")
        if self.batch_first is not False:
            parts.append(f"batch_first={self.batch_first}")
        if self.dropout:
            parts.append(f"dropout={self.dropout}")
        if self.bidirectional is not False:
            parts.append(f"bidirectional={self.bidirectional}")
        return ", ".join(parts)

    # Checks
    def check_input(self, input: Any, batch_sizes: Any) -> None:
        """ValueError for another dtype than the weights', RuntimeError for a wrong shape."""
        wanted = getattr(self, self._all_weights[0][0]).dtype
        if input.dtype is not wanted and not is_autocast_cpu_enabled():
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({wanted}). Convert "
                f"input: input.to({wanted}), or convert model: model.to({input.dtype})")
        ndim = 3 if batch_sizes is None else 2
        if input.dim() != ndim:
            raise RuntimeError(f"input must have {ndim} dimensions, got {input.dim()}")
        if input.size(-1) != self.input_size:
            raise RuntimeError("input.size(-1) must be equal to input_size. Expected "
                               f"{self.input_size}, got {input.size(-1)}")

    def get_expected_hidden_size(self, input: Any, batch_sizes: Any) -> tuple[int, int, int]:
        """The shape that the initial hidden state has to have."""
        return self._state_shape(self._batch(input, batch_sizes), self.proj_size)

    def _batch(self, input: Any, batch_sizes: Any) -> int:
        return int(batch_sizes[0] if batch_sizes is not None
                   else input.shape[0 if self.batch_first else 1])

    def _state_shape(self, batch: int, projected: int) -> tuple[int, int, int]:
        directions = 2 if self.bidirectional else 1
        return self.num_layers * directions, batch, projected or self.hidden_size

    def check_hidden_size(self, hx: Any, expected_hidden_size: tuple[int, int, int],
                          msg: str = "Expected hidden size {}, got {}") -> None:
        """RuntimeError if ``hx`` has another shape."""
        if tuple(hx.shape) != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    # The call
    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The outputs of the last layer, and the final states of all layers.

        ``input`` is [T, N, input_size], or [N, T, input_size] with ``batch_first``, or without N,
        or a ``PackedSequence``; a state is [layers * directions, N, hidden_size], zeros if not
        given. The outputs are [T, N, directions * hidden_size].
        """
        if isinstance(input, PackedSequence):
            return self._packed(input, hx)
        if input.dim() not in (2, 3):
            tensor = " tensor" if self.mode.startswith("RNN") else ""
            raise ValueError(f"{self._get_name()}: Expected input to be 2D or 3D, got "
                             f"{input.dim()}D{tensor} instead")
        batched = input.dim() == 3
        state = self._given_state(hx, batched)
        if not batched:
            input = input.unsqueeze(0 if self.batch_first else 1)
            state = None if state is None else tuple(s.unsqueeze(1) for s in state)
        self.check_input(input, None)
        state = self._checked_state(state, input, self._batch(input, None))
        out, *final = _NETWORKS[self.mode](
            input, self._as_argument(state), self._flat_weights, self.bias, self.num_layers,
            self.dropout, self.training, self.bidirectional, self.batch_first)
        if not batched:
            out = out.squeeze(0 if self.batch_first else 1)
            final = [s.squeeze(1) for s in final]
        return out, self._as_argument(tuple(final))

    def _packed(self, input: PackedSequence, hx: Any) -> tuple[Any, Any]:
        data, batch_sizes, order, back = input
        sizes = batch_sizes.tolist()
        self.check_input(data, sizes)
        state = self._given_state(hx, True)
        state = self._checked_state(state, data, sizes[0])
        if hx is not None and order is not None:
            state = tuple(s.index_select(1, order) for s in state)
        out, *final = _NETWORKS[self.mode](
            data, batch_sizes, self._as_argument(state), self._flat_weights, self.bias,
            self.num_layers, self.dropout, self.training, self.bidirectional)
        if back is not None:
            final = [s.index_select(1, back) for s in final]
        return PackedSequence(out, batch_sizes, order, back), self._as_argument(tuple(final))

    def _as_argument(self, state: tuple[Any, ...]) -> Any:
        return state if self.mode == "LSTM" else state[0]

    def _given_state(self, hx: Any, batched: bool) -> tuple[Any, ...] | None:
        """The given state as a tuple; RuntimeError for a wrong number of dimensions."""
        if hx is None:
            return None
        state = tuple(hx) if self.mode == "LSTM" else (hx,)
        n = 3 if batched else 2
        if any(s.dim() != n for s in state):
            found = ", ".join(f"{s.dim()}-D" for s in state)
            what = (f"hx and cx should also be {n}-D but got ({found}) tensors"
                    if self.mode == "LSTM" else f"hx should also be {n}-D but got {found} tensor")
            raise RuntimeError(f"For {'batched 3-D' if batched else 'unbatched 2-D'} input, {what}")
        return state

    def _checked_state(self, state: tuple[Any, ...] | None, input: Any,
                       batch: int) -> tuple[Any, ...]:
        """The state, zeros where none is given; RuntimeError for a wrong shape."""
        shapes = [self._state_shape(batch, self.proj_size)]
        if self.mode == "LSTM":
            shapes.append(self._state_shape(batch, 0))
        if state is None:
            return tuple(zeros(shape, dtype=input.dtype, device=input.device) for shape in shapes)
        if len(state) != len(shapes):
            raise RuntimeError(f"{self._get_name()} expects {len(shapes)} hidden states, got "
                               f"{len(state)}")
        for i, (each, shape) in enumerate(zip(state, shapes, strict=True)):
            which = f"hidden[{i}]" if self.mode == "LSTM" else "hidden"
            self.check_hidden_size(each, shape, f"Expected {which} size {{}}, got {{}}")
        return state


def _check_sizes(mode: str, input_size: Any, hidden_size: Any, num_layers: Any, dropout: Any,
                 proj_size: Any) -> None:
    if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or (
            not 0 <= dropout <= 1):  # type: ignore[operator]
        raise ValueError("dropout should be a number in range [0, 1] representing the probability "
                         "of an element being zeroed")
    if dropout and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout "
            f"expects num_layers greater than 1, but got dropout={dropout} and "
            f"num_layers={num_layers}", stacklevel=4)
    for name, size in ("input_size", input_size), ("hidden_size", hidden_size):
        if not isinstance(size, int):
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        if size <= 0 and name == "hidden_size":
            raise ValueError("hidden_size must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
    if mode not in _GATES:
        raise ValueError(f"Unrecognized RNN mode: {mode}")


def _no_projection(kwargs: dict[str, Any]) -> None:
    if "proj_size" in kwargs:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """``h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)`` (Elman, 1990), or with ``relu``.

    Arguments: input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
    batch_first=False, dropout=0.0, bidirectional=False, device=None, dtype=None.

    >>> out, h = torch.nn.RNN(3, 4, batch_first=True)(torch.zeros(2, 5, 3))
    >>> out.shape, h.shape
    (torch.Size([2, 5, 4]), torch.Size([1, 2, 4]))
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int = 1,
                 nonlinearity: str = "tanh", *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or "
                             "'relu'.")
        self.__dict__["nonlinearity"] = nonlinearity
        super().__init__(f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers,
                         *args, **kwargs)


class LSTM(RNNBase):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997), with forget gates.

    ``i, f, g, o`` are the quarters of ``W_ih x_t + b_ih + W_hh h_{t-1} + b_hh``; ``c_t =
    sigmoid(f) c_{t-1} + sigmoid(i) tanh(g)`` and ``h_t = sigmoid(o) tanh(c_t)``, projected to
    ``proj_size`` if that is given (Sak et al., 2014).

    Arguments: input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
    bidirectional=False, proj_size=0, device=None, dtype=None.

    >>> out, (h, c) = torch.nn.LSTM(3, 4, 2)(torch.zeros(5, 2, 3))
    >>> out.shape, h.shape, c.shape
    (torch.Size([5, 2, 4]), torch.Size([2, 2, 4]), torch.Size([2, 2, 4]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input: Any, batch_sizes: Any) -> tuple[int, int, int]:
        """The shape that the initial cell state has to have."""
        return self._state_shape(self._batch(input, batch_sizes), 0)


class GRU(RNNBase):
    """Gated recurrent units (Cho et al., 2014).

    ``r, z = sigmoid(W x_t + b + W_h h_{t-1} + b_h)``; ``n = tanh(W_in x_t + b_in + r (W_hn h_{t-1}
    + b_hn))``; ``h_t = (1 - z) n + z h_{t-1}``.

    Arguments: input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
    bidirectional=False, device=None, dtype=None.

    >>> out, h = torch.nn.GRU(3, 4, bidirectional=True)(torch.zeros(5, 2, 3))
    >>> out.shape, h.shape
    (torch.Size([5, 2, 8]), torch.Size([2, 2, 4]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _no_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)


# Cells
class RNNCellBase(Module):
    """What the cells have in common: ``weight_ih`` [num_chunks * hidden_size, input_size],
    ``weight_hh`` [num_chunks * hidden_size, hidden_size], ``bias_ih``, ``bias_hh``."""

    __constants__: tuple[str, ...] = ("input_size", "hidden_size", "bias")

    def __init__(self, input_size: int, hidden_size: int, bias: bool, num_chunks: int,
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        made = {"device": device, "dtype": dtype}
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty((rows, input_size), **made))
        self.weight_hh = Parameter(empty((rows, hidden_size), **made))
        for name in "bias_ih", "bias_hh":
            if bias:
                setattr(self, name, Parameter(empty(rows, **made)))
            else:
                self.register_parameter(name, None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new first values."""
        _uniform(self, self.hidden_size)

    def extra_repr(self) -> str:
        """The sizes, and what is not as by default."""
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = self.__dict__.get("nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"

    def _weights(self) -> tuple[Any, Any, Any, Any]:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _check(self, what: str, tensor: Any) -> None:
        if tensor.dim() not in (1, 2):
            raise ValueError(f"{self._get_name()}: Expected {what} to be 1D or 2D, got "
                             f"{tensor.dim()}D instead")

    def _zeros(self, input: Any) -> Any:
        return zeros((*input.shape[:-1], self.hidden_size), dtype=input.dtype, device=input.device)


class RNNCell(RNNCellBase):
    """One step of an :class:`RNN`: input [N, input_size], hx [N, hidden_size], or both without N.

    >>> torch.nn.RNNCell(3, 4)(torch.zeros(2, 3)).shape
    torch.Size([2, 4])
    """

    __constants__ = ("input_size", "hidden_size", "bias", "nonlinearity")

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True,
                 nonlinearity: str = "tanh", device: Any = None, dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next hidden state, from zeros where ``hx`` is None."""
        if self.nonlinearity not in _CELLS:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        self._check("input", input)
        if hx is None:
            hx = self._zeros(input)
        self._check("hidden", hx)
        return function(_CELLS[self.nonlinearity])(input, hx, *self._weights())


class LSTMCell(RNNCellBase):
    """One step of an :class:`LSTM`: input [N, input_size], hx a pair of [N, hidden_size], or all
    without N; gives the next pair.

    >>> h, c = torch.nn.LSTMCell(3, 4)(torch.zeros(2, 3))
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """The next hidden and cell state, from zeros where ``hx`` is None."""
        self._check("input", input)
        if hx is None:
            hx = (self._zeros(input),) * 2
        for i, each in enumerate(hx):
            self._check(f"hx[{i}]", each)
        h, c = function(lstm_cell)(input, tuple(hx), *self._weights())
        return h, c


class GRUCell(RNNCellBase):
    """One step of a :class:`GRU`: input [N, input_size], hx [N, hidden_size], or both without N.

    >>> torch.nn.GRUCell(3, 4)(torch.zeros(2, 3)).shape
    torch.Size([2, 4])
    """

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The next hidden state, from zeros where ``hx`` is None."""
        self._check("input", input)
        if hx is None:
            hx = self._zeros(input)
        self._check("hidden", hx)
        return function(gru_cell)(input, hx, *self._weights())


__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]
