"""Whether operations are recorded for differentiation: ``no_grad``, ``enable_grad`` and their like.

Each mode is a context manager and a decorator, also of generators. In a generator, and in a task
of asyncio, it holds while that runs and not while it waits (``recording/scopes.py``). A mode
belongs to its thread.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from ..engine.recording import scopes
from ..engine.recording.keys import GRAD_OFF
from ..engine.recording.modes import FUNCTION
from ..engine.recording.recording import here, put_back, set_mode
from ..engine.recording.scopes import CONTEXTLIB, SUSPENDS
from ..engine.recording.steps import update_ends

getframe = sys._getframe
F = TypeVar("F", bound=Callable[..., Any])
Result = TypeVar("Result")


def hide(opened: dict[Any, Any] | None, forward: bool) -> bool:
    """Note, for forward mode if it is on, that the forward of a custom function runs now, or no
    longer; what was noted before."""
    before = False
    if opened is not None:
        before, opened[FUNCTION] = opened.get(FUNCTION, False), forward
    return before


def within(grad: bool, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """The result of a call in which gradients are recorded or not."""
    modes = here.modes
    before, inference = modes.grad, modes.inference
    try:
        set_mode(grad)
        result = function(*args, **kwargs)
        set_mode(before)
    except BaseException:   # in the way out of a with block an interruption could come first
        put_back(before, inference)
        raise
    return result


def updating(grad: bool, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """:func:`within`, for an update of parameters: a training step ends after it."""
    result = within(grad and not here.modes.inference, function, *args, **kwargs)
    rec = here.recording
    if rec.update is not None and rec.modes.grad:
        update_ends(rec)
    return result


class Mode:
    """A context manager that is also a decorator; a subclass says what it sets and restores."""

    def __init__(self) -> None:
        self._before: list[Any] = []

    def __enter__(self) -> None:
        frame = getframe(1)
        if frame.f_code.co_flags & SUSPENDS or frame.f_globals is CONTEXTLIB:
            self._open(frame)
        else:
            self._before.append(self._around())
            self._set()

    def __exit__(self, *error: Any) -> None:
        before = self._before[-1]
        if before.__class__ is not tuple:
            self._close(self._before.pop())
            return
        try:
            here.modes.inference = before[1]
            set_mode(before[0])
            self._before.pop()
            self._update_ends()
        except BaseException:   # interrupted
            put_back(*before)
            raise

    def _around(self) -> tuple[bool, bool]:
        """The modes around the block: whether gradients are recorded, and inference mode."""
        return here.modes.grad, here.modes.inference

    def _open(self, frame: FrameType) -> None:
        """Begin a block in a frame that may be suspended."""
        scope = scopes.begin(frame)
        if scope is not None:
            scope.outer = (*self._around(), *scope.outer[2:])
        self._before.append(self._around() if scope is None else scope)
        self._set()
        if scope is not None:
            scopes.hold(scope)

    def _close(self, before: Any) -> None:
        """End a block in a frame that may be suspended; ``before`` is what its beginning noted."""
        if not before.runs():   # the blocks of several tasks, of one object
            self._before.append(before)
            before = next(b for b in self._before if b.__class__ is scopes.Scope and b.runs())
            self._before.remove(before)
        scopes.close(before)
        self._update_ends()

    def _update_ends(self) -> None:
        rec = here.recording
        if rec.update is not None and rec.modes.grad:
            update_ends(rec)

    def __call__(self, function: F) -> F:
        if inspect.isclass(function):
            raise TypeError(f"{type(self).__name__} decorates functions, not classes; "
                            f"decorate {function.__name__}.__init__ or its methods")
        if inspect.isgeneratorfunction(function):
            return self._of_generator(function)  # type: ignore[no-any-return]

        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            modes = here.modes
            before = modes.grad, modes.inference
            try:
                with self._again():
                    return function(*args, **kwargs)
            except BaseException:
                put_back(*before)
                raise
        return inside  # type: ignore[return-value]

    def _of_generator(self, function: Any) -> Any:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            generator = function(*args, **kwargs)
            send: Callable[[], Any] = lambda: next(generator)
            while True:
                try:
                    item = self._holding(send)
                except StopIteration as stop:
                    return stop.value
                send = yield from self._wait(generator, item)
        return inside

    def _holding(self, send: Callable[[], Any]) -> Any:
        """What ``send()`` returns, in this mode."""
        with self._again():
            return send()

    def _wait(self, generator: Any, item: Any) -> Generator[Any, Any, Callable[[], Any]]:
        """Hand ``item`` out; how to go on with what comes back."""
        try:
            answer = yield item
        except GeneratorExit:
            self._holding(generator.close)
            raise
        except BaseException as error:
            thrown = error
            return lambda: generator.throw(thrown)
        return lambda: generator.send(answer)

    def _again(self) -> Mode:
        """A mode like this one: a decorated function may run in several threads at once."""
        return type(self)()

    def _set(self) -> None:
        raise NotImplementedError


class _Bare(Mode):
    """A mode without arguments; it decorates with and without parentheses."""

    def __new__(cls, function: Any = None) -> Any:
        mode = object.__new__(cls)
        mode._before = []
        return mode if function is None else mode(function)

    if TYPE_CHECKING:
        def __init__(self, function: Any = None) -> None: ...
    else:
        __init__ = object.__init__   # the quickest: there is nothing left to do


class no_grad(_Bare):
    """A context, or a decorator, in which results do not require grad.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    # In each step of every training loop: written out, what a mode does in general.

    def __enter__(self) -> None:
        frame = getframe(1)
        if frame.f_code.co_flags & SUSPENDS or frame.f_globals is CONTEXTLIB:
            self._open(frame)
            return
        rec = here.recording
        modes = rec.modes
        grad = modes.grad
        self._before.append((grad, False))
        if grad:
            step = rec.at.next.get(GRAD_OFF)
            if step is None:
                modes.grad = False
                rec.set_grad(False)
            else:   # no call from here to the block: an interruption comes before or inside
                modes.grad = False
                rec.at = step

    def __exit__(self, *error: Any) -> None:
        before = self._before[-1]
        if before.__class__ is not tuple:
            self._close(self._before.pop())
            return
        grad = before[0]
        try:
            rec = here.recording
            modes = rec.modes
            if modes.grad is not grad:
                modes.grad = grad
                rec.set_grad(grad)
            self._before.pop()
            if grad and rec.update is not None:
                update_ends(rec)
        except BaseException:   # interrupted
            put_back(grad, here.modes.inference)
            raise

    def _set(self) -> None:
        set_mode(False)


