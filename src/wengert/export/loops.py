"""A traced function as loops over elements, which C and Fortran write down: :func:`lowered`."""

from __future__ import annotations

from ..engine.graph import Node
from .code import Block
from .factorisations import FACTORISATIONS
from .fills import FILLS
from .lowering import Lowering
from .orders import ORDERS
from .reads import READS
from .traced import Traced
from .windows import WINDOWS

BLOCKS = {**FILLS, **WINDOWS, **ORDERS, **FACTORISATIONS}


def lowered(traced: Traced) -> tuple[Block, dict[Node, str]]:
    """The statements that compute the outputs of ``traced``, and the names of its constants."""
    lowering = Lowering(traced, READS, BLOCKS)
    return lowering.block, lowering.constants


__all__ = ["lowered"]
