"""Programs as scientists write them for NumPy: nothing in them knows of tensors.

Each function takes one vector of parameters and returns a number; ``PROGRAMS`` has them with a
point.
"""

from __future__ import annotations

import numpy as np

_rng = np.random.RandomState(3)
READINGS = np.cumsum(_rng.randn(12)) + _rng.randn(12) * .3
FEATURES = np.column_stack([np.ones(30), _rng.randn(30, 3)])
LABELS = (FEATURES @ np.array([.3, 1., -2., .5]) + _rng.randn(30) > 0).astype(float)
SITES = np.sort(_rng.rand(9) * 4)
HEIGHTS = np.sin(SITES) + .1 * _rng.randn(9)
SIGNAL = np.sin(np.arange(32) * .6) + .3 * _rng.randn(32)
CLOUD = _rng.randn(20, 4) @ np.diag([3., 1., .5, .1])


def kalman(theta):
    """The likelihood of readings under a local linear trend."""
    q, r, slope = np.exp(theta[0]), np.exp(theta[1]), theta[2]
    F = np.array([[1., 1.], [0., 1.]])
    H = np.array([[1., 0.]])
    Q = np.diag([q, q / 10])
    m = np.array([0., slope])
    P = np.eye(2) * 10
    total = 0.
    for z in READINGS:
        m = F @ m
        P = F @ P @ F.T + Q
        S = H @ P @ H.T + r
        K = P @ H.T / S
        innovation = z - H @ m
        total = total + .5 * (np.log(2 * np.pi * S[0, 0]) + innovation[0] ** 2 / S[0, 0])
        m = m + (K @ innovation)
        P = (np.eye(2) - K @ H) @ P
    return total


def logistic(beta):
    """The negative log-likelihood of a logistic regression, with a ridge."""
    eta = FEATURES.dot(beta)
    return np.sum(np.logaddexp(0, eta)) - LABELS @ eta + .1 * np.linalg.norm(beta[1:]) ** 2


def heat(kappa):
    """How far an explicit scheme for the heat equation is from a steady profile."""
    n = 20
    x = np.linspace(0, 1, n)
    u = np.exp(-((x - .5) / .1) ** 2)
    k = np.interp(x, [0., .5, 1.], kappa)
    for _ in range(15):
        flux = .5 * (k[1:] + k[:-1]) * np.diff(u)
        u = u + .2 * np.concatenate([flux[:1], np.diff(flux), -flux[-1:]])
    return np.trapezoid((u - u.mean()) ** 2, x)


def gaussian_process(theta):
    """The negative marginal likelihood of a Gaussian process."""
    amplitude, scale, noise = np.exp(theta)
    d = SITES[:, None] - SITES[None, :]
    K = amplitude * np.exp(-.5 * (d / scale) ** 2) + noise * np.eye(len(SITES))
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L.T, np.linalg.solve(L, HEIGHTS))
    return .5 * HEIGHTS @ alpha + np.log(np.diag(L)).sum() + .5 * len(SITES) * np.log(2 * np.pi)


def bodies(state):
    """The energy after some leapfrog steps of three bodies, and where the first has gone."""
    pos, vel = state[:6].reshape(3, 2), state[6:].reshape(3, 2)
    mass = np.array([1., .5, .2])

    def acceleration(p):
        d = p[None, :, :] - p[:, None, :]
        r2 = (d ** 2).sum(axis=-1) + .01
        return np.einsum("ij,ijk,j->ik", r2 ** -1.5, d, mass)

    dt = .05
    for _ in range(6):
        vel = vel + dt / 2 * acceleration(pos)
        pos = pos + dt * vel
        vel = vel + dt / 2 * acceleration(pos)
    kinetic = .5 * np.sum(mass * np.sum(vel ** 2, axis=1))
    i, j = np.triu_indices(3, 1)
    gaps = np.sqrt(np.sum((pos[i] - pos[j]) ** 2, axis=1) + .01)
    return kinetic - np.sum(mass[i] * mass[j] / gaps) + pos[0, 0]