class enable_grad(_Bare):
    """A context, or a decorator, in which results require grad if an operand does; the way back
    inside :class:`no_grad`."""

    def _set(self) -> None:
        if not here.modes.inference:
            set_mode(True)


class set_grad_enabled(Mode):
    """Switches gradients on or off: at once, as a function; until its end, as a context; during
    the call, as a decorator.

    >>> with torch.set_grad_enabled(False):
    ...     torch.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled(): argument 'mode' must be bool, not "
                            f"{type(mode).__name__}")
        super().__init__()
        self.mode = mode
        self._first = (here.modes.grad, here.modes.inference)
        set_mode(mode and not here.modes.inference)

    def __call__(self, function: F) -> F:
        set_mode(self._first[0])
        return super().__call__(function)

    def _around(self) -> tuple[bool, bool]:
        return self._first

    def _set(self) -> None:
        set_mode(self.mode and not here.modes.inference)

    def _again(self) -> Mode:
        return _Set(self.mode)


class _Set(Mode):
    """:class:`set_grad_enabled` around one call."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.mode = mode

    def _set(self) -> None:
        set_mode(self.mode and not here.modes.inference)


class inference_mode(_Bare):
    """:class:`no_grad`, and results can never require grad; ``inference_mode(False)`` leaves it."""

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls, mode if callable(mode) else None)

    def __init__(self, mode: Any = True) -> None:
        super().__init__()
        self.mode = True if callable(mode) else bool(mode)

    def _set(self) -> None:
        before, here.modes.inference = here.modes.inference, self.mode
        if self.mode:
            set_mode(False)
        elif before:
            set_mode(True)

    def _again(self) -> Mode:
        again: Mode = type(self)(self.mode)
        return again


class differentiating(_Bare):
    """What a transform calls its function in: gradients are recorded, whatever mode is around it.
    """

    def __enter__(self) -> None:
        here.modes.inside += 1
        super().__enter__()

    def __exit__(self, *error: Any) -> None:
        here.modes.inside -= 1
        super().__exit__(*error)

    def _set(self) -> None:
        here.modes.inference = False
        set_mode(True)


class set_multithreading_enabled(_Bare):
    """Accepted and without effect: a backward runs in the thread that calls it."""

    def __new__(cls, mode: bool = True) -> Any:
        return super().__new__(cls)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()

    def _set(self) -> None:
        return None


def is_grad_enabled() -> bool:
    """Whether results in this thread require grad if an operand does."""
    return here.modes.grad


def is_inference_mode_enabled() -> bool:
    """Whether :class:`inference_mode` is on in this thread."""
    return here.modes.inference


__all__ = ["enable_grad", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled",
           "no_grad", "set_grad_enabled", "set_multithreading_enabled"]
