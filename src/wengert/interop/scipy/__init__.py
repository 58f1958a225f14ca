"""SciPy's solvers with exact derivatives, and solutions that are differentiated.

:func:`minimize`, :func:`least_squares`, :func:`root`, :func:`root_scalar`, :func:`solve_ivp`,
:func:`quad` and :func:`linprog` are SciPy's functions with SciPy's arguments and results. The
function that they are given is written with NumPy or with ``torch``'s functions; it gets an
:class:`~wengert.interop.numpy.Array`. Where a method can use a gradient, a Jacobian, a Hessian or a
product with it and none was given, it gets the exact one. Where the function reads tensors whose
derivative is wanted (in ``args``, or because it closes over them), the solution is an Array with
the derivative that the implicit function theorem gives it, of any order, in both modes.

Start with ``calls.py``, which turns a function into what SciPy calls.
"""

from .integrals import quad, solve_ivp
from .minima import least_squares, minimize
from .programs import linprog
from .zeros import root, root_scalar

__all__ = ["least_squares", "linprog", "minimize", "quad", "root", "root_scalar", "solve_ivp"]