def spline(y):
    """The bending of a natural cubic spline through points, and its value between two."""
    x = np.array([0., .7, 1.5, 2., 3.1])
    h = np.diff(x)
    n = len(x)
    A = np.zeros((n, n))
    A[0, 0] = A[-1, -1] = 1
    for i in range(1, n - 1):
        A[i, i - 1:i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
    slope = np.diff(y) / h
    rhs = np.concatenate(([0.], 6 * np.diff(slope), [0.]))
    m = np.linalg.solve(A, rhs)
    bending = np.sum(h / 3 * (m[:-1] ** 2 + m[:-1] * m[1:] + m[1:] ** 2))
    i, t = 2, 1.7
    a, b = (x[i + 1] - t) / h[i], (t - x[i]) / h[i]
    cubic = (a ** 3 - a) * m[i] + (b ** 3 - b) * m[i + 1]
    return bending + a * y[i] + b * y[i + 1] + cubic * h[i] ** 2 / 6


def fft_filter(gains):
    """How rough a signal is after its bands were weighted."""
    spectrum = np.fft.rfft(SIGNAL)
    band = np.minimum(np.arange(len(spectrum)) // 4, len(gains) - 1)
    clean = np.fft.irfft(spectrum * gains[band], len(SIGNAL))
    power = np.abs(np.fft.fft(clean)) ** 2
    return np.mean((clean - SIGNAL) ** 2) + .1 * np.sum(np.diff(clean) ** 2) + np.log(power.max())


def pca(weights):
    """What two principal components leave of a weighted cloud."""
    X = CLOUD * weights
    X = X - X.mean(axis=0)
    C = X.T @ X / (X.shape[0] - 1)
    values, vectors = np.linalg.eigh(C)
    top = vectors[:, -2:]
    left = X - X @ top @ top.T
    return (left ** 2).sum() / len(X) + values[-1] / values.sum() + X.std(axis=0).sum()


def ising(couplings):
    """The free energy of a ring of spins by transfer matrices, and a mean-field magnetisation."""
    J, field, beta = couplings
    spins = np.array([1., -1.])
    T = np.exp(beta * (J * np.outer(spins, spins) + field / 2 * np.add.outer(spins, spins)))
    Z = np.trace(np.linalg.matrix_power(T, 8))
    m = .5
    for _ in range(10):
        m = np.tanh(beta * (2 * J * m + field))
    grid = np.where(np.roll(np.arange(16).reshape(4, 4), 1, axis=0) % 3 == 0, 1., -1.)
    energy = -J * np.sum(grid * (np.roll(grid, 1, 0) + np.roll(grid, 1, 1))) - field * grid.sum()
    return -np.log(Z) / beta + m + .01 * energy


def option(params):
    """An American put on a binomial tree, with a smooth exercise."""
    spot, sigma, rate = params
    steps, strike, dt = 12, 100., 1 / 12
    up = np.exp(sigma * np.sqrt(dt))
    down = 1 / up
    p = (np.exp(rate * dt) - down) / (up - down)
    prices = spot * up ** np.arange(steps, -1, -1) * down ** np.arange(0, steps + 1)
    value = np.maximum(strike - prices, 0.)
    for k in range(steps - 1, -1, -1):
        value = np.exp(-rate * dt) * (p * value[:-1] + (1 - p) * value[1:])
        prices = spot * up ** np.arange(k, -1, -1) * down ** np.arange(0, k + 1)
        value = np.maximum(value, strike - prices)
    return value[0]


PROGRAMS = {
    kalman: np.array([-1., -.5, .2]),
    logistic: np.array([.1, .7, -1.1, .4]),
    heat: np.array([.4, .9, .6]),
    gaussian_process: np.array([.1, -.2, -2.]),
    bodies: np.array([0., 0., 1., 0., .2, 1.1, 0., .1, 0., 1., -.6, 0.]),
    spline: np.array([.2, 1., -.4, .6, 1.3]),
    fft_filter: np.array([1., .8, .5, .2]),
    pca: np.array([1., .9, 1.2, 2.]),
    ising: np.array([.7, .2, .9]),
    option: np.array([98., .3, .04]),
}
