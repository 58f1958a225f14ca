"""Recurrent layers, cells and packed sequences against PyTorch: numbers, gradients, errors, texts.

What one composition computes, with second derivatives and forward mode, is in the first part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from against_torch import agree, numbers

import wengert

torch = pytest.importorskip("torch", reason="torch is not installed")


# ---- compositions ----
def theirs_lstm(gates: Any, h: Any, c: Any, w: Any, b: Any, r: Any = None) -> Any:
    i, f, g, o = (gates + h @ w.T + b).chunk(4, -1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    h = o.sigmoid() * c.tanh()
    return (h if r is None else h @ r.T), c


def theirs_gru(gates: Any, h: Any, w: Any, b: Any) -> Any:
    own = (h @ w.T + b).chunk(3, -1)
    r, z, n = gates.chunk(3, -1)
    r, z = (r + own[0]).sigmoid(), (z + own[1]).sigmoid()
    n = (n + r * own[2]).tanh()
    return (1 - z) * n + z * h


def test_steps() -> None:
    w, b = numbers(12, 3), numbers(12)
    agree("lstm_step", numbers(2, 12), numbers(2, 3), numbers(2, 3, seed=1), w, b,
          torch_fn=theirs_lstm)
    agree("lstm_step", numbers(2, 12), numbers(2, 2), numbers(2, 3), numbers(12, 2), b,
          numbers(2, 3, seed=4), torch_fn=theirs_lstm)
    agree("gru_step", numbers(2, 9), numbers(2, 3), numbers(9, 3), numbers(9),
          torch_fn=theirs_gru)
    agree("rnn_step", numbers(2, 3), numbers(2, 3, seed=1), numbers(3, 3), numbers(3),
          torch_fn=lambda g, h, w, b: (g + h @ w.T + b).tanh())


def test_rows() -> None:
    x = numbers(7, 2)
    agree("time_steps", x, torch_fn=lambda x: tuple(x.unbind(0)))
    agree("time_rows", x, sizes=(3, 3, 1),
          torch_fn=lambda x, sizes: tuple(x.split(list(sizes))))
    agree("grown_rows", numbers(2, 3), numbers(4, 3), rows=4,
          torch_fn=lambda a, b, rows: torch.cat([a, b[2:]]))


@pytest.mark.parametrize(("name", "gates"), [("gru_cell", 3), ("rnn_tanh_cell", 1),
                                             ("rnn_relu_cell", 1)])
def test_cells(name: str, gates: int) -> None:
    weights = [numbers(gates * 3, 4), numbers(gates * 3, 3), numbers(gates * 3), numbers(gates * 3)]
    agree(name, numbers(2, 4), numbers(2, 3), *weights)
    agree(name, numbers(2, 4), numbers(2, 3), *weights[:2])


# ---- layers ----
def both(run: Callable[[Any], Any], *, rtol: float = 1e-9) -> None:
    """``run`` gives the same arrays with both libraries, from the same seed."""
    found = []
    for side in (torch, wengert):
        side.manual_seed(0)
        found.append([x.detach().numpy() for x in flat(run(side))])
    assert len(found[0]) == len(found[1])
    for a, b in zip(*found, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(b, a, rtol, rtol)


def flat(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [x for each in value if each is not None for x in flat(each)]
    return [value]


def at(side: Any, *shape: int, seed: int = 0) -> Any:
    return side.from_numpy(numbers(*shape, seed=seed)).requires_grad_()


def with_gradients(side: Any, module: Any, inputs: list[Any], outputs: Any) -> Any:
    """The outputs, and the gradients of a function of all of them."""
    total = sum(((i + 1.0) * x.sin()).sum() for i, x in enumerate(flat(outputs))
                if x.requires_grad)
    return outputs, side.autograd.grad(total, [*inputs, *module.parameters()])


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("lengths", [[5, 3, 3, 1], [4], [2, 2], [1, 1, 1]])
def test_packed(kind: str, lengths: list[int]) -> None:
    def run(side: Any) -> Any:
        rnn = side.nn.utils.rnn
        layer = getattr(side.nn, kind)(3, 4, 2, bidirectional=True, dropout=0.4).double()
        parts = [at(side, n, 3, seed=i) for i, n in enumerate(lengths)]
        packed = rnn.pack_sequence(parts)
        out, state = layer(packed)
        padded, found = rnn.pad_packed_sequence(out, padding_value=2.0, total_length=6)
        return with_gradients(side, layer, parts, [padded, state, *rnn.unpack_sequence(out)]), (
            found, out.batch_sizes)
    both(run)


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_unsorted_with_states(kind: str) -> None:
    def run(side: Any) -> Any:
        rnn = side.nn.utils.rnn
        layer = getattr(side.nn, kind)(3, 4, bidirectional=True, batch_first=True).double()
        x, h, c = at(side, 4, 5, 3), at(side, 2, 4, 4, seed=1), at(side, 2, 4, 4, seed=2)
        packed = rnn.pack_padded_sequence(x, side.tensor([2, 5, 1, 5]), batch_first=True,
                                          enforce_sorted=False)
        states = (h, c) if kind == "LSTM" else h
        out, state = layer(packed, states)
        padded, lengths = rnn.pad_packed_sequence(out, batch_first=True)
        return with_gradients(side, layer, [x, *flat(states)], [padded, state]), lengths, (
            packed.sorted_indices, packed.unsorted_indices)
    both(run)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
def test_functions(name: str) -> None:
    gates = {"lstm": 4, "gru": 3}.get(name, 1)

    def run(side: Any) -> Any:
        params = [at(side, gates * 4, 3), at(side, gates * 4, 4)]
        h = at(side, 1, 2, 4)
        hx = (h, at(side, 1, 2, 4, seed=3)) if name == "lstm" else h
        fn, x = getattr(side, name), at(side, 2, 5, 3)
        padded = fn(x, hx, params, False, 1, 0.0, False, False, True)
        packed = side.nn.utils.rnn.pack_sequence([x[0], x[1, :2]])
        return padded, fn(packed.data, packed.batch_sizes, hx, params, False, 1, 0.0, False, False)
    both(run)


def test_second_derivatives() -> None:
    def run(side: Any) -> Any:
        layer = side.nn.LSTM(3, 4).double()
        x = at(side, 3, 2, 3)
        grads = side.autograd.grad(layer(x)[0].sin().sum(), [x, *layer.parameters()],
                                   create_graph=True)
        return side.autograd.grad(sum((g * g).sum() for g in grads), [x, *layer.parameters()])
    both(run)


def test_sequences() -> None:
    def run(side: Any) -> Any:
        rnn = side.nn.utils.rnn
        parts = [at(side, n, 2, seed=n) for n in (3, 1, 2)]
        padded = [rnn.pad_sequence(parts, first, -1.0, where)
                  for first in (True, False) for where in ("left", "right")]
        back = rnn.unpad_sequence(padded[1], side.tensor([3, 1, 2]), batch_first=True)
        packed = rnn.pack_sequence(parts, enforce_sorted=False)
        grads = side.autograd.grad(sum((i + 1) * p.sin().sum() for i, p in enumerate(padded))
                                   + (packed.data ** 2).sum(), parts)
        return padded, back, tuple(packed), grads, rnn.unpack_sequence(packed)
    both(run)


# ---- errors and texts ----
X = "torch.zeros(2, 2, 3)"
REFUSED = [
    "nn.LSTM(3, 4)(torch.zeros(2, 2, 2, 2))", "nn.RNN(3, 4)(torch.zeros(2, 2, 2, 2))",
    "nn.LSTM(3, 4)(torch.zeros(2, 2, 5))", f"nn.GRU(3, 4)({X}, torch.zeros(2, 4))",
    f"nn.LSTM(3, 4)({X}, (torch.zeros(2, 4), torch.zeros(2, 4)))",
    "nn.GRU(3, 4)(torch.zeros(2, 3), torch.zeros(1, 2, 4))",
    "nn.LSTM(3, 4)(torch.zeros(2, 3), (torch.zeros(1, 1, 4), torch.zeros(1, 1, 4)))",
    f"nn.LSTM(3, 4)({X}.double())",
    f"nn.LSTM(3, 4)({X}, (torch.zeros(2, 2, 4), torch.zeros(1, 2, 4)))",
    f"nn.LSTM(3, 4)({X}, (torch.zeros(1, 2, 4), torch.zeros(1, 1, 4)))",
    f"nn.GRU(3, 4)({X}, torch.zeros(2, 2, 4))", "nn.LSTM(3, 4)(torch.zeros(0, 2, 3))",
    "nn.LSTM(3, 4.0)", "nn.LSTM(3, 0)", "nn.LSTM(3, 4, 0)", "nn.LSTM(3, 4, dropout=2.0)",
    "nn.LSTM(3, 4, dropout=True)", "nn.LSTM(3, 4, proj_size=4)", "nn.LSTM(3, 4, proj_size=-4)",
    "nn.GRU(3, 4, proj_size=2)", "nn.RNN(3, 4, proj_size=2)", "nn.RNN(3, 4, nonlinearity='x')",
    "nn.RNNBase('X', 3, 4)", "nn.RNNCell(3, 4)(torch.zeros(1, 1, 3))",
    "nn.LSTMCell(3, 4)(torch.zeros(2, 3), (torch.zeros(1, 1, 4), torch.zeros(2, 4)))",
    "nn.RNNCell(3, 4)(torch.zeros(1, 5))", "nn.RNNCell(3, 4)(torch.zeros(1, 3), torch.zeros(1, 5))",
    "nn.GRUCell(3, 4)(torch.zeros(2, 3), torch.zeros(1, 4))",
    "nn.RNNCell(3, 4, nonlinearity='x')(torch.zeros(2, 3))",
    "torch.lstm_cell(torch.zeros(1, 3), (torch.zeros(1, 4),), torch.zeros(16, 3), "
    "torch.zeros(16, 4))",
    "rnn.pad_sequence(3)", "rnn.pad_sequence([])",
    "rnn.pad_sequence([torch.zeros(2)], padding_side='x')",
    "rnn.pack_padded_sequence(torch.zeros(2, 2), [1, 2])",
    "rnn.pack_padded_sequence(torch.zeros(2, 2), [2, 0])",
    "rnn.pack_padded_sequence(torch.zeros(2, 2), [2])",
    "rnn.pack_padded_sequence(torch.zeros(0, 2), [3, 2])",
    "rnn.pad_packed_sequence(rnn.pack_sequence([torch.zeros(3)]), total_length=2)",
]
TEXTS = [
    "nn.RNN(3, 4, 2, 'relu', False, True, .1, True)",
    "nn.LSTM(3, 4, 2, False, True, .1, True, 2)", "nn.RNNBase('LSTM', 3, 4)",
    "nn.RNNCell(3, 4, nonlinearity='relu', bias=False)", "nn.GRUCell(3, 4)",
    "nn.LSTM(3, 4, 2)._flat_weights_names", "nn.LSTM(3, 4, 2, bidirectional=True)._all_weights",
    "rnn.pack_sequence([torch.ones(2), torch.zeros(1)], enforce_sorted=False)",
    "rnn.pack_sequence([torch.ones(2), torch.zeros(1)]).to(torch.float64)",
    "nn.LSTM(3, 4, proj_size=2).get_expected_cell_size(torch.zeros(2, 5, 3), None)",
]


def run_text(side: Any, text: str) -> Any:
    return eval(text, {"torch": side, "nn": side.nn, "rnn": side.nn.utils.rnn})


@pytest.mark.parametrize("text", REFUSED)
def test_errors(text: str) -> None:
    with pytest.raises(Exception) as wanted:
        run_text(torch, text)
    with pytest.raises(type(wanted.value)) as found:
        run_text(wengert, text)
    start = str(wanted.value)[:40].rstrip(". ")
    assert str(found.value).startswith(start), (str(found.value), str(wanted.value))


@pytest.mark.parametrize("text", TEXTS)
def test_texts(text: str) -> None:
    assert str(run_text(wengert, text)) == str(run_text(torch, text))
