"""``torch.distributions`` where nothing else is needed to tell what is right."""

from __future__ import annotations

import copy
import math
from typing import ClassVar

import pytest

import wengert as torch
from wengert import distributions as D
from wengert.distributions import constraints
from wengert.distributions.normal import Normal


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_shapes_and_names():
    d = D.Normal(torch.zeros(2, 3), 1.0)
    assert d.batch_shape == (2, 3) and d.event_shape == () and d.sample((4,)).shape == (4, 2, 3)
    assert repr(D.Normal(0.0, 1.0)) == "Normal(loc: 0.0, scale: 1.0)"
    assert repr(d) == "Normal(loc: torch.Size([2, 3]), scale: torch.Size([2, 3]))"
    assert Normal is D.Normal and torch.distributions.normal.Normal is Normal


def test_numbers_that_pytorch_draws_from_this_seed():
    assert D.Normal(0.0, 1.0).sample((3,)).tolist() == pytest.approx(
        [1.5409960746765137, -0.293428897857666, -2.1787893772125244])
    torch.manual_seed(0)
    assert D.Categorical(torch.tensor([0.2, 0.3, 0.5])).sample((6,)).tolist() == [2, 2, 1, 2, 2, 2]


def test_moments_of_many_samples():
    cases = [D.Normal(1.0, 2.0), D.Uniform(-1.0, 3.0), D.Exponential(2.0), D.Gamma(2.0, 3.0),
             D.Beta(2.0, 3.0), D.Laplace(1.0, 0.5), D.Gumbel(0.0, 1.0), D.Bernoulli(0.3),
             D.Poisson(3.0), D.Geometric(0.4), D.Binomial(5, 0.3), D.StudentT(9.0), D.Chi2(3.0),
             D.LogNormal(0.0, 0.3), D.HalfNormal(2.0), D.Weibull(1.0, 2.0), D.Pareto(1.0, 6.0)]
    for d in cases:
        x = d.sample((3000,))
        assert abs(x.mean() - d.mean) < 5 * d.stddev / math.sqrt(3000), d
        assert abs(x.var() / d.variance - 1) < 0.5, d


