"""Recurrent cells and networks: ``lstm_cell``, ``gru_cell``, ``lstm``, ``gru``, ``rnn_tanh``, ...

A network (:func:`network`) runs layer after layer in each direction (:func:`_run`). A layer makes
one product of its whole input with the input weights, takes it apart along time
(:func:`time_steps`, :func:`time_rows`), and records one operation per time step: ``lstm_step``,
``gru_step``, ``rnn_step``. The cells of ``torch`` (``lstm_cell``, ``gru_cell``, ``rnn_tanh_cell``,
``rnn_relu_cell``) are the same with their own input product.

Each network is called with a padded batch, ``lstm(input, hx, params, ...)``, or with packed
sequences, ``lstm(data, batch_sizes, hx, params, ...)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.graph import Node
from ..engine.ops import contract as ct
from ..engine.ops import elementwise as el
from ..engine.ops.structural import concatenate
from ..engine.recording.operation import Nodes, operation
from ..tensors.recorded import function
from .dropout import dropout as drop
from .joins import cat, stack
from .linear import linear
from .shape import called, cut, reshaped, t


# Taking apart
def halved(x: Node, axis: int, lengths: Sequence[int]) -> list[Node]:
    """Consecutive parts of ``x`` along ``axis``, each a part of a half of a half of it.

    The derivative of a slice has the size of what was sliced, so T slices of the whole cost T times
    the whole on the way back; by halves it is log T times.
    """
    n = len(lengths)
    if n == 1:
        return [x]
    middle, parts = n // 2, []
    start = 0
    for some in lengths[:middle], lengths[middle:]:
        length = sum(some)
        parts += halved(cut(x, axis, start, length), axis, some)
        start += length
    return parts


@operation("UnbindBackward0", methods=())
def time_steps(input: Node) -> Nodes:
    """The elements of the first dimension, one by one."""
    return tuple(reshaped(x, x.shape[1:]) for x in halved(input, 0, [1] * input.shape[0]))


@operation("SplitWithSizesBackward0", methods=())
def time_rows(input: Node, sizes: tuple[int, ...]) -> Nodes:
    """Consecutive rows, as many as ``sizes`` says."""
    return tuple(halved(input, 0, sizes))


def _first_rows(x: Node, like: Node) -> Node:
    """As many rows as ``like`` has: where shorter sequences have ended, there are fewer."""
    rows = like.shape[0]
    return x if like.ndim == 1 or x.shape[0] == rows else cut(x, 0, 0, rows)


@operation("CatBackward0", methods=())
def grown_rows(state: Node, initial: Node, rows: int) -> Node:
    """``state`` with further rows of ``initial``, up to ``rows``: read from their ends, sequences
    begin at different steps."""
    have = state.shape[0]
    if have == rows:
        return state
    return concatenate(state, cut(initial, 0, have, rows - have), axis=0)


@operation("CatBackward0", methods=())
def last_rows(states: Nodes) -> Node:
    """The final state of each sequence from the states after each time step, whose number of rows
    does not grow: a row's last one."""
    parts = []
    for i, state in enumerate(states):
        after = states[i + 1].shape[0] if i + 1 < len(states) else 0
        if after < state.shape[0]:
            parts.append(cut(state, 0, after, state.shape[0] - after))
    parts.reverse()
    return parts[0] if len(parts) == 1 else concatenate(*parts, axis=0)


# One time step, after the input's product
def _recurrent(hx: Node, weight: Node, bias: Node | None) -> Node:
    if hx.ndim == 1:
        return linear(hx, weight, bias)
    out = ct.matmul(hx, t(weight))
    return out if bias is None else el.add(out, bias)


def _lstm(gates: Node, cx: Node, weight_hr: Node | None) -> tuple[Node, Node]:
    axis, n = gates.ndim - 1, gates.shape[-1] // 4
    first, second = halved(gates, axis, [2 * n, 2 * n])
    i, f = halved(el.sigmoid(first), axis, [n, n])
    g, o = halved(second, axis, [n, n])
    cy = el.add(el.mul(f, cx), el.mul(i, el.tanh(g)))
    hy = el.mul(el.sigmoid(o), el.tanh(cy))
    return hy if weight_hr is None else _recurrent(hy, weight_hr, None), cy


@operation("MulBackward0", methods=())
def lstm_step(gates: Node, hx: Node, cx: Node, weight_hh: Node, bias_hh: Node | None = None,
              weight_hr: Node | None = None) -> tuple[Node, Node]:
    """The next hidden and cell state; ``gates`` is the input's product, with its bias.

    ``i, f, g, o = gates + weight_hh h``; ``c' = sigmoid(f) c + sigmoid(i) tanh(g)``;
    ``h' = sigmoid(o) tanh(c')`` (Hochreiter and Schmidhuber, 1997, with forget gates), projected by
    ``weight_hr`` if there is one.
    """
    hx, cx = _first_rows(hx, gates), _first_rows(cx, gates)
    return _lstm(el.add(gates, _recurrent(hx, weight_hh, bias_hh)), cx, weight_hr)


