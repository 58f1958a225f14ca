"""The modes of a thread: what holds for whatever it records."""

from __future__ import annotations

from threading import RLock
from typing import Any
from weakref import ReferenceType

from ..errors import Place, show_line, user_line
from ..locks import growing
from .observers import Observed

NO_GRAD, INFERENCE, FUNCTION = "no_grad", "inference_mode", "a custom function"
"""What may end a gradient; the forward of a custom function tells forward mode nothing."""


NEW = 3
"""So many recordings have to be new, one after the other, before it is believed that what comes is
new again and again."""


class Modes(Observed):
    """The modes of a thread.

    While it has scopes its class is another, in which reading a mode looks first which of them run
    (``scopes.py``): every recording of the thread knows this object, and a thread without scopes
    reads plain slots.
    """

    __slots__ = ("_exits", "again", "allowed", "anomaly_nan", "awaiting", "cast", "cut", "flowing",
                 "grad", "held", "inference", "inside", "lanes", "light", "mappings", "novel",
                 "open", "owner", "scopes", "whole")

    def __init__(self) -> None:
        super().__init__()
        self.owner: Any = RLock()
        """Held by this thread as long as it runs."""
        self.grad = True
        self.inference = False
        self.again: Any = None
        """What is known of the backward that began last, if that is to be differentiated again
        (``worth.Backwards``)."""
        self.anomaly_nan = True
        """Whether NaN counts as an anomaly."""
        self.awaiting: tuple[ReferenceType[Any], ...] = ()
        """Who waits for the gradients of a ``backward()``, to make something of all of them."""
        self.cut: tuple[str, Place] | None = None
        """What cut gradients last, and where, for the error of one who misses them."""
        self._exits = 0
        self.whole = False
        """Whether no value may leave the recorded world: ``compile(fullgraph=True)``."""
        self.held = False
        """Whether a backward leaves its gradients to be computed later, with what follows it."""
        self.light = self.novel = self.flowing = self.allowed = 0
        """How many recordings were light, how many new, and how many of those in which a gradient
        flows, one after the other; how many operations were left to be computed at once when that
        was looked at (``novelty.py``)."""
        self.open: dict[Any, Any] | None = None
        """While forward mode will want the whole recording: the values that were looked at in it,
        by the recording's token and the node. Looking at one does not end the recording then; if
        something else has, "cut" is a line at which ``no_grad`` ended a gradient in it. Under
        "start" is the step at which this began, under ``FUNCTION`` whether the forward of a custom
        function runs."""
        self.cast: Any = None
        """What mixed precision does to the arguments of a call, in a block of it."""
        self.inside = 0
        """How many functions of transforms run: what a tensor is differentiated for is known."""
        self.lanes: Any = None
        """The innermost function that is being mapped (``lanes.py``), if one is."""
        self.mappings = 0
        """How many are: meanwhile the recording cannot end."""
        self.scopes: Any = None
        """The blocks of modes in generators and tasks, if there are any: see ``scopes.py``."""

    @property
    def exits(self) -> int:
        """How often a value has left the recorded world (``item``, ``numpy``, ...)."""
        return self._exits

    @exits.setter
    def exits(self, count: int) -> None:
        if self.whole:
            line = user_line()
            raise RuntimeError(
                f"torch.compile(fullgraph=True): the value of a tensor is needed at "
                f"{show_line(line)}, in the middle of the function. Return the tensor and look at "
                "it outside, or leave fullgraph out")
        self._exits = count


class Captures:
    """How many captures there are now, in all threads: a quick look for who changes a tensor
    otherwise than by an operation (:func:`changing`)."""

    __slots__ = ("open",)

    def __init__(self) -> None:
        self.open = 0

    def begin(self) -> None:
        with growing:
            self.open += 1

    def end(self) -> None:
        with growing:
            self.open -= 1


captures = Captures()