@pytest.mark.parametrize("make", [
    lambda a, b: D.Gamma(a, b), lambda a, b: D.Beta(a, b), lambda a, b: D.Normal(a, b),
    lambda a, b: D.Weibull(a, b), lambda a, b: D.Laplace(a, b), lambda a, b: D.Gumbel(a, b),
])
def test_gradients_of_samples_are_those_of_the_mean(make):
    a = torch.tensor(1.7, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(0.9, dtype=torch.float64, requires_grad=True)
    d = make(a, b)
    wanted = torch.autograd.grad(d.mean + 0 * b, (a, b), retain_graph=True)
    found = torch.autograd.grad(d.rsample((4000,)).mean(), (a, b))
    for g, w in zip(found, wanted, strict=True):
        assert abs(g - w) < 0.1


def test_slopes_of_gamma_and_beta_numbers_keep_the_quantile():
    """A number moved along its slope has the probability that it had."""
    step = 1e-6
    for shape in (0.05, 0.4, 1.0, 3.0, 40.0, 2000.0):
        a = torch.tensor(shape, dtype=torch.float64, requires_grad=True)
        x = D.Gamma(a, torch.ones((), dtype=torch.float64)).rsample((20,))
        slope = torch.stack([torch.autograd.grad(each, a, retain_graph=True)[0] for each in x])
        with torch.no_grad():
            before = torch.igamma(a.expand(20), x)
            still = torch.igamma((a + step).expand(20), x)
            moved = torch.igamma((a + step).expand(20), x + step * slope)
        off, effect = (moved - before).abs(), (still - before).abs()
        assert (off < 0.02 * effect + 1e-12).all(), shape


def test_a_large_shape_has_a_slope_near_one():
    a = torch.tensor(1e7, dtype=torch.float64, requires_grad=True)
    x = D.Gamma(a, torch.ones((), dtype=torch.float64)).rsample((50,))
    (slope,) = torch.autograd.grad(x.mean(), a)
    assert abs(slope - 1) < 1e-3


@pytest.mark.parametrize("shape", [0.3, 2.0, 40.0])
def test_second_derivatives_of_drawn_gamma_numbers(shape):
    special = pytest.importorskip("scipy.special")
    a = torch.tensor(shape, dtype=torch.float64, requires_grad=True)
    x = D.Gamma(a, 1.0).rsample()
    place = special.gammainc(shape, x.item())

    def moved(by):   # the number whose place in the distribution is the same
        return special.gammaincinv(shape + by, place)
    h = 1e-3 * shape
    slope = (moved(h) - moved(-h)) / (2 * h)
    curve = (moved(h) - 2 * moved(0) + moved(-h)) / h ** 2
    (g,) = torch.autograd.grad(x ** 2, a, create_graph=True)
    assert g.item() == pytest.approx(2 * x.item() * slope, rel=1e-4)
    (g,) = torch.autograd.grad(g, a)
    assert g.item() == pytest.approx(2 * slope ** 2 + 2 * x.item() * curve, rel=1e-3)


def test_second_derivatives_of_drawn_beta_numbers_are_refused():
    a = torch.tensor(2.0, requires_grad=True)
    (g,) = torch.autograd.grad(D.Beta(a, 1.5).rsample() ** 2, a, create_graph=True)
    with pytest.raises(NotImplementedError, match=r"drawn beta or Dirichlet number.*test_distrib"):
        torch.autograd.grad(g, a)


def test_log_prob_sums_to_one():
    assert D.Categorical(logits=torch.randn(5)).log_prob(torch.arange(5)).exp().sum().item() == (
        pytest.approx(1))
    d = D.Binomial(4, 0.3)
    assert d.log_prob(d.enumerate_support()).exp().sum().item() == pytest.approx(1)
    x = torch.linspace(-30, 30, 6001)
    for d in (D.Normal(0.5, 2.0), D.Laplace(0.0, 1.0), D.StudentT(5.0), D.Gumbel(0.0, 1.0)):
        assert torch.trapezoid(d.log_prob(x).exp(), x).item() == pytest.approx(1, abs=1e-3)
    flow = D.TransformedDistribution(D.Normal(0.0, 1.0), [D.AffineTransform(1.0, 2.0)])
    assert torch.trapezoid(flow.log_prob(x).exp(), x).item() == pytest.approx(1, abs=1e-3)


def test_kl_is_the_mean_of_the_difference():
    torch.manual_seed(1)
    pairs = [(D.Normal(0.0, 1.0), D.Normal(1.0, 2.0)), (D.Gamma(2.0, 1.0), D.Gamma(3.0, 2.0)),
             (D.Beta(2.0, 1.0), D.Beta(1.5, 2.0)), (D.Normal(0.0, 1.0), D.Laplace(0.5, 2.0)),
             (D.MultivariateNormal(torch.zeros(2), torch.eye(2)),
              D.MultivariateNormal(torch.ones(2), 2 * torch.eye(2)))]
    for p, q in pairs:
        x = p.sample((8000,))
        mean = (p.log_prob(x) - q.log_prob(x)).mean()
        assert abs(mean - D.kl_divergence(p, q)) < 0.08, p


def test_register_kl():
    class Mine(D.Normal):
        pass

    @D.register_kl(Mine, Mine)
    def formula(p, q):
        return torch.tensor(7.0)

    assert D.kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)) == 7
    assert D.kl_divergence(Mine(0.0, 1.0), D.Normal(0.0, 1.0)) == 0
    with pytest.raises(NotImplementedError, match=r"KL\(p \|\| q\) is implemented for p type Mine"):
        D.kl_divergence(Mine(0.0, 1.0), D.StudentT(1.0))
    with pytest.raises(TypeError, match="type_p"):
        D.register_kl(3, D.Normal)


def test_kl_of_the_nearest_classes():
    class Near(D.Normal):
        pass

    class Nearer(Near):
        pass

    class Apart:
        pass

    D.register_kl(Near, D.Normal)(lambda p, q: "first")
    D.register_kl(D.Normal, Near)(lambda p, q: "second")
    D.register_kl(Apart, D.Normal)(lambda p, q: "apart")
    here, normal = Near(0.0, 1.0), D.Normal(0.0, 1.0)
    assert D.kl_divergence(Nearer(0.0, 1.0), normal) == "first"
    assert D.kl_divergence(normal, here) == "second"
    assert D.kl_divergence(Apart(), normal) == "apart"
    with pytest.warns(RuntimeWarning, match=r"Ambiguous kl_divergence\(Near, Nearer\)"):
        assert D.kl_divergence(here, Nearer(0.0, 1.0)) == "first"


