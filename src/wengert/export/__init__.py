"""``wengert.export``: a function, or its derivative, as source in Python, C or Fortran that stands
by itself: :func:`source`. Of ``torch.export`` there are the names, which say so.

How a primitive is written: an elementwise one in a row of ``rows.py``; others in Python in
``python_rules.py`` and ``python_windows.py``, in C and Fortran in ``reads.py`` (what moves
elements) and in ``fills.py``, ``windows.py``, ``orders.py``, ``factorisations.py`` (what computes
an array).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..names.missing import answer_missing_names, refusing
from .c import c_hessian, c_source
from .dims import Dim
from .fortran import fortran_hessian, fortran_source
from .python import python_hessian, python_source
from .traced import ABOUT, DIRECTION, Argnums, traced

LANGUAGES = {"python": (python_source, python_hessian), "c": (c_source, c_hessian),
             "fortran": (fortran_source, fortran_hessian)}


def source(f: Callable[..., Any], *args: Any, language: str = "python", of: str = "value",
           argnums: Argnums = 0, name: str | None = None) -> str:
    """``f``, or its derivative, at arguments of these shapes and dtypes, as source.

    ``of`` is ``"value"``, ``"gradient"``, ``"value_and_gradient"``, ``"jvp"`` (the value, and the
    derivative along a direction, which is a further argument), ``"hvp"`` (the Hessian times a
    vector, which is a further argument) or ``"hessian"``; derivatives are with respect to the
    arguments numbered ``argnums``. A module is the function of its parameters, of its buffers if it
    has any, and of its arguments: argument 0 is all of its parameters. ``language`` is ``"python"``
    (NumPy alone; a function that returns arrays), ``"c"`` (C99 and libm; a function that fills the
    results, its last arguments) or ``"fortran"`` (Fortran 2008 and libm; a module with a
    subroutine, whose arrays have the same indices, from 0, and Fortran's order in memory). The
    function is called ``name``, which is that of ``f`` unless given, with ``_gradient`` and so on
    after it.

    Loops that repeat at least some ten turns stay loops. A value that a line of the program names
    keeps that name, and the line stands above as a comment. Branches and loop counts are those that
    ``f`` takes at ``args``; where it asks for the value of a tensor, RuntimeError names the line. A
    tensor that it closes over is written down as numbers, if it is small, or becomes an argument
    ``captured``. A matrix that has no factorisation gives NaN or infinities in C and Fortran, which
    report nothing; NumPy raises ``LinAlgError``.

    NotImplementedError for complex numbers, short floats, a mixture of float32 and float64, and
    primitives that are not written yet, with the line.

    >>> def f(x):
    ...     return (x ** 2).sum()
    >>> print(torch.export.source(f, torch.ones(3), of="gradient").split("\\n\\n\\n")[1])
    def f_gradient(x):
        \"\"\"The gradient of f.
    <BLANKLINE>
        x: float32[3]
        Returns grad_x: float32[3].
        \"\"\"
        grad_x = 2 * x
        return grad_x
    <BLANKLINE>
    """
    if language not in LANGUAGES:
        raise ValueError(f"language is one of {', '.join(LANGUAGES)}, not {language!r}")
    if of not in (*ABOUT, "hessian"):
        raise ValueError(f"of is one of {', '.join(ABOUT)}, hessian, not {of!r}")
    write, write_hessian = LANGUAGES[language]
    if of != "hessian":
        return write(traced(f, args, of, argnums, name))
    if not isinstance(argnums, int):
        raise ValueError("argnums is one number where of is 'hessian'")
    products = traced(f, args, "hvp", argnums, name)
    if sum(each.about == DIRECTION for each in products.inputs) != 1:
        raise NotImplementedError("the Hessian with respect to more than one tensor; of='hvp' is "
                                  "written")
    called = products.name.removesuffix("hvp") + "hessian"
    return write(products) + write_hessian(products, called)


_WHY = "programs are recorded as they run. torch.export.source writes one as source"
ExportedProgram = refusing("torch.export.ExportedProgram", _WHY)
export = refusing("torch.export.export", _WHY)
load = refusing("torch.export.load", _WHY)
save = refusing("torch.export.save", _WHY)
register_dataclass = refusing("torch.export.register_dataclass", _WHY)

__all__ = ["Dim", "ExportedProgram", "export", "load", "register_dataclass", "save", "source"]
answer_missing_names(__name__)
