"""Random tensors: PyTorch's numbers, in the order of the calls, in place, and in a recording."""

from __future__ import annotations

import pickle

import pytest

import wengert as torch
import wengert.nn.functional as F


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_known_numbers() -> None:
    assert torch.rand(2).tolist() == [0.49625658988952637, 0.7682217955589294]
    torch.manual_seed(0)
    assert torch.randn(2).tolist() == [1.5409960746765137, -0.293428897857666]
    torch.manual_seed(0)
    assert torch.randint(0, 10, (5,)).tolist() == [4, 9, 3, 0, 3]
    torch.manual_seed(0)
    assert torch.randperm(5).tolist() == [4, 0, 1, 3, 2]


def test_numbers_are_drawn_at_the_call() -> None:
    a = torch.rand(2)
    b = torch.rand(2) * 2
    torch.manual_seed(0)
    c = torch.rand(2)
    assert a.tolist() == c.tolist() != b.tolist()


def test_generators() -> None:
    g = torch.Generator().manual_seed(5)
    first = torch.rand(3, generator=g)
    state = g.get_state()
    assert state.dtype is torch.uint8 and state.shape == (5056,)
    second = torch.randn(3, generator=g)
    g.set_state(state)
    assert torch.randn(3, generator=g).tolist() == second.tolist()
    assert g.initial_seed() == 5 and g.device == torch.device("cpu")
    g.manual_seed(5)
    assert torch.rand(3, generator=pickle.loads(pickle.dumps(g))).tolist() == first.tolist()
    with pytest.raises(TypeError, match=r"must be torch.Generator, not int"):
        torch.rand(2, generator=3)
    with pytest.raises(RuntimeError):
        torch.Generator("cuda")
    with pytest.raises(TypeError, match=r"RNG state must be a torch\.ByteTensor"):
        g.set_state(torch.ones(3))


def test_the_default_generator() -> None:
    assert torch.manual_seed(3) is torch.default_generator
    assert torch.initial_seed() == 3
    state = torch.get_rng_state()
    a = torch.rand(3)
    torch.set_rng_state(state)
    assert torch.rand(3).tolist() == a.tolist()
    assert torch.seed() == torch.initial_seed()
    torch.manual_seed(-1)
    assert torch.initial_seed() == 2**64 - 1


def test_sizes_and_dtypes() -> None:
    assert torch.rand(2, 3).shape == torch.rand((2, 3)).shape == torch.rand(size=(2, 3)).shape
    assert torch.randn(()).shape == ()
    assert torch.rand(2, dtype=torch.float64).dtype is torch.float64
    assert torch.randint(3, (2,)).dtype is torch.int64
    assert torch.randint(low=1, high=3, size=(2,), dtype=torch.int8).dtype is torch.int8
    assert torch.randint_like(torch.ones(2), 1, 3).dtype is torch.float32
    for call in (lambda: torch.rand(), lambda: torch.randint(10), lambda: torch.randint(0, 5, 3),
                 lambda: torch.normal(0.0, 1.0)):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(NotImplementedError, match="not implemented for 'Long'"):
        torch.rand(2, dtype=torch.int64)


def test_normal() -> None:
    means = torch.tensor([[0.0], [100.0]])
    assert torch.normal(means, torch.zeros(3)).tolist() == [[0, 0, 0], [100, 100, 100]]
    assert torch.normal(2.0, torch.zeros(2)).tolist() == [2.0, 2.0]
    assert torch.normal(torch.ones(2), 0.0).tolist() == [1.0, 1.0]
    assert torch.normal(0.0, 1.0, (4,)).shape == (4,)


def test_bernoulli_and_multinomial() -> None:
    assert torch.bernoulli(torch.tensor([0.0, 1.0])).tolist() == [0.0, 1.0]
    assert torch.bernoulli(torch.tensor([5, 5]), 1.0).tolist() == [1, 1]
    assert torch.multinomial(torch.tensor([0.0, 1.0]), 1).tolist() == [1]
    assert torch.tensor([[0.0, 1.0], [1.0, 0.0]]).multinomial(1).tolist() == [[1], [0]]
    with pytest.raises(RuntimeError, match="without replacement"):
        torch.ones(2).multinomial(3)
    out = torch.zeros(1, dtype=torch.int64)
    assert torch.multinomial(torch.tensor([0.0, 1.0]), 1, out=out) is out and out.tolist() == [1]
    for shape in [(), (1, 2, 3)]:
        with pytest.raises(RuntimeError, match="prob_dist must be 1 or 2 dim"):
            torch.ones(shape).multinomial(1)
    with pytest.raises(RuntimeError, match="expects Long tensor out, got: Int"):
        torch.multinomial(torch.ones(2), 1, out=torch.zeros(1, dtype=torch.int32))


def test_fillers_write_to_the_tensor() -> None:
    x = torch.zeros(2, 3)
    row = x[0]
    version = x._version
    assert x.uniform_(5, 6) is x
    assert row.tolist() == x.tolist()[0] and min(row.tolist()) >= 5
    assert x._version == version + 1
    row.fill_(0)
    row.normal_(100, 1)
    assert all(value > 90 for value in x.tolist()[0])
    array = x.numpy()
    x.random_(3, 4)
    assert array.tolist() == [[3, 3, 3], [3, 3, 3]]