def test_validation():
    with pytest.raises(ValueError, match="Expected parameter scale"):
        D.Normal(0.0, -1.0)
    D.Normal(0.0, -1.0, validate_args=False)
    with pytest.raises(ValueError, match="to be within the support"):
        D.Bernoulli(0.5).log_prob(torch.tensor(0.5))
    with pytest.raises(NotImplementedError, match="Bernoulli"):
        D.Bernoulli(0.5).rsample()
    D.Distribution.set_default_validate_args(False)
    try:
        D.Normal(0.0, -1.0)
    finally:
        D.Distribution.set_default_validate_args(True)


def test_a_policy_gradient():
    """REINFORCE: the gradient of log_prob times a reward learns the better arm."""
    torch.manual_seed(0)
    logits = torch.zeros(3, requires_grad=True)
    for _ in range(150):
        d = D.Categorical(logits=logits)
        action = d.sample()
        loss = -d.log_prob(action) * (action == 2).float()
        (grad,) = torch.autograd.grad(loss, logits)
        with torch.no_grad():
            logits -= 0.3 * grad
    assert D.Categorical(logits=logits).probs[2] > 0.8


def test_transforms_cache_and_compose():
    t = D.ExpTransform(cache_size=1)
    x = torch.randn(3)
    assert t.inv(t(x)) is x
    both = D.ComposeTransform([D.AffineTransform(1.0, 2.0), D.SigmoidTransform()])
    y = both(x)
    torch.testing.assert_close(both.inv(y), x, rtol=1e-4, atol=1e-4)
    h = 1e-3
    slope = (both(x + h) - both(x - h)) / (2 * h)
    torch.testing.assert_close(both.log_abs_det_jacobian(x, y), slope.log(), rtol=1e-2, atol=1e-2)
    assert repr(D.ExpTransform()) == "ExpTransform()" and D.ExpTransform() == D.ExpTransform()


def test_biject_to():
    for constraint in (constraints.positive, constraints.simplex, constraints.unit_interval,
                       constraints.interval(-1.0, 4.0), constraints.less_than(2.0)):
        y = D.biject_to(constraint)(torch.randn(4))
        assert constraint.check(y).all()
    with pytest.raises(NotImplementedError, match="Cannot transform"):
        D.transform_to(constraints.boolean)


def test_what_is_missing_says_so():
    with pytest.raises(AttributeError, match=r"torch.distributions.VonMise is not in wengert"):
        D.VonMise  # noqa: B018
    copy.deepcopy(D.Normal(torch.zeros(2), torch.ones(2))).sample()


