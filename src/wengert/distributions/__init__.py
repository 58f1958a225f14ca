"""``torch.distributions``: distributions with samples, densities and gradients.

``d.sample()`` draws PyTorch's numbers from the same seed; ``d.rsample()`` lets gradients flow to
the parameters, ``d.log_prob(x)`` is differentiable too. A file per distribution, which is loaded
when it is first asked for; start with ``distribution.py``.
"""

from ..names.missing import answer_missing_names

__all__ = [
    "AbsTransform", "AffineTransform", "Bernoulli", "Beta", "Binomial", "CatTransform",
    "Categorical", "Cauchy", "Chi2", "ComposeTransform", "ContinuousBernoulli",
    "CorrCholeskyTransform", "CumulativeDistributionTransform", "Dirichlet", "Distribution",
    "ExpTransform", "Exponential", "ExponentialFamily", "FisherSnedecor", "Gamma",
    "GeneralizedPareto", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal", "Independent",
    "IndependentTransform", "InverseGamma", "Kumaraswamy", "LKJCholesky", "Laplace", "LogNormal",
    "LogisticNormal", "LowRankMultivariateNormal", "LowerCholeskyTransform", "MixtureSameFamily",
    "Multinomial", "MultivariateNormal", "NegativeBinomial", "Normal", "OneHotCategorical",
    "OneHotCategoricalStraightThrough", "Pareto", "Poisson", "PositiveDefiniteTransform",
    "PowerTransform", "RelaxedBernoulli", "RelaxedOneHotCategorical", "ReshapeTransform",
    "SigmoidTransform", "SoftmaxTransform", "SoftplusTransform", "StackTransform",
    "StickBreakingTransform", "StudentT", "TanhTransform", "Transform", "TransformedDistribution",
    "Uniform", "VonMises", "Weibull", "Wishart", "biject_to", "constraint_registry", "constraints",
    "identity_transform", "kl", "kl_divergence", "register_kl", "transform_to", "transforms",
    "utils",
]
answer_missing_names(__name__, later=(
    "bernoulli", "beta", "binomial", "categorical", "cauchy", "chi2", "composed",
    "constraint_registry", "constraints", "continuous_bernoulli", "dirichlet", "distribution",
    "divergence", "exp_family", "exponential", "fishersnedecor", "gamma", "generalized_pareto",
    "geometric", "gumbel", "half", "half_cauchy", "half_normal", "independent", "inverse_gamma",
    "kl", "kl_pairs", "kumaraswamy", "laplace", "lkj_cholesky", "log_normal", "logistic_normal",
    "lowrank_multivariate_normal", "mixture_same_family", "multinomial", "multivariate_normal",
    "negative_binomial", "normal", "one_hot_categorical", "pareto", "poisson", "relaxed",
    "relaxed_bernoulli", "relaxed_categorical", "studentT", "transformed_distribution",
    "transforms", "uniform", "utils", "von_mises", "weibull", "wishart"), names={
    ".distributions.bernoulli": "Bernoulli",
    ".distributions.beta": "Beta",
    ".distributions.binomial": "Binomial",
    ".distributions.categorical": "Categorical",
    ".distributions.cauchy": "Cauchy",
    ".distributions.chi2": "Chi2",
    ".distributions.constraint_registry": "biject_to transform_to",
    ".distributions.continuous_bernoulli": "ContinuousBernoulli",
    ".distributions.dirichlet": "Dirichlet",
    ".distributions.distribution": "Distribution",
    ".distributions.exp_family": "ExponentialFamily",
    ".distributions.exponential": "Exponential",
    ".distributions.fishersnedecor": "FisherSnedecor",
    ".distributions.gamma": "Gamma",
    ".distributions.generalized_pareto": "GeneralizedPareto",
    ".distributions.geometric": "Geometric",
    ".distributions.gumbel": "Gumbel",
    ".distributions.half_cauchy": "HalfCauchy",
    ".distributions.half_normal": "HalfNormal",
    ".distributions.independent": "Independent",
    ".distributions.inverse_gamma": "InverseGamma",
    ".distributions.kl": "kl_divergence register_kl",
    ".distributions.kumaraswamy": "Kumaraswamy",
    ".distributions.laplace": "Laplace",
    ".distributions.lkj_cholesky": "LKJCholesky",
    ".distributions.log_normal": "LogNormal",
    ".distributions.logistic_normal": "LogisticNormal",
    ".distributions.lowrank_multivariate_normal": "LowRankMultivariateNormal",
    ".distributions.mixture_same_family": "MixtureSameFamily",
    ".distributions.multinomial": "Multinomial",
    ".distributions.multivariate_normal": "MultivariateNormal",
    ".distributions.negative_binomial": "NegativeBinomial",
    ".distributions.normal": "Normal",
    ".distributions.one_hot_categorical": "OneHotCategorical OneHotCategoricalStraightThrough",
    ".distributions.pareto": "Pareto",
    ".distributions.poisson": "Poisson",
    ".distributions.relaxed_bernoulli": "RelaxedBernoulli",
    ".distributions.relaxed_categorical": "RelaxedOneHotCategorical",
    ".distributions.studentT": "StudentT",
    ".distributions.transformed_distribution": "TransformedDistribution",
    ".distributions.transforms": """
        AbsTransform AffineTransform CatTransform ComposeTransform CorrCholeskyTransform
        CumulativeDistributionTransform ExpTransform IndependentTransform LowerCholeskyTransform
        PositiveDefiniteTransform PowerTransform ReshapeTransform SigmoidTransform SoftmaxTransform
        SoftplusTransform StackTransform StickBreakingTransform TanhTransform Transform
        identity_transform""",
    ".distributions.uniform": "Uniform",
    ".distributions.von_mises": "VonMises",
    ".distributions.weibull": "Weibull",
    ".distributions.wishart": "Wishart",
})
