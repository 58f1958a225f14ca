"""NumPy programs: a function written for NumPy is differentiated as it stands.

A tensor whose derivative is wanted goes through NumPy's functions (``np.sin(t)``,
``np.linalg.solve(a, t)``, ``ndarray @ t``) and comes out as an :class:`Array`: a tensor with the
methods of a NumPy array. :func:`array` makes one of anything. For whoever has arrays and wants
arrays, :func:`grad`, :func:`value_and_grad`, :func:`jacobian`, :func:`hessian`, :func:`hvp` and
:func:`vmap` are ``torch.func`` on NumPy arrays.

Start with ``table.py``: NumPy's functions and what each is here, a row for each.
"""

from .arrays import Array, array
from .transforms import grad, hessian, hvp, jacobian, value_and_grad, vmap

__all__ = ["Array", "array", "grad", "hessian", "hvp", "jacobian", "value_and_grad", "vmap"]
