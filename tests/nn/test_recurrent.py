"""Recurrent layers by themselves: equal ways to compute the same thing, shapes, errors, recording.

Numbers beside PyTorch's are in ``tests/oracle/test_rnn_oracle.py``.
"""

from __future__ import annotations

from typing import Any

import pytest

import wengert as torch
from wengert import nn
from wengert.engine.recording.tree import tree

rnn = nn.utils.rnn
CELLS = {"RNN": nn.RNNCell, "GRU": nn.GRUCell, "LSTM": nn.LSTMCell}
KINDS = list(CELLS)


def close(a: Any, b: Any) -> None:
    torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


def layer_of(kind: str, *args: Any, **kwargs: Any) -> Any:
    torch.manual_seed(0)
    return getattr(nn, kind)(*args, **kwargs)


def hidden(state: Any) -> Any:
    return state[0] if isinstance(state, tuple) else state


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_its_cell_step_by_step(kind: str) -> None:
    layer, cell = layer_of(kind, 3, 4), CELLS[kind](3, 4)
    cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
    x = torch.randn(5, 2, 3)
    out, state = layer(x)
    h: Any = None
    for t in range(5):
        h = cell(x[t], h)
        close(out[t], hidden(h))
    close(hidden(state)[0], hidden(h))


@pytest.mark.parametrize("kind", KINDS)
def test_layouts_agree(kind: str) -> None:
    layer = layer_of(kind, 3, 4, 2, bidirectional=True)
    first = getattr(nn, kind)(3, 4, 2, bidirectional=True, batch_first=True)
    first.load_state_dict(layer.state_dict())
    x = torch.randn(5, 2, 3)
    out, state = layer(x)
    close(first(x.transpose(0, 1))[0].transpose(0, 1), out)
    one, one_state = layer(x[:, 1])
    close(one, out[:, 1])
    close(hidden(one_state), hidden(state)[:, 1])
    assert out.shape == (5, 2, 8) and hidden(state).shape == (4, 2, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_direction_is_the_first_on_the_reversed_input(kind: str) -> None:
    layer, one = layer_of(kind, 3, 4, bidirectional=True), getattr(nn, kind)(3, 4)
    one.load_state_dict({k.removesuffix("_reverse"): v for k, v in layer.state_dict().items()
                         if k.endswith("_reverse")})
    x = torch.randn(5, 2, 3)
    close(layer(x)[0][:, :, 4:], one(x.flip(0))[0].flip(0))


@pytest.mark.parametrize("kind", KINDS)
def test_packed_sequences_are_each_by_itself(kind: str) -> None:
    layer = layer_of(kind, 3, 4, bidirectional=True)
    parts = [torch.randn(n, 3) for n in (2, 5, 3)]
    out, state = layer(rnn.pack_sequence(parts, enforce_sorted=False))
    assert isinstance(out, rnn.PackedSequence)
    for i, (part, found) in enumerate(zip(parts, rnn.unpack_sequence(out), strict=True)):
        alone, final = layer(part)
        close(found, alone)
        close(hidden(state)[:, i], hidden(final))


def test_dropout_is_between_layers_and_in_training_only() -> None:
    layer = layer_of("GRU", 3, 4, 2, dropout=0.5)
    x = torch.randn(5, 2, 3)
    a, b = layer(x)[0], layer(x)[0]
    assert not torch.equal(a, b)
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
        nn.GRU(3, 4, dropout=0.5)


def test_projections() -> None:
    layer = layer_of("LSTM", 3, 4, 2, proj_size=2)
    out, (h, c) = layer(torch.zeros(5, 2, 3))
    assert out.shape == (5, 2, 2) and h.shape == (2, 2, 2) and c.shape == (2, 2, 4)
    assert list(layer.state_dict())[4] == "weight_hr_l0"


def test_a_long_sequence_learns() -> None:
    """The sum of a sequence of numbers, by a GRU; every step is one path."""
    torch.manual_seed(0)
    model, read = nn.GRU(1, 8, batch_first=True), nn.Linear(8, 1)
    parameters = [*model.parameters(), *read.parameters()]
    x = torch.rand(16, 12, 1)
    losses = []
    for _ in range(30):
        loss = ((read(model(x)[0][:, -1]) - x.mean(1)) ** 2).mean()
        for p, g in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            p.data -= 0.1 * g
        losses.append(loss)
    assert losses[-1].item() < 0.2 * losses[0].item()


@pytest.mark.skipif(torch.config.tier == "eager", reason="the eager tier keeps no paths")
@pytest.mark.parametrize("kind", KINDS)
def test_training_is_one_path(kind: str) -> None:
    layer = layer_of(kind, 2, 3, 2, bidirectional=True)
    optimizer = torch.optim.SGD(layer.parameters(), 0.1)
    lengths = torch.tensor([4, 3])

    def turn() -> None:
        optimizer.zero_grad()
        packed = rnn.pack_padded_sequence(torch.randn(4, 2, 2), lengths)
        out, state = layer(packed)
        loss = rnn.pad_packed_sequence(out)[0].sum() + hidden(state).sum()
        loss = loss + layer(torch.randn(4, 2, 2))[0].sum()
        loss.backward()
        nn.utils.clip_grad_norm_(layer.parameters(), 1.0)
        optimizer.step()

    for _ in range(16):
        turn()
    before = tree.made
    for _ in range(3):
        turn()
    assert tree.made == before


def test_gradients_reach_states_and_weights() -> None:
    layer = layer_of("LSTM", 2, 3).double()
    x, h, c = (torch.randn(*shape, dtype=torch.float64, requires_grad=True)
               for shape in ((3, 2, 2), (1, 2, 3), (1, 2, 3)))
    assert torch.autograd.gradcheck(lambda x, h, c: layer(x, (h, c))[0], (x, h, c),
                                    nondet_tol=1e-12)   # tiers differ in the last bits
    layer(x, (h, c))[1][1].sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in layer.parameters())


