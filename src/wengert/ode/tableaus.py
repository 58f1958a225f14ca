"""Runge-Kutta methods as tables of numbers (Butcher's tableaus)."""

from __future__ import annotations

from typing import NamedTuple

Row = tuple[float, ...]


class Tableau(NamedTuple):
    """A method: stage ``i`` is taken at ``nodes[i]`` of the step, from ``stages[i]`` of those
    before; ``weights`` give the new state, ``errors`` its error, None for a method without an
    estimate. ``dense`` is the last coefficient of the polynomial between the ends. The last stage
    of a method with ``first_same_as_last`` is the first of the next step.
    """

    order: int
    nodes: Row
    stages: tuple[Row, ...]
    weights: Row
    errors: Row | None = None
    dense: Row = ()
    first_same_as_last: bool = False


DOPRI5 = Tableau(
    5, (0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1),
    ((), (1 / 5,), (3 / 40, 9 / 40), (44 / 45, -56 / 15, 32 / 9),
     (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
     (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
     (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84)),
    (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0),
    (71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40),
    (-12715105075 / 11282082432, 0, 87487479700 / 32700410799, -10690763975 / 1880347072,
     701980252875 / 199316789632, -1453857185 / 822651844, 69997945 / 29380423), True)
"""Dormand and Prince (1980), 5(4); the polynomial is Hairer's, Nørsett's and Wanner's (II.6)."""
BOSH3 = Tableau(
    3, (0, 1 / 2, 3 / 4, 1), ((), (1 / 2,), (0, 3 / 4), (2 / 9, 1 / 3, 4 / 9)),
    (2 / 9, 1 / 3, 4 / 9, 0), (2 / 9 - 7 / 24, 1 / 3 - 1 / 4, 4 / 9 - 1 / 3, -1 / 8), (), True)
"""Bogacki and Shampine (1989), 3(2)."""
HEUN = Tableau(2, (0, 1), ((), (1,)), (1 / 2, 1 / 2), (-1 / 2, 1 / 2))
EULER = Tableau(1, (0,), ((),), (1,))
MIDPOINT = Tableau(2, (0, 1 / 2), ((), (1 / 2,)), (0, 1))
RK4 = Tableau(4, (0, 1 / 3, 2 / 3, 1), ((), (1 / 3,), (-1 / 3, 1), (1, -1, 1)),
              (1 / 8, 3 / 8, 3 / 8, 1 / 8))
"""Kutta's rule of three eighths."""

ADAPTIVE = {"dopri5": DOPRI5, "bosh3": BOSH3, "adaptive_heun": HEUN}
FIXED = {"euler": EULER, "midpoint": MIDPOINT, "rk4": RK4}
