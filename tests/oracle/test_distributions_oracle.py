"""Distributions against PyTorch's: samples from the same seed, densities, moments, gradients,
divergences, transforms."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")


def arrays(seed: int) -> dict[str, Any]:
    """Parameters, the same for both: ``r`` real, ``p`` positive, ``q`` in (0, 1), ..."""
    rng = np.random.default_rng(seed)
    factor = np.tril(rng.normal(size=(2, 3, 3)) * 0.3, -1) + np.eye(3) * rng.uniform(0.5, 2, 3)
    made = {"r": rng.normal(size=(2, 3)), "p": rng.uniform(0.5, 3, (2, 3)),
            "p2": rng.uniform(0.5, 3, (2, 3)), "q": rng.uniform(0.1, 0.9, (2, 3)),
            "v": rng.normal(size=3), "L": factor, "cov": factor @ factor.swapaxes(-1, -2),
            "wide": rng.normal(size=(2, 3, 4)) * 0.5, "big": rng.uniform(5, 9, (2, 3))}
    return {name: value.astype(np.float32) for name, value in made.items()}


CASES = {
    "Normal": "D.Normal(r, p)", "NumberNormal": "D.Normal(0.5, 2.0)",
    "Uniform": "D.Uniform(r, r + p)", "Bernoulli": "D.Bernoulli(q)",
    "LogitsBernoulli": "D.Bernoulli(logits=r)", "Categorical": "D.Categorical(p)",
    "LogitsCategorical": "D.Categorical(logits=r)", "OneHot": "D.OneHotCategorical(p)",
    "StraightThrough": "D.OneHotCategoricalStraightThrough(logits=r)",
    "Binomial": "D.Binomial(5, q)", "Geometric": "D.Geometric(q)",
    "Multinomial": "D.Multinomial(6, p)", "Exponential": "D.Exponential(p)",
    "Gamma": "D.Gamma(p, p2)", "Beta": "D.Beta(p, p2)", "Dirichlet": "D.Dirichlet(p)",
    "Chi2": "D.Chi2(p)", "StudentT": "D.StudentT(big, r, p)", "Laplace": "D.Laplace(r, p)",
    "Cauchy": "D.Cauchy(r, p)", "Gumbel": "D.Gumbel(r, p)", "Poisson": "D.Poisson(p)",
    "LogNormal": "D.LogNormal(r, q)", "HalfNormal": "D.HalfNormal(p)",
    "HalfCauchy": "D.HalfCauchy(p)", "Pareto": "D.Pareto(p, big)", "Weibull": "D.Weibull(p, p2)",
    "InverseGamma": "D.InverseGamma(big, p)", "Kumaraswamy": "D.Kumaraswamy(p, p2)",
    "FisherSnedecor": "D.FisherSnedecor(p, big)",
    "NegativeBinomial": "D.NegativeBinomial(p, q)",
    "RelaxedBernoulli": "D.RelaxedBernoulli(T.tensor(0.7), q)",
    "RelaxedOneHot": "D.RelaxedOneHotCategorical(T.tensor(0.7), p)",
    "LogisticNormal": "D.LogisticNormal(r, q)",
    "MultivariateNormal": "D.MultivariateNormal(r, cov)",
    "TrilNormal": "D.MultivariateNormal(v, scale_tril=L)",
    "PrecisionNormal": "D.MultivariateNormal(v, precision_matrix=cov)",
    "LowRankNormal": "D.LowRankMultivariateNormal(r, wide[0], p)",
    "ContinuousBernoulli": "D.ContinuousBernoulli(q)",
    "NearContinuousBernoulli": "D.ContinuousBernoulli(q * 0 + 0.5003)",
    "VonMises": "D.VonMises(r, p)", "WideVonMises": "D.VonMises(r, p * 1e-2)",
    "GeneralizedPareto": "D.GeneralizedPareto(r, p, q / 2)",
    "BoundedPareto": "D.GeneralizedPareto(r, p, -q)",
    "ExponentialPareto": "D.GeneralizedPareto(r, p, q * 0)",
    "Wishart": "D.Wishart(big[0, :2], cov)",
    "TrilWishart": "D.Wishart(4.5, scale_tril=L[0].tril())",
    "PrecisionWishart": "D.Wishart(big[0, 0], precision_matrix=cov[0])",
    "Independent": "D.Independent(D.Normal(r, p), 1)",
    "Mixture": "D.MixtureSameFamily(D.Categorical(logits=r), D.Normal(r, p))",
    "VectorMixture": "D.MixtureSameFamily(D.Categorical(p), D.Independent(D.Normal(wide, "
                     "wide.abs() + 1), 1))",
    "Flow": "D.TransformedDistribution(D.Normal(r, p), [D.AffineTransform(1.0, 2.0), "
            "D.TanhTransform()])",
    "Logistic": "D.TransformedDistribution(D.Uniform(r * 0, r * 0 + 1), "
                "[D.SigmoidTransform().inv, D.AffineTransform(r, p)])",
}
NO_VARIANCE = {"RelaxedBernoulli", "RelaxedOneHot", "LogisticNormal", "Flow", "Logistic"}


def made(library: Any, text: str, seed: int = 0, grad: bool = True) -> tuple[Any, list[Any]]:
    """A distribution of one of the libraries, and the leaves that are its parameters."""
    names = {name: library.tensor(value, requires_grad=grad)
             for name, value in arrays(seed).items()}
    found = eval(text, {"D": library.distributions, "T": library} | names)
    return found, [x for name, x in names.items() if name in text.replace("D.", "")]


def close(found: Any, wanted: Any, limit: float = 2e-5) -> None:
    assert tuple(found.shape) == tuple(wanted.shape)
    assert str(found.dtype).split(".")[1] == str(wanted.dtype).split(".")[1]
    np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), limit, limit)


def gradients(library: Any, y: Any, leaves: list[Any]) -> list[Any]:
    found = library.autograd.grad(y.sum(), leaves, allow_unused=True, retain_graph=True)
    return [g.numpy() if g is not None else np.zeros(tuple(x.shape), np.float32)
            for g, x in zip(found, leaves, strict=True)]


def same_gradients(ours: Any, theirs: Any, mine: list[Any], others: list[Any]) -> None:
    """PyTorch's implicit gradients of gamma numbers are approximations, good to some 1e-3."""
    assert ours.requires_grad == theirs.requires_grad
    if ours.requires_grad:
        for a, b in zip(gradients(wengert, ours, mine), gradients(torch, theirs, others),
                        strict=True):
            np.testing.assert_allclose(a, b, 2e-3, 3e-4)


