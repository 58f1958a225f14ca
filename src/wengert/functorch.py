"""``functorch``: the older place of ``torch.func``, with functions made of modules.

PyTorch installs a package of this name; where Wengert is torch, ``import functorch`` gives this.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from .func import (
    functional_call,
    functionalize,
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    stack_module_state,
    vjp,
    vmap,
)
from .names.missing import answer_missing_names
from .nn.modules.module import Module


class FunctionalModule(Module):
    """A module as a function of its parameters: ``made(parameters, *args)``."""

    def __init__(self, stateless_model: Module, param_names: Sequence[str]) -> None:
        super().__init__()
        self.stateless_model = stateless_model
        self.param_names = tuple(param_names)

    @classmethod
    def _create_from(cls, model: Module, disable_autograd_tracking: bool = False,
                     ) -> tuple[Any, tuple[Any, ...]]:
        names, values = _named(model.named_parameters(), disable_autograd_tracking)
        return cls(_stateless(model), names), values

    def forward(self, params: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        """What the module gives with these parameters."""
        return functional_call(self.stateless_model, dict(zip(self.param_names, params)), args,
                               kwargs)


class FunctionalModuleWithBuffers(Module):
    """A module as a function of its parameters and buffers: ``made(p, buffers, *args)``."""

    def __init__(self, stateless_model: Module, param_names: Sequence[str],
                 buffer_names: Sequence[str]) -> None:
        super().__init__()
        self.stateless_model = stateless_model
        self.param_names, self.buffer_names = tuple(param_names), tuple(buffer_names)

    @classmethod
    def _create_from(cls, model: Module, disable_autograd_tracking: bool = False,
                     ) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
        names, values = _named(model.named_parameters(), disable_autograd_tracking)
        buffer_names, buffers = _named(model.named_buffers(), True)
        return cls(_stateless(model), names, buffer_names), values, buffers

    def forward(self, params: Sequence[Any], buffers: Sequence[Any], *args: Any,
                **kwargs: Any) -> Any:
        """What the module gives with these parameters and buffers."""
        given = {**dict(zip(self.param_names, params)), **dict(zip(self.buffer_names, buffers))}
        return functional_call(self.stateless_model, given, args, kwargs)


def _named(members: Any, detached: bool) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    found = [(name, x.detach().clone() if detached else x.detach().clone().requires_grad_(
        x.requires_grad)) for name, x in members]
    return tuple(name for name, _ in found), tuple(x for _, x in found)


def _stateless(model: Module) -> Module:
    made: Module = copy.deepcopy(model)
    return made


def make_functional(model: Module, disable_autograd_tracking: bool = False,
                    ) -> tuple[FunctionalModule, tuple[Any, ...]]:
    """A module as a function, and copies of its parameters. RuntimeError for one with buffers.

    >>> made, parameters = make_functional(torch.nn.Linear(2, 1))
    >>> made(parameters, torch.ones(3, 2)).shape
    torch.Size([3, 1])
    """
    if list(model.buffers()):
        raise RuntimeError("make_functional(model): `model` has buffers. Please use "
                           "make_functional_with_buffers(model) instead.")
    made, parameters = FunctionalModule._create_from(model, disable_autograd_tracking)
    return made, parameters


def make_functional_with_buffers(model: Module, disable_autograd_tracking: bool = False) -> Any:
    """The same for modules with buffers: the function, its parameters, its buffers."""
    return FunctionalModuleWithBuffers._create_from(model, disable_autograd_tracking)


def combine_state_for_ensemble(models: Sequence[Module]) -> Any:
    """Modules of one kind as a function to be mapped over their parameters and buffers, stacked:
    the function, the parameters, the buffers."""
    parameters, buffers = stack_module_state(models)
    made = FunctionalModuleWithBuffers(_stateless(models[0]), tuple(parameters), tuple(buffers))
    return made, tuple(parameters.values()), tuple(buffers.values())


__all__ = ["FunctionalModule", "FunctionalModuleWithBuffers", "combine_state_for_ensemble",
           "functionalize", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp",
           "make_functional", "make_functional_with_buffers", "vjp", "vmap"]
answer_missing_names(__name__)