@operation("AddBackward0", methods=())
def gru_step(gates: Node, hx: Node, weight_hh: Node, bias_hh: Node | None = None) -> Node:
    """The next hidden state; ``gates`` is the input's product, with its bias.

    ``r`` and ``z`` are sigmoids of their gates, ``n = tanh(gates_n + r (weight_hn h + bias_hn))``,
    and ``h' = (1 - z) n + z h`` (Cho et al., 2014).
    """
    hx = _first_rows(hx, gates)
    own = _recurrent(hx, weight_hh, bias_hh)
    size = hx.shape[-1]
    axis = gates.ndim - 1
    first, new = halved(gates, axis, [2 * size, size])
    own_first, own_new = halved(own, axis, [2 * size, size])
    r, z = halved(el.sigmoid(el.add(first, own_first)), axis, [size, size])
    n = el.tanh(el.add(new, el.mul(r, own_new)))
    return el.add(el.mul(el.sub(hx, n), z), n)


@operation("TanhBackward0", methods=())
def rnn_step(gates: Node, hx: Node, weight_hh: Node, bias_hh: Node | None = None,
             nonlinearity: str = "tanh") -> Node:
    """``tanh(gates + weight_hh h)``, or ``relu`` of it; ``gates`` is the input's product."""
    out = el.add(gates, _recurrent(_first_rows(hx, gates), weight_hh, bias_hh))
    return el.tanh(out) if nonlinearity == "tanh" else el.relu(out)


# The cells of torch
def _check_cell(input: Node, hx: Node, w_ih: Node, w_hh: Node, gates: int) -> None:
    if input.shape[-1] != w_ih.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {input.shape[-1]} expected "
                           f"{w_ih.shape[1]}")
    size = w_hh.shape[1]
    if hx.shape[-1] != size:
        raise RuntimeError(f"hidden0 has inconsistent hidden_size: got {hx.shape[-1]}, expected "
                           f"{size}")
    if input.ndim == 2 and hx.ndim == 2 and input.shape[0] != hx.shape[0]:
        raise RuntimeError(f"Input batch size {input.shape[0]} doesn't match hidden0 batch size "
                           f"{hx.shape[0]}")
    if w_hh.shape[0] != gates * size:
        raise RuntimeError(f"weight_hh has {w_hh.shape[0]} rows, expected {gates} times the hidden "
                           f"size {size}")


@operation("MulBackward0", methods=())
def lstm_cell(input: Node, hx: Nodes, w_ih: Node, w_hh: Node, b_ih: Node | None = None,
              b_hh: Node | None = None) -> tuple[Node, Node]:
    """One step of an LSTM: input (N, n), hx a pair of (N, H); the next pair.

    RuntimeError where sizes do not fit.
    """
    if len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    _check_cell(input, hx[0], w_ih, w_hh, 4)
    hy, cy = lstm_step(linear(input, w_ih, b_ih), hx[0], hx[1], w_hh, b_hh)
    return hy, called(cy, "AddBackward0", input, *hx)


@operation("AddBackward0", methods=())
def gru_cell(input: Node, hx: Node, w_ih: Node, w_hh: Node, b_ih: Node | None = None,
             b_hh: Node | None = None) -> Node:
    """One step of a GRU: input (N, n), hx (N, H); RuntimeError where sizes do not fit."""
    _check_cell(input, hx, w_ih, w_hh, 3)
    return gru_step(linear(input, w_ih, b_ih), hx, w_hh, b_hh)


@operation("TanhBackward0", methods=())
def rnn_tanh_cell(input: Node, hx: Node, w_ih: Node, w_hh: Node, b_ih: Node | None = None,
                  b_hh: Node | None = None) -> Node:
    """``tanh(w_ih x + b_ih + w_hh h + b_hh)``: input (N, n), hx (N, H)."""
    _check_cell(input, hx, w_ih, w_hh, 1)
    return rnn_step(linear(input, w_ih, b_ih), hx, w_hh, b_hh, "tanh")


@operation("ReluBackward0", methods=())
def rnn_relu_cell(input: Node, hx: Node, w_ih: Node, w_hh: Node, b_ih: Node | None = None,
                  b_hh: Node | None = None) -> Node:
    """``relu(w_ih x + b_ih + w_hh h + b_hh)``: input (N, n), hx (N, H)."""
    _check_cell(input, hx, w_ih, w_hh, 1)
    return rnn_step(linear(input, w_ih, b_ih), hx, w_hh, b_hh, "relu")


# ---- decided at the call ----


State = tuple[Any, ...]
Cell = Callable[[Any, State, Any], State]

_linear, _stack, _cat = function(linear), function(stack), function(cat)
_time_steps, _time_rows = function(time_steps), function(time_rows)
_grown_rows, _last_rows = function(grown_rows), function(last_rows)
_lstm_step, _gru_step, _rnn_step = function(lstm_step), function(gru_step), function(rnn_step)


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