@pytest.mark.parametrize("name", CASES)
def test_distribution(name: str) -> None:
    ours, mine = made(wengert, CASES[name])
    theirs, others = made(torch, CASES[name])
    assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
    assert tuple(ours.event_shape) == tuple(theirs.event_shape)
    assert ours.has_rsample == theirs.has_rsample
    assert type(ours).__name__ == type(theirs).__name__ and repr(ours) == repr(theirs)
    for shape in ((), (4,)):
        wengert.manual_seed(3)
        torch.manual_seed(3)
        a, b = ours.sample(shape), theirs.sample(shape)
        close(a, b)
        assert not a.requires_grad
    value = wengert.tensor(b.numpy())
    for method in ("log_prob", "cdf"):
        try:
            wanted = getattr(theirs, method)(b)
        except NotImplementedError:
            continue
        found = getattr(ours, method)(value)
        close(found, wanted, 2e-4)
        if method == "log_prob":
            same_gradients(found, wanted, mine, others)
    if ours.has_rsample:
        wengert.manual_seed(4)
        torch.manual_seed(4)
        a, b = ours.rsample((5,)), theirs.rsample((5,))
        close(a, b)
        if "Wishart" not in name:   # PyTorch's has no backward
            same_gradients(a * a, b * b, mine, others)
    for method in ("entropy", "mean", "variance", "stddev", "mode", "enumerate_support"):
        try:
            wanted = getattr(theirs, method)
            wanted = wanted() if callable(wanted) else wanted
        except NotImplementedError:
            continue
        found = getattr(ours, method)
        close(found() if callable(found) else found, wanted, 2e-4)


@pytest.mark.parametrize("name", CASES)
def test_expand(name: str) -> None:
    ours, theirs = (made(library, CASES[name])[0] for library in (wengert, torch))
    shape = (2, *ours.batch_shape)
    wengert.manual_seed(3)
    torch.manual_seed(3)
    try:
        wanted = theirs.expand(shape)
    except NotImplementedError:
        return
    found = ours.expand(shape)
    close(found.sample(), wanted.sample())
    assert tuple(found.batch_shape) == shape