def test_every_filler() -> None:
    x = torch.zeros(1000, dtype=torch.float64)
    assert abs(x.uniform_().mean().item() - 0.5) < 0.05
    assert abs(x.normal_(2, 3).mean().item() - 2) < 0.5
    assert abs(x.exponential_(2).mean().item() - 0.5) < 0.1
    assert abs(x.geometric_(0.5).mean().item() - 2) < 0.3
    assert abs(x.log_normal_(0, 0.5).log().mean().item()) < 0.1
    assert abs(x.bernoulli_(0.3).mean().item() - 0.3) < 0.1
    assert x.cauchy_().isfinite().all().item()
    assert x.random_(10).max().item() == 9 and x.min().item() == 0
    assert torch.zeros(3).bernoulli_(torch.tensor([0.0, 1.0, 1.0])).tolist() == [0, 1, 1]


def test_fillers_and_leaves() -> None:
    w = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"\(uniform_\)"):
        w.uniform_()
    state = torch.get_rng_state()
    with torch.no_grad():
        w.uniform_()
    assert w.requires_grad and w.is_leaf
    torch.set_rng_state(state)
    assert w.tolist() == torch.rand(2).tolist()


def test_a_refused_draw_takes_no_numbers() -> None:
    w = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError):
        w.normal_()
    assert torch.rand(1).item() == pytest.approx(0.49625659)


def test_dropout_and_its_gradient() -> None:
    w = torch.ones(8, requires_grad=True)
    y = F.dropout(w, 0.5)
    (y * 3).sum().backward()
    assert set(y.tolist()) == {0.0, 2.0}
    assert w.grad.tolist() == [3 * value for value in y.tolist()]
    assert F.dropout(w, 0.5, training=False) is w
    assert F.dropout(w, 0.0) is w
    assert F.dropout(w, 1.0).tolist() == [0.0] * 8
    x = torch.ones(4)
    assert F.dropout(x, 0.5, inplace=True) is x
    with pytest.raises(ValueError, match=r"has to be between 0 and 1, but got 1\.5"):
        F.dropout(w, 1.5)


def test_dropout_of_a_view_of_one_element_has_no_dimensions() -> None:
    w = torch.ones(2, requires_grad=True)
    for x in (w[0], w.detach()[1], (w * w)[0]):
        assert F.dropout(x, 0.3).shape == F.alpha_dropout(x, 0.3, True).shape == ()
    F.dropout(w[1], 0.5).backward()
    assert w.grad.shape == (2,)


def test_dropout_of_channels() -> None:
    y = F.dropout2d(torch.ones(2, 3, 4, 5), 0.5)
    assert all(len(set(channel.flatten().tolist())) == 1 for image in y for channel in image)
    assert F.dropout1d(torch.ones(3, 4), 0.5).shape == (3, 4)
    assert F.alpha_dropout(torch.ones(4), 0.5, training=True).shape == (4,)


def test_each_step_of_a_loop_draws_anew() -> None:
    w = torch.ones(3, requires_grad=True)
    seen = []
    for _ in range(4):
        w.grad = None
        (w * torch.randn(3)).sum().backward()
        seen.append(w.grad.tolist())
    torch.manual_seed(0)
    assert seen == [torch.randn(3).tolist() for _ in range(4)]


def test_drawn_parameters_have_a_zero_gradient() -> None:
    p = torch.full((3,), 0.5, requires_grad=True)
    drawn = torch.bernoulli(p)
    assert drawn.requires_grad
    drawn.sum().backward()
    assert p.grad.tolist() == [0.0, 0.0, 0.0]


def test_chances_that_are_transposed_go_with_what_is_filled() -> None:
    chance = torch.rand(3, 4)
    torch.manual_seed(1)
    plain = torch.zeros(3, 4).bernoulli_(chance)
    torch.manual_seed(1)
    assert torch.equal(torch.zeros(3, 4).t().bernoulli_(chance.t()), plain.t())
    torch.manual_seed(1)
    row = torch.zeros(4, 3).t().bernoulli_(chance[0])
    torch.manual_seed(1)
    assert torch.equal(row, torch.zeros(4, 3).bernoulli_(chance[0][:, None]).t())


def test_numbers_like_a_tensor_with_gaps_are_those_of_one_without() -> None:
    wide = torch.ones(20, 6)
    numbers = torch.randn(20, 3, generator=torch.Generator().manual_seed(1))
    for like in (wide[:, ::2], wide[:, :1].expand(20, 3), wide[:, :3]):
        torch.manual_seed(1)
        assert torch.equal(torch.randn_like(like), numbers)
    torch.manual_seed(1)   # what is transposed is drawn one by one
    turned = torch.randn_like(torch.ones(3, 20).t())
    torch.manual_seed(1)
    assert torch.equal(turned, torch.zeros(3, 20).t().normal_())


def test_the_factor_of_dropout_is_rounded_once() -> None:
    for dtype, kept in ((torch.float16, 1.6669921875), (torch.bfloat16, 1.6640625)):
        y = F.dropout(torch.ones(50, dtype=dtype), 0.4)
        assert y.max().item() == kept


def test_the_bounds_of_rrelu_are_of_its_dtype() -> None:
    torch.manual_seed(6)
    y = F.rrelu(-torch.ones(1000), training=True).double()
    torch.manual_seed(6)
    low, high = 0.125, torch.tensor(1 / 3).item()
    slopes = torch.empty(1000, dtype=torch.float64).uniform_(low, high)
    assert torch.equal(y, -slopes.float().double())
