"""Maximum likelihood: a negative binomial regression with standard errors from the exact Hessian.

The likelihood is plain NumPy and `scipy.special`, and knows nothing of derivatives. SciPy's
trust-region Newton method gets the exact gradient and Hessian of it. The Hessian at the maximum is
the observed information, so its inverse is the covariance of the estimates. That an observation's
weight moves the estimate follows from the implicit function theorem.
"""

import argparse

import numpy as np
from scipy.special import gammaln

import wengert as torch
from wengert.interop.numpy import hessian
from wengert.interop.scipy import minimize

TRUTH = np.array([0.5, 0.8, -0.6, np.log(1.5)])


def simulated(n, seed=0):
    """Counts with more variance than Poisson's, and what they depend on."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    mean, shape = np.exp(X @ TRUTH[:3]), np.exp(TRUTH[3])
    return X, rng.poisson(mean * rng.gamma(shape, 1 / shape, size=n)).astype(float)


def negative_log_likelihood(theta, X, y, weights=1.0):
    """Of the coefficients, and the logarithm of the shape as the last."""
    eta, log_shape = X @ theta[:-1], theta[-1]
    shape = np.exp(log_shape)
    log_p = (gammaln(y + shape) - gammaln(shape) - gammaln(y + 1)
             + shape * (log_shape - np.logaddexp(log_shape, eta))
             + y * (eta - np.logaddexp(log_shape, eta)))
    return -np.sum(weights * log_p)


def fit(X, y, weights=1.0):
    """The estimates; SciPy's result."""
    start = np.zeros(X.shape[1] + 1)
    return minimize(negative_log_likelihood, start, args=(X, y, weights), method="trust-exact")


def standard_errors(theta, X, y):
    """From the inverse of the observed information."""
    information = hessian(negative_log_likelihood)(theta, X, y)
    return np.sqrt(np.diag(np.linalg.inv(information)))


def influences(X, y):
    """How much each observation moves the second estimate: its derivative in the weights."""
    weights = torch.ones(len(y), dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(fit(X, y, weights).x[1], weights)[0].numpy()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=2000, help="observations")
    X, y = simulated(parser.parse_args().n)
    result = fit(X, y)
    errors = standard_errors(result.x, X, y)
    print(f"{result.nit} steps, {result.nfev} values, {result.nhev} Hessians")
    print("          truth  estimate     error")
    for name, truth, value, error in zip(("constant", "slope 1", "slope 2", "log shape"), TRUTH,
                                         result.x, errors, strict=True):
        print(f"{name:9s} {truth:5.2f} {value:9.4f} {error:9.4f}")
    moved = influences(X, y)
    k = np.argmax(abs(moved))
    print(f"observation {k} (x = {X[k, 1]:.2f}, {X[k, 2]:.2f}, y = {y[k]:.0f}) moves slope 1 most: "
          f"by {-moved[k]:.4f} if it is left out")
