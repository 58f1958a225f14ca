"""Functions of integers: common divisors and multiples."""

from __future__ import annotations

import numpy as np

from .elementwise import elementwise

gcd = elementwise("gcd", np.gcd, text="gcd({0}, {1})", integers=True)
lcm = elementwise("lcm", np.lcm, text="lcm({0}, {1})", integers=True)
