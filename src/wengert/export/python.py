"""A traced function as Python with NumPy: :func:`python_source`."""

from __future__ import annotations

from .python_rules import BLOCKS, RULES
from .python_windows import WINDOWS
from .python_writer import PythonWriter, dtype_text
from .traced import Traced


def python_source(traced: Traced) -> str:
    """The source of a module with one function."""
    return PythonWriter(traced, {**RULES, **WINDOWS}, BLOCKS).source()


def python_hessian(hvp: Traced, name: str) -> str:
    """A function that makes the Hessian of the products with a vector, one for each row."""
    *inputs, direction = hvp.inputs
    shape = direction.shape
    names = ", ".join(each.name for each in inputs)
    return "\n".join([
        "", "", f"def {name}({names}):",
        f'    """{hvp.about.replace("The Hessian times a vector", "The Hessian")}."""',
        f"    hessian = np.empty({shape + shape}, {dtype_text(direction.node)})",
        f"    for i in np.ndindex({shape}):",
        f"        {direction.name} = np.zeros({shape}, {dtype_text(direction.node)})",
        f"        {direction.name}[i] = 1",
        f"        hessian[i] = {hvp.name}({names}, {direction.name})",
        "    return hessian", ""])


__all__ = ["python_hessian", "python_source"]
