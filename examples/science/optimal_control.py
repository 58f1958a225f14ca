"""A pendulum swung up with little effort: optimal control by direct transcription.

The unknowns are the angle, the speed and the torque at each of n + 1 times. That they obey the
equation of motion is a constraint for each interval (the trapezoidal rule), which links the six
unknowns at its ends: its Jacobian is sparse, and so is the Hessian of the Lagrangian. Both follow
from the constraints as they are written, and `scipy.optimize.minimize` uses them.
"""

import argparse
import math

import numpy as np
from scipy.optimize import NonlinearConstraint, minimize

import wengert as torch
from wengert.sparse import hessian, jacobian

DURATION, GRAVITY, FRICTION = 4.0, 9.81, 0.1


def motion(angle, speed, torque):
    """The derivatives of angle and speed; at angle 0 the pendulum hangs."""
    return speed, torque - GRAVITY * torch.sin(angle) - FRICTION * speed


def defects(z):
    """How far the unknowns are from the equation of motion, and from where they start and end."""
    angle, speed, torque = z.reshape(3, -1)
    step = DURATION / (angle.numel() - 1)
    slopes = motion(angle, speed, torque)
    found = [x[1:] - x[:-1] - step / 2 * (slope[1:] + slope[:-1])
             for x, slope in zip((angle, speed), slopes, strict=True)]
    ends = torch.stack([angle[0], speed[0], angle[-1] - math.pi, speed[-1]])
    return torch.cat([*found, ends])


def effort(z):
    """The integral of the squared torque."""
    torque = z.reshape(3, -1)[2]
    step = DURATION / (torque.numel() - 1)
    return step / 2 * (torque[1:] ** 2 + torque[:-1] ** 2).sum()


def swing_up(n, guess=None, tolerance=1e-6):
    """SciPy's result for n intervals, and the plans of the three sparse derivatives; ``guess`` is a
    result for fewer intervals. There are several ways to swing up, each the best nearby."""
    times = np.linspace(0, 1, n + 1)
    start = np.concatenate([math.pi * times, np.zeros(n + 1), np.zeros(n + 1)])
    if guess is not None:
        lines = guess.x.reshape(3, -1)
        coarse = np.linspace(0, 1, lines.shape[1])
        start = np.concatenate([np.interp(times, coarse, line) for line in lines])
    z = torch.from_numpy(start)
    multipliers = defects(z).detach()
    constraint = jacobian(defects).plan(z)
    curvature = hessian(lambda z, v: (v * defects(z)).sum()).plan(z, multipliers)
    cost = hessian(effort).plan(z)
    gradient = torch.func.grad(effort)
    result = minimize(
        lambda z: effort(torch.from_numpy(z)).item(), start, method="trust-constr",
        jac=lambda z: gradient(torch.from_numpy(z)).numpy(), hess=cost,
        constraints=NonlinearConstraint(
            lambda z: defects(torch.from_numpy(z)).numpy(), 0, 0, jac=constraint,
            hess=lambda z, v: curvature(z, torch.from_numpy(v))),
        options={"gtol": tolerance, "maxiter": 500})
    return result, (constraint, curvature, cost)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=200, help="intervals")
    n = parser.parse_args().n
    result, plans = swing_up(n, swing_up(max(n // 4, 2))[0])
    for plan in plans:
        print(plan)
    angle, speed, torque = result.x.reshape(3, -1)
    print(f"{result.nit} steps, effort {result.fun:.4f}, "
          f"constraints to {result.constr_violation:.1e}")
    print(f"the greatest torque is {abs(torque).max():.3f}, the pendulum's weight {GRAVITY}")