FAMILIES = {
    "Bernoulli": lambda x, y: D.Bernoulli(x / 4), "Beta": D.Beta, "Gamma": D.Gamma,
    "Dirichlet": lambda x, y: D.Dirichlet(torch.stack([x, y], -1)),
    "ContinuousBernoulli": lambda x, y: D.ContinuousBernoulli(x / 4), "Normal": D.Normal,
    "NearContinuousBernoulli": lambda x, y: D.ContinuousBernoulli(0.5 + x / 1e4),
    "Exponential": lambda x, y: D.Exponential(x),
    "Wishart": lambda x, y: D.Wishart(x + 3, torch.stack([x, y], -1).diag_embed()),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_log_normalizers_give_entropies_and_divergences(name):
    """Bregman's formulas and their gradients, and each family's own."""
    x = torch.tensor([0.7, 1.9], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([1.3, 0.4], dtype=torch.float64, requires_grad=True)
    p, q = FAMILIES[name](x, y), FAMILIES[name](y, x)
    pairs = [(D.ExponentialFamily.entropy(p), p.entropy())]
    if name != "Wishart":
        bregman = D.kl._FORMULAS[D.ExponentialFamily, D.ExponentialFamily]
        pairs.append((bregman(p, q), D.kl_divergence(p, q)))
    for found, wanted in pairs:
        assert torch.allclose(found, wanted, rtol=1e-9)
        mine, theirs = (torch.autograd.grad(each.sum(), [x, y], retain_graph=True,
                                            materialize_grads=True) for each in (found, wanted))
        for a, b in zip(mine, theirs):
            assert torch.allclose(a, b, rtol=1e-6, atol=1e-9)
    with torch.no_grad():
        assert not D.ExponentialFamily.entropy(p).requires_grad


def test_a_family_of_ones_own():
    class Geometric(D.ExponentialFamily):
        arg_constraints: ClassVar = {"rate": constraints.positive}

        def __init__(self, rate):
            self.rate = rate
            super().__init__(rate.shape)

        @property
        def _natural_params(self):
            return (-self.rate,)

        def _log_normalizer(self, x):
            return -(-x.exp()).log1p()

        _mean_carrier_measure = 0

    rate = torch.tensor([0.5, 2.0], requires_grad=True)
    other = D.Geometric(1 - (-rate).exp())
    assert torch.allclose(Geometric(rate).entropy(), other.entropy())
    assert D.kl_divergence(Geometric(rate), Geometric(rate)).abs().max() < 1e-6
    with pytest.raises(NotImplementedError, match="different exponential families"):
        D.kl_divergence(Geometric(rate), D.Poisson(rate))


@pytest.mark.long
@pytest.mark.parametrize("c", [-0.5, 0.0, 1e-4, 0.3])
def test_excesses_and_their_gradients_around_an_exponential_tail(c):
    """At concentration 0 there is a limit: in values, and in every derivative."""
    def made(loc, scale, c):
        return D.GeneralizedPareto(loc, scale, c)

    args = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.3, 2.0, c)]
    x = torch.tensor([0.4, 1.0, 3.2], dtype=torch.float64)

    def all_of_it(*args):
        d = made(*args)
        return d.log_prob(x) + d.cdf(x) * d.icdf(x / 4) + d.log_cdf(x)

    assert torch.autograd.gradcheck(all_of_it, args, atol=1e-7)
    assert torch.autograd.gradgradcheck(all_of_it, args, atol=1e-6)
    d = made(*args)
    assert torch.allclose(d.icdf(d.cdf(x)), x) and torch.allclose(d.log_cdf(x).exp(), d.cdf(x))
    assert (d.sample((100,)) >= 0.3).all()


def test_angles():
    d = D.VonMises(torch.tensor([0.5, -3.0]), torch.tensor([0.1, 5000.0]))
    angles = d.sample((4000,))
    assert (angles >= -math.pi).all() and (angles < math.pi).all()
    apart = 1 - (angles - d.loc).cos().mean(0)
    assert torch.allclose(apart, d.variance, rtol=0.05)
    kappa = torch.tensor([1e-3, 0.3, 4.0, 600.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda k: D.VonMises(torch.zeros_like(k), k).log_prob(torch.tensor(0.2)), kappa)
    inside = torch.linspace(-math.pi, math.pi, 2001, dtype=torch.float64)
    density = D.VonMises(inside.new_tensor(1.0), inside.new_tensor(7.0)).log_prob(inside)
    assert torch.trapezoid(density.exp(), inside).item() == pytest.approx(1, abs=1e-9)


def test_gradients_flow_through_random_matrices():
    factor = torch.tensor([[1.0, 0.0], [0.3, 2.0]], dtype=torch.float64, requires_grad=True)

    def drawn(factor):
        torch.manual_seed(0)
        return D.Wishart(5.0, scale_tril=factor.tril()).rsample((3,))

    assert torch.autograd.gradcheck(drawn, factor)
    assert drawn(factor).shape == (3, 2, 2)
    many = D.Wishart(torch.tensor([2.5, 5.0]), factor.detach().float() @ factor.detach().mT.float())
    drawn = many.sample((4000,))
    assert torch.allclose(drawn.mean(0), many.mean, rtol=0.1, atol=0.1)
    with pytest.warns(UserWarning, match="Low df values"):
        D.Wishart(1.5, torch.eye(2))


def test_the_mode_of_a_half_does_not_depend_on_the_scale() -> None:
    scale = torch.ones(2, requires_grad=True)
    for kind in (torch.distributions.HalfNormal, torch.distributions.HalfCauchy):
        mode = kind(scale).mode
        assert mode.tolist() == [0, 0] and not mode.requires_grad
