"""Recurrent networks as functions: ``torch.lstm``, ``gru``, ``rnn_tanh``, ``rnn_relu``.

Each is called with a padded batch, ``lstm(input, hx, params, ...)``, or with packed sequences,
``lstm(data, batch_sizes, hx, params, ...)``. A layer in a direction is :func:`_run`: one product
for the whole input, then one operation per time step. The steps are in ``functions/recurrent.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..functions.dropout import dropout as drop
from ..tensors.recorded import function

State = tuple[Any, ...]
Cell = Callable[[Any, State, Any], State]

_linear, _stack, _cat = function("linear"), function("stack"), function("cat")
_time_steps, _time_rows = function("time_steps"), function("time_rows")
_grown_rows, _last_rows = function("grown_rows"), function("last_rows")
_lstm_step, _gru_step, _rnn_step = function("lstm_step"), function("gru_step"), function("rnn_step")


class Weights:
    """The weights of one layer in one direction; biases and projection may be missing."""

    __slots__ = ("b_hh", "b_ih", "w_hh", "w_hr", "w_ih")
    b_ih: Any
    b_hh: Any

    def __init__(self, given: Sequence[Any], has_biases: bool) -> None:
        self.w_ih, self.w_hh = given[:2]
        self.b_ih, self.b_hh = given[2:4] if has_biases else (None, None)
        rest = given[4 if has_biases else 2:]
        self.w_hr = rest[0] if rest else None


# One time step. The two biases of an LSTM or a plain cell are one, added to the input's product.
def _lstm_cell(gates: Any, state: State, w: Weights) -> State:
    result: State = _lstm_step(gates, *state, w.w_hh, None, w.w_hr)
    return result


def _gru_cell(gates: Any, state: State, w: Weights) -> State:
    return (_gru_step(gates, state[0], w.w_hh, w.b_hh),)


def _tanh_cell(gates: Any, state: State, w: Weights) -> State:
    return (_rnn_step(gates, state[0], w.w_hh, None, "tanh"),)


def _relu_cell(gates: Any, state: State, w: Weights) -> State:
    return (_rnn_step(gates, state[0], w.w_hh, None, "relu"),)


# A layer in a direction
def _run(cell: Cell, x: Any, initial: State, w: Weights, backwards: bool,
         sizes: tuple[int, ...] | None) -> tuple[Any, State]:
    """The output at each time step, and the final state."""
    bias = w.b_ih if w.b_ih is None or cell is _gru_cell else w.b_ih + w.b_hh
    gates = _linear(x, w.w_ih, bias)
    if sizes is not None:
        return _run_packed(cell, _time_rows(gates, sizes), initial, w, backwards, sizes)
    state, outputs = initial, []
    steps = _time_steps(gates)
    for step in reversed(steps) if backwards else steps:
        state = cell(step, state, w)
        outputs.append(state[0])
    if backwards:
        outputs.reverse()
    return _stack(outputs), state


def _run_packed(cell: Cell, steps: Sequence[Any], initial: State, w: Weights, backwards: bool,
                sizes: tuple[int, ...]) -> tuple[Any, State]:
    """The same over packed sequences, ``sizes[t]`` of which have a step t."""
    outputs = []
    if backwards:
        n = sizes[-1]
        state = initial if n == sizes[0] else tuple(s.narrow(0, 0, n) for s in initial)
        for rows, step in zip(reversed(sizes), reversed(steps), strict=True):
            if rows != n:
                state, n = tuple(map(_grown_rows, state, initial, (rows,) * len(state))), rows
            state = cell(step, state, w)
            outputs.append(state[0])
        outputs.reverse()
        return _cat(outputs), state
    state, states = initial, []
    for step in steps:
        state = cell(step, state, w)
        states.append(state)
    if sizes[-1] != sizes[0]:
        state = tuple(_last_rows(each) for each in zip(*states, strict=True))
    return _cat([s[0] for s in states]), state


# All layers
def network(cell: Cell, x: Any, hx: State, params: Sequence[Any], has_biases: bool,
            num_layers: int, dropout: float, train: bool, bidirectional: bool,
            sizes: tuple[int, ...] | None) -> tuple[Any, ...]:
    """The output of the last layer, and each part of the final state of all layers.

    ``x`` is [T, N, features], or packed rows with the ``sizes`` of the time steps; each of ``hx``
    is [layers * directions, N, hidden].
    """
    if sizes is None and x.shape[0] == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    directions = 2 if bidirectional else 1
    units = num_layers * directions
    each = len(params) // units
    weights = [Weights(params[i * each:(i + 1) * each], has_biases) for i in range(units)]
    initial = list(zip(*[_time_steps(h) for h in hx], strict=True))
    final = []
    for layer in range(num_layers):
        outputs = []
        for d in range(directions):
            i = layer * directions + d
            out, state = _run(cell, x, initial[i], weights[i], d == 1, sizes)
            outputs.append(out)
            final.append(state)
        x = outputs[0] if directions == 1 else _cat(outputs, -1)
        if dropout and train and layer < num_layers - 1:
            x = drop(x, dropout, True)
    return x, *[_stack(part) for part in zip(*final, strict=True)]


def _called(name: str, cell: Cell, args: tuple[Any, ...], pair: bool) -> tuple[Any, ...]:
    """A call in one of the two forms."""
    if len(args) != 9:
        raise TypeError(f"{name}() takes 9 positional arguments but {len(args)} were given")
    if isinstance(args[3], (tuple, list)):
        x, batch_sizes, hx, *rest = args
        rest.append(tuple(batch_sizes.tolist()))
        return network(cell, x, tuple(hx) if pair else (hx,), *rest)
    x, hx, *rest, batch_first = args
    rest.append(None)
    state = tuple(hx) if pair else (hx,)
    out, *final = network(cell, x.transpose(0, 1) if batch_first else x, state, *rest)
    return out.transpose(0, 1) if batch_first else out, *final


def lstm(*args: Any) -> tuple[Any, Any, Any]:
    """``lstm(input, (h, c), params, has_biases, num_layers, dropout, train, bidirectional,
    batch_first)``, or ``lstm(data, batch_sizes, (h, c), params, has_biases, num_layers, dropout,
    train, bidirectional)``: the output and the final states.

    ``params`` lists ``w_ih, w_hh, b_ih, b_hh`` and the projection of each layer and direction; see
    ``torch.nn.LSTM`` for the formula.
    """
    out, h, c = _called("lstm", _lstm_cell, args, True)
    return out, h, c


def gru(*args: Any) -> tuple[Any, Any]:
    """As :func:`lstm`, with one state: the output and the final state; see ``torch.nn.GRU``."""
    out, h = _called("gru", _gru_cell, args, False)
    return out, h


def rnn_tanh(*args: Any) -> tuple[Any, Any]:
    """As :func:`lstm`, with one state: the output and the final state; see ``torch.nn.RNN``."""
    out, h = _called("rnn_tanh", _tanh_cell, args, False)
    return out, h


def rnn_relu(*args: Any) -> tuple[Any, Any]:
    """As :func:`rnn_tanh`, with ``relu``."""
    out, h = _called("rnn_relu", _relu_cell, args, False)
    return out, h


__all__ = ["gru", "lstm", "rnn_relu", "rnn_tanh"]
