"""Predators and prey: the parameters of a differential equation from noisy counts.

The residuals are those of SciPy's `solve_ivp`, and `least_squares` gets their exact Jacobian: the
derivatives of the solution in the parameters, through the steps that the solver took. Nothing is
perturbed, so the fit does not depend on how a perturbation compares with the solver's tolerance.
"""

import argparse

import numpy as np

from wengert.interop.scipy import least_squares, solve_ivp

TRUTH = np.array([1.1, 0.4, 0.4, 0.1, 10.0, 5.0])
NAMES = ("prey's growth", "being eaten", "predators' death", "predators' gain", "prey at first",
         "predators at first")


def change(t, y, growth, eaten, death, gain):
    """Lotka and Volterra's equations."""
    prey, predators = y
    return np.array([growth * prey - eaten * prey * predators,
                     gain * prey * predators - death * predators])


def populations(parameters, times):
    """Prey and predators at the times, a row each."""
    rates, first = parameters[:4], parameters[4:]
    return solve_ivp(change, (0.0, times[-1]), first, t_eval=times, args=tuple(rates), rtol=1e-6,
                     atol=1e-6).y


def counted(n, noise=0.05, seed=1):
    """Times, and counts with a relative error."""
    times = np.linspace(0, 12, n)
    exact = populations(TRUTH, times)
    return times, exact * np.exp(noise * np.random.default_rng(seed).normal(size=exact.shape))


def fit(times, counts, start):
    """SciPy's result for the parameters, in which errors are relative."""
    def residuals(logs):
        return np.ravel(np.log(populations(np.exp(logs), times)) - np.log(counts))
    return least_squares(residuals, np.log(start))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=40, help="times")
    times, counts = counted(parser.parse_args().n)
    result = fit(times, counts, TRUTH * np.array([1.3, 0.8, 0.8, 1.2, 1.1, 0.9]))
    J, freedom = result.jac, counts.size - len(TRUTH)
    errors = np.sqrt(np.diag(np.linalg.inv(J.T @ J)) * 2 * result.cost / freedom)
    print(f"{result.nfev} values, {result.njev} Jacobians, relative noise "
          f"{np.sqrt(2 * result.cost / freedom):.3f}")
    for name, truth, value, error in zip(NAMES, TRUTH, np.exp(result.x), errors, strict=True):
        print(f"{name:19s} {truth:7.3f} {value:7.3f} ± {value * error:.3f}")