PAIRS = ["Bernoulli", "Beta", "Binomial", "Categorical", "Cauchy", "Dirichlet", "Exponential",
         "Flow", "Gamma", "Geometric", "Gumbel", "HalfNormal", "Independent", "Laplace",
         "LogNormal", "MultivariateNormal", "Normal", "OneHot", "Pareto", "Poisson", "Uniform",
         "StudentT", "ContinuousBernoulli", "LowRankNormal", "PrecisionWishart"]


@pytest.mark.parametrize("pair", itertools.product(PAIRS, PAIRS), ids="-".join)
def test_kl(pair: tuple[str, str]) -> None:
    results = []
    for library in (wengert, torch):
        p, mine = made(library, CASES[pair[0]])
        q, _ = made(library, CASES[pair[1]], 1)
        try:
            results.append((library.distributions.kl_divergence(p, q), mine))
        except NotImplementedError:
            results.append(None)
        except RuntimeError:
            if pair[0] == pair[1]:
                raise
            results.append(None)
    if results[0] is None:
        return   # a formula that is not here raises; test_kl_that_is_here names those that are
    assert results[1] is not None
    close(results[0][0], results[1][0], 5e-4)
    if pair[0] == pair[1] and "Wishart" not in pair[0]:
        same_gradients(results[0][0], results[1][0], results[0][1], results[1][1])


@pytest.mark.parametrize("name", PAIRS)
def test_kl_of_one_class_is_here(name: str) -> None:
    p, q = made(wengert, CASES[name])[0], made(wengert, CASES[name], 1)[0]
    if name == "StudentT":
        with pytest.raises(NotImplementedError, match="No KL"):
            wengert.distributions.kl_divergence(p, q)
    else:
        assert wengert.distributions.kl_divergence(p, q).isfinite().any() or name == "Uniform"


def test_kl_of_batches_of_random_matrices() -> None:
    """PyTorch adds up the batch, and has no gradients in ``p``; so by ``E_p[log q]``."""
    (p, leaves), (q, _) = made(wengert, CASES["Wishart"]), made(wengert, CASES["Wishart"], 1)
    (a, mine), (b, _) = made(torch, CASES["Wishart"]), made(torch, CASES["Wishart"], 1)
    i = torch.arange(3.0)
    log_det = ((a.df.unsqueeze(-1) - i) / 2).digamma().sum(-1) + 3 * np.log(2.0) + torch.logdet(
        a.covariance_matrix)
    middle = torch.linalg.solve(b.covariance_matrix, a.mean).diagonal(0, -2, -1).sum(-1)
    at = b.mean.detach()
    cross = b.log_prob(at) - (b.df - 4) / 2 * torch.logdet(at) + torch.linalg.solve(
        b.covariance_matrix, at).diagonal(0, -2, -1).sum(-1) / 2
    wanted = -a.entropy() - (cross + (b.df - 4) / 2 * log_det - middle / 2)
    found = wengert.distributions.kl_divergence(p, q)
    close(found, wanted, 5e-4)
    same_gradients(found, wanted, leaves, mine)


@pytest.mark.parametrize("kappa", [1e-7, 1e-3, 3.0, 4e4])
def test_angles_of_every_concentration(kappa: float) -> None:
    drawn = []
    for library in (wengert, torch):
        library.manual_seed(5)
        drawn.append(library.distributions.VonMises(
            library.tensor([2.0, -9.0]), library.tensor(kappa)).sample((50,)))
    close(*drawn)


TRANSFORMS = {
    "ExpTransform()": "r", "AffineTransform(1.0, -2.0)": "r", "AffineTransform(v, 2.0)": "r",
    "SigmoidTransform()": "r", "TanhTransform()": "r", "SoftplusTransform()": "r",
    "PowerTransform(T.tensor(2.0))": "p", "StickBreakingTransform()": "r",
    "CorrCholeskyTransform()": "r", "ExpTransform().inv": "p",
    "ComposeTransform([ExpTransform(), AffineTransform(0.5, 2.0)])": "r",
    "IndependentTransform(ExpTransform(), 1)": "r", "ReshapeTransform((3,), (3, 1))": "r",
    "CatTransform([ExpTransform(), TanhTransform()], dim=0, lengths=[1, 1])": "r",
    "StackTransform([ExpTransform(), TanhTransform()], dim=0)": "r",
    "SoftmaxTransform()": "r", "LowerCholeskyTransform()": "L", "AbsTransform()": "r",
    "CumulativeDistributionTransform(Normal(0.0, 1.0))": "r",
    "PositiveDefiniteTransform()": "L",
}