def test_other_weights_take_part() -> None:
    layer = layer_of("GRU", 2, 3)
    zeros = {name: torch.zeros_like(p) for name, p in layer.named_parameters()}
    out = torch.func.functional_call(layer, zeros, (torch.ones(4, 1, 2),))[0]
    assert not out.any()
    nn.utils.parametrizations.weight_norm(layer, "weight_hh_l0")
    assert layer(torch.ones(4, 1, 2))[0].any()
    assert [len(w) for w in layer.all_weights] == [4]


def test_refused() -> None:
    layer = layer_of("LSTM", 3, 4)
    with pytest.raises(RuntimeError, match=r"input.size\(-1\) must be equal to input_size"):
        layer(torch.zeros(2, 2, 5))
    with pytest.raises(ValueError, match="Expected input to be 2D or 3D"):
        layer(torch.zeros(3))
    with pytest.raises(ValueError, match="does not match weight dtype"):
        layer(torch.zeros(2, 2, 3, dtype=torch.float64))
    with pytest.raises(RuntimeError, match=r"Expected hidden\[1\] size"):
        layer(torch.zeros(2, 2, 3), (torch.zeros(1, 2, 4), torch.zeros(1, 1, 4)))
    with pytest.raises(RuntimeError, match="sequence length to be larger than 0"):
        layer(torch.zeros(0, 2, 3))
    with pytest.raises(TypeError, match="9 positional arguments"):
        torch.gru(torch.zeros(2, 2, 3), torch.zeros(1, 2, 4), [], True)


def test_packing() -> None:
    x = torch.tensor([[1, 2, 3], [4, 0, 0], [5, 6, 0]])
    packed = rnn.pack_padded_sequence(x, [3, 1, 2], batch_first=True, enforce_sorted=False)
    assert packed.data.tolist() == [1, 5, 4, 2, 6, 3]
    assert packed.batch_sizes.tolist() == [3, 2, 1]
    assert packed.sorted_indices.tolist() == [0, 2, 1]
    padded, lengths = rnn.pad_packed_sequence(packed, batch_first=True)
    assert padded.tolist() == x.tolist() and lengths.tolist() == [3, 1, 2]
    assert packed.double().data.dtype is torch.float64 and packed.to(torch.int64) is packed
    assert not packed.is_cuda and packed.cpu() is packed
    with pytest.raises(RuntimeError, match="sorted in decreasing order"):
        rnn.pack_padded_sequence(x, [3, 1, 2], batch_first=True)
    with pytest.raises(RuntimeError, match="at most 3, the padded length"):
        rnn.pack_padded_sequence(x, [4, 1, 2], batch_first=True, enforce_sorted=False)
    with pytest.raises(ValueError, match="Expected total_length"):
        rnn.pad_packed_sequence(packed, total_length=2)


def test_padding() -> None:
    parts = [torch.tensor([1, 2]), torch.tensor([3])]
    assert rnn.pad_sequence(parts).tolist() == [[1, 3], [2, 0]]
    left = rnn.pad_sequence(parts, batch_first=True, padding_value=9, padding_side="left")
    assert left.tolist() == [[1, 2], [9, 3]]
    assert [p.tolist() for p in rnn.unpad_sequence(rnn.pad_sequence(parts), [2, 1])] == [[1, 2],
                                                                                         [3]]
    with pytest.raises(RuntimeError, match="size of the sequences must match"):
        rnn.pad_sequence([torch.zeros(2, 1), torch.zeros(1, 2)])
