"""A pendulum: its length and its friction from noisy angles, through `odeint`.

The angles are those of the solution at the times of the measurements; their derivatives in the
parameters go through the steps of the solver. Levenberg's and Marquardt's method fits them by
exact Jacobians, whose inverse has the standard errors. When the pendulum first hangs straight is
an event, and the derivatives of that time say which parameter it depends on.
"""

import argparse

import wengert as torch
from wengert.func import jacfwd, jacrev
from wengert.ode import odeint, odeint_event

GRAVITY = 9.81
NAMES = ("length", "linear friction", "quadratic friction", "first angle")
TRUTH = torch.tensor([1.3, 0.12, 0.05, 2.2], dtype=torch.float64)


def motion(parameters):
    """The change of the angle and of its speed."""
    length, linear, quadratic, _ = parameters

    def change(t, y):
        angle, speed = y
        friction = linear * speed + quadratic * speed * speed.abs()
        return torch.stack([speed, -GRAVITY / length * angle.sin() - friction])
    return change


def start(parameters):
    """At rest, at the first angle."""
    return torch.stack([parameters[3], torch.zeros_like(parameters[3])])


def angles(parameters, times, rtol=1e-6):
    """The angles at the times."""
    return odeint(motion(parameters), start(parameters), times, rtol=rtol, atol=1e-8)[:, 0]


def measured(n, noise=0.02, until=6, seed=0):
    """Times, and angles with an error."""
    generator = torch.Generator().manual_seed(seed)
    times = torch.linspace(0, until, n, dtype=torch.float64)
    return times, angles(TRUTH, times) + noise * torch.randn(
        n, generator=generator, dtype=torch.float64)


def fit(times, found, guess, rounds=30):
    """The parameters with the least sum of squared errors, and how many rounds that took."""
    residuals = lambda p: angles(p, times) - found
    parameters, damping = guess, 1e-2
    error = residuals(parameters)
    done = 0
    while done < rounds:
        done += 1
        jacobian = jacfwd(residuals)(parameters)
        normal = jacobian.T @ jacobian
        step = torch.linalg.solve(normal + damping * normal.diagonal().diag(), jacobian.T @ error)
        new = residuals(parameters - step)
        if new.square().sum() < error.square().sum():
            parameters, error, damping = parameters - step, new, damping / 10
            if step.norm() < 1e-8 * parameters.norm():
                break
        else:
            damping *= 10
    return parameters, done


def standard_errors(parameters, times, found):
    """From the Jacobian and what the errors scatter."""
    jacobian = jacfwd(lambda p: angles(p, times))(parameters)
    error = angles(parameters, times) - found
    variance = error.square().sum() / (len(times) - len(parameters))
    return (variance * torch.linalg.inv(jacobian.T @ jacobian).diagonal()).sqrt()


def hangs_straight(parameters):
    """The time at which the angle is first zero."""
    zero = torch.zeros((), dtype=torch.float64)
    time, _ = odeint_event(motion(parameters), start(parameters), zero,
                           event_fn=lambda t, y: y[0])
    return time


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measurements", type=int, default=60)
    n = parser.parse_args().measurements
    times, found = measured(n)
    guess = torch.tensor([1.0, 0.05, 0.0, 2.0], dtype=torch.float64)
    parameters, rounds = fit(times, found, guess)
    errors = standard_errors(parameters, times, found)
    print(f"{n} angles, fitted in {rounds} rounds")
    for name, true, value, error in zip(NAMES, TRUTH, parameters, errors):
        print(f"{name:20} {value.item():7.4f} +- {error.item():.4f}   (true: {true.item():.4f})")
    time = hangs_straight(parameters)
    print(f"hangs straight at {time.item():.4f} s; that time's derivatives:")
    for name, slope in zip(NAMES, jacrev(hangs_straight)(parameters)):
        print(f"{name:20} {slope.item():7.4f}")


if __name__ == "__main__":
    main()
