"""Where recordings start, and the steps that changes of the grad mode are."""

from __future__ import annotations

from typing import Any

from ...config import config
from ..graph import Node
from ..ops.structural import stop
from . import keys
from . import tree as trees
from .modes import FUNCTION, INFERENCE, NO_GRAD, Modes
from .tree import Nothing, Step, tree


def cuts_in(at: Step, opened: dict[Any, Any]) -> dict[Any, Any]:
    """Where ``no_grad`` ended gradients on the path to ``at``, since forward mode is on, as the
    first line under "cut"."""
    path = at.path()
    if opened.get("start") in path:
        path = path[path.index(opened["start"]) + 1:]
    nodes = [node for step in path for node in (
        step.out if isinstance(step.out, tuple) else (step.out,)) if isinstance(node, Node)]
    cut = [node.line for node in nodes if not node.requires_grad and node.call is not None
           and any(arg.prim is stop and arg.params.get("reason") == NO_GRAD for arg in node.args)]
    return {"cut": cut[0]} if cut else {}


def ending(modes: Modes, opened: dict[Any, Any]) -> str:
    """What ends gradients where they are off, while forward mode will want the recording:
    ``no_grad`` does not end tangents, ``inference_mode`` does."""
    return INFERENCE if modes.inference else FUNCTION if opened.get(FUNCTION) else NO_GRAD


def what_ends(modes: Modes) -> str:
    """What ends gradients where they are off."""
    return NO_GRAD if modes.open is None else ending(modes, modes.open)


def mode_step(at: Step, modes: Modes, opened: dict[Any, Any], enabled: bool) -> Step:
    """The step that a change of the grad mode is then."""
    key = keys.cut(ending(modes, opened), enabled)
    return at.next.get(key) or tree.add(at, key, Step(at, None, grad=enabled))


def new_root(modes: Modes) -> Step:
    """Where a new recording starts."""
    if config.tier == "eager" or modes.at_steps:
        root = Step(None, None, grad=modes.grad)
        root.next = Nothing()
        return root
    if config.lines_in_steps:
        return trees.lined_root(modes.grad)
    if modes.scopes is not None:
        attended: Step = modes.scopes.root(modes.grad)
        return attended
    if modes.open is not None and not modes.grad:
        return mode_step(tree.roots[True], modes, modes.open, False)
    return tree.roots[modes.grad]
