"""Where the user is: the file and line outside this package that an error should name."""

from __future__ import annotations

import os
import sys
import warnings
from types import CodeType
from typing import Any

Line = tuple[str, int]
"""A file name and a line number."""

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
NOWHERE: Line = ("<unknown>", 0)


def is_ours(file: str) -> bool:
    """Whether code of this name is this package's own."""
    return file.startswith((_PACKAGE, "<wengert"))


class _Whose(dict[str, bool]):
    """Whether code of a name is this package's own, noted once it was asked."""

    def __missing__(self, name: str) -> bool:
        ours = self[name] = is_ours(name)
        return ours


whose = _Whose()
_getframe = sys._getframe


def user_line() -> Line:
    """The innermost line of the call stack that is not this package's own."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not whose[name]:
            return name, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return NOWHERE


_warned: dict[Any, Any] = {}


def warn(message: str, kind: type[Warning] = UserWarning) -> None:
    """Warn of what the user's line does, once for each line unless filters say otherwise."""
    warnings.warn_explicit(message, kind, *user_line(), registry=_warned)


Place = tuple[CodeType | None, int]
"""An instruction of a function: what :func:`line_at` makes a line of."""
_lines: dict[tuple[int, int], tuple[CodeType, Line]] = {}
"""The lines of places that were asked for: finding one takes as long as the function is."""
MOST = 10_000
"""Of them: beyond, all are forgotten."""


def user_place(above: int = 1) -> Place:
    """Where the user is, noted as quickly as can be; so many frames ``above`` this one at least."""
    frame: Any = _getframe(above)
    while frame is not None:
        code = frame.f_code
        if not whose[code.co_filename]:
            return code, frame.f_lasti
        frame = frame.f_back
    return None, 0


def line_at(code: CodeType | None, instruction: int) -> Line:
    """The line that a place is on."""
    if code is None:
        return NOWHERE
    known = _lines.get((id(code), instruction))
    if known is not None and known[0] is code:
        return known[1]
    found = code.co_filename, code.co_firstlineno
    for start, end, line in code.co_lines():
        if start <= instruction < end and line is not None:
            found = code.co_filename, line
            break
    if len(_lines) > MOST:
        _lines.clear()
    _lines[id(code), instruction] = code, found
    return found


def show_line(line: Line | None) -> str:
    """``train.py:31`` for a line, ``In[5]:3`` for one of a notebook's cell."""
    if not line or line == NOWHERE:
        return "an unknown line"
    return f"{_cell(line[0]) or os.path.basename(line[0])}:{line[1]}"


def by_signal(error: Exception) -> bool:
    """Whether a signal's handler raised ``error`` (a timeout, say): it interrupts a computation as
    ``KeyboardInterrupt`` does, and says nothing of what was computed. Python gives a handler the
    frame that it interrupts."""
    traceback = error.__traceback__
    while traceback is not None:
        frame, traceback = traceback.tb_frame, traceback.tb_next
        if frame.f_back is not None and not is_ours(frame.f_code.co_filename):
            for value in frame.f_locals.values():
                if value is frame.f_back or (value.__class__ is tuple and any(
                        each is frame.f_back for each in value)):
                    return True
    return False


def explained(error: Exception, node: Any) -> Exception:
    """``error`` with the primitive of a node, the shapes and the user's line; raises it as it is
    where a signal's handler did."""
    if by_signal(error):
        raise error
    shapes = ", ".join(str(list(arg.shape)) for arg in node.args)
    text = f"{error} [in {node.prim.name} of {shapes}, recorded at {show_line(node.line)}]"
    kind = type(error)
    if kind not in (RuntimeError, IndexError, ValueError, LinAlgError):
        kind = RuntimeError
    return kind(text)


def _cell(file: str) -> str:
    """What IPython calls a file that is a cell; empty if it is none."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    label = getattr(getattr(shell, "compile", None), "format_code_name", None)
    found = label(file) if label is not None else None
    return str(found[1]) if found else ""


class LinAlgError(RuntimeError):
    """A matrix has no such factorisation, inverse or solution: ``torch.linalg.LinAlgError``."""


def out_of_range(index: int, dim: int, size: int) -> IndexError:
    """The error of an integer index beyond a dimension's size."""
    return IndexError(f"index {index} is out of bounds for dimension {dim} with size {size}")


def see(section: str) -> str:
    """Where the documents say more about an error."""
    return f" See docs/errors.md#{section}"


def second_backward(what: str) -> RuntimeError:
    """The error of going through a graph whose values are gone; ``what`` says which and since
    when."""
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors "
        "after they have already been freed). Saved intermediate values of the graph are freed "
        "when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to "
        "backward through the graph a second time or if you need to access saved tensors after "
        f"calling backward.\n{what} Call that one with retain_graph=True, or sum the losses and "
        "call backward once, or detach() the state carried from one iteration to the next."
        + see("second-backward"))


def is_second_backward(error: Exception) -> bool:
    """Whether ``error`` is that of going through a graph whose values are gone."""
    return isinstance(error, RuntimeError) and bool(error.args) and (
        "second time" in str(error.args[0]))


class UnmetDtype(NotImplementedError):
    """A composition does not take arguments of this dtype (or these): it has not converted
    them."""

    def __str__(self) -> str:
        return " beside ".join([f"'{name}'" for name in self.args])