@pytest.mark.parametrize("text", TRANSFORMS)
def test_transform(text: str) -> None:
    results = []
    for library in (wengert, torch):
        values = {name: library.tensor(value) for name, value in arrays(0).items()}
        names = {name: getattr(library.distributions.transforms, name)
                 for name in wengert.distributions.transforms.__all__}
        names |= {"Normal": library.distributions.Normal, "T": library, "v": values["v"]}
        t = eval(text, names)
        x = values[TRANSFORMS[text]].requires_grad_()
        y = t(x)
        try:
            back, jacobian = t.inv(y), None
            jacobian = t.log_abs_det_jacobian(x, y)
        except NotImplementedError:
            pass
        grad = library.autograd.grad(y.sum(), x)[0]
        results.append([y, back, grad, *([jacobian] if jacobian is not None else []),
                        t.forward_shape(x.shape), t.inverse_shape(y.shape), t.bijective,
                        t.domain.event_dim, t.codomain.event_dim])
    for a, b in zip(*results, strict=True):
        if isinstance(b, torch.Tensor):
            close(a, b, 1e-4)
        else:
            assert tuple(a) == tuple(b) if isinstance(b, tuple) else a == b


CONSTRAINTS = ["real", "positive", "nonnegative", "unit_interval", "interval(-1.0, 2.0)",
               "greater_than(1.0)", "less_than(2.0)", "simplex", "boolean", "lower_cholesky",
               "corr_cholesky", "positive_definite", "one_hot", "nonnegative_integer",
               "real_vector", "integer_interval(0, 2)", "lower_triangular", "square",
               "half_open_interval(0.0, 1.0)", "independent(positive, 1)", "symmetric"]


@pytest.mark.parametrize("text", CONSTRAINTS)
def test_constraint(text: str) -> None:
    results = []
    for library in (wengert, torch):
        D = library.distributions
        constraint = eval(text, {name: getattr(D.constraints, name)
                                 for name in D.constraints.__all__})
        found = [repr(constraint), constraint.event_dim, constraint.is_discrete]
        for name in ("r", "p", "q", "L", "cov"):
            found.append(constraint.check(library.tensor(arrays(0)[name])).tolist())
        for registry in (D.biject_to, D.transform_to):
            try:
                transform = registry(constraint)
            except NotImplementedError:
                found.append(None)
            else:
                x = library.tensor(arrays(0)["L" if "definite" in text or "lower" in text else "r"])
                y = transform(x)
                assert constraint.check(y).all()
                found.append(np.round(y.numpy(), 4).tolist())
        results.append(found)
    np.testing.assert_equal(results[0], results[1])


BAD = ["D.Normal(r, -p)", "D.Bernoulli(p + 1)", "D.Categorical()",
       "D.Bernoulli(q, r)", "D.Normal(r, p).log_prob(r / 0 * 0)", "D.Normal(r, p).log_prob(v[:2])",
       "D.Uniform(r, r - 1)", "D.Dirichlet(p[0, 0])", "D.Normal(r, 'a')",
       "D.Bernoulli(q).log_prob(q)", "D.Categorical(p).log_prob(p[0] * 0 + 7)",
       "D.MultivariateNormal(r, cov, scale_tril=L)", "D.Independent(D.Normal(r, p), 3)",
       "D.TransformedDistribution(D.Normal(r, p), 3)", "D.Beta(p, -p)", "D.Poisson(-p)",
       "D.MultivariateNormal(v, -cov)", "D.Bernoulli(q).rsample()", "D.StudentT(p).cdf(r)",
       "D.MixtureSameFamily(D.Normal(r, p), D.Normal(r, p))"]


@pytest.mark.parametrize("text", BAD)
def test_refused(text: str) -> None:
    with pytest.raises(Exception) as wanted:
        made(torch, text)
    with pytest.raises(type(wanted.value)) as found:
        made(wengert, text)
    words = " ".join(str(wanted.value).split("\n")[0].split(":")[0].split())
    assert words[:60] in str(found.value), (str(found.value), words)
