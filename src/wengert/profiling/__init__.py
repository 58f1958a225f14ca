"""Seeing what ran: a profile of the programs in a block, and the kernels of a computation.

:func:`profile` and :func:`explain_kernel` load the rest when they are called, so that
``import wengert`` does not wait for it. Start reading at ``session.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engine.lazy import lazy

if TYPE_CHECKING:
    from .nest import Kernels
    from .session import Profile


def profile() -> Profile:
    """A context manager that times the programs that run in its block, and their kernels.

    ``print`` shows it as a table: for each program and each kernel, library call or operation in
    it, the lines of yours that it covers, the tier, calls, time, the bytes that it reads and
    writes, and what fraction of the speed of a plain copy that is; for each program too how long
    compiling it took and where its kernels came from. ``programs`` has the same as objects, and
    ``save("trace.json")`` writes a trace for Chrome's ``chrome://tracing`` or Perfetto.

    While the block runs, kernels run one at a time and each is timed, which costs about a
    microsecond per kernel; outside, nothing is measured and nothing costs.

    >>> x = torch.ones(1000)
    >>> with torch.profile() as p:
    ...     total = (x * x).sum().item()
    >>> len(p.programs)
    1
    """
    made: Profile = lazy("profiling.session").Profile()
    return made


def explain_kernel(what: Any, /, *args: Any, **kwargs: Any) -> Kernels:
    """The kernels of ``what``: for each, its graph, its loops, its LLVM code and its machine code.

    ``what`` is a function, which is called once with the arguments; a tensor whose value is still
    to be computed; or a :func:`profile`, which gives the kernels that ran in it. The result is a
    sequence; ``print`` shows all of it, and each kernel has ``graph``, ``loops``, ``ir`` and
    ``assembly`` as text. Raises RuntimeError where there is no compiler (llvmlite), and where
    nothing was computed.

    >>> kernels = torch.explain_kernel(lambda x: (x * x).sum(), torch.ones(1000))
    >>> print(kernels[0].loops)   # doctest: +SKIP
    """
    made: Kernels = lazy("profiling.explaining").explained(what, args, kwargs)
    return made


__all__ = ["explain_kernel", "profile"]
