"""The parameters, buffers and submodules of a module, by name and one after the other.

:class:`Walking` is the part of a module for it; all iterators come from ``_named_members`` and
``named_modules``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...tensors.operators import Tensor
from ..parameter import Parameter

Members = Callable[[Any], Iterable[tuple[str, Any]]]


class Walking:
    """The part of a module that walks through what it holds."""

    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]

    def _named_members(self, get_members_fn: Members, prefix: str = "", recurse: bool = True,
                       remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """The members that ``get_members_fn`` finds in the module and, with ``recurse``, below."""
        seen: set[Any] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if (
            recurse) else [(prefix, self)]
        for above, module in modules:
            for name, member in get_members_fn(module):
                if member is None or member in seen:
                    continue
                if remove_duplicate:
                    seen.add(member)
                yield f"{above}{'.' if above else ''}{name}", member

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """The parameters, each once; with ``recurse`` those of the submodules too."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_parameters(self, prefix: str = "", recurse: bool = True,
                         remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """The parameters with their names, such as ``"0.weight"``, after ``prefix``."""
        yield from self._named_members(lambda module: module._parameters.items(), prefix, recurse,
                                       remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """The buffers, each once; with ``recurse`` those of the submodules too."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_buffers(self, prefix: str = "", recurse: bool = True,
                      remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """The buffers with their names, after ``prefix``."""
        yield from self._named_members(lambda module: module._buffers.items(), prefix, recurse,
                                       remove_duplicate)

    def children(self) -> Iterator[Any]:
        """The modules that this one holds itself, each once."""
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules that this one holds itself, with their names."""
        seen: set[Any] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self, remove_duplicate: bool = True) -> Iterator[Any]:
        """This module and all that are in it, each once unless ``remove_duplicate`` is False."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_modules(self, memo: set[Any] | None = None, prefix: str = "",
                      remove_duplicate: bool = True) -> Iterator[tuple[str, Any]]:
        """This module and all that are in it, with their names after ``prefix``; those in ``memo``
        are left out."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}{'.' if prefix else ''}{name}",
                                                remove_duplicate)

    def get_submodule(self, target: str) -> Any:
        """The module at ``target``, such as ``"encoder.0"``; itself for ``""``.

        AttributeError if there is none.
        """
        module: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(
                    f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Walking):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def set_submodule(self, target: str, module: Any, strict: bool = False) -> None:
        """Put ``module`` at ``target``; with ``strict`` there must be one already.

        ValueError for ``""`` or what is no module, AttributeError where a module on the way is
        missing.
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        above, _, name = target.rpartition(".")
        if not isinstance(module, Walking):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        parent = self.get_submodule(above)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}`")
        if hasattr(parent, name) and not isinstance(getattr(parent, name), Walking):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Any:
        """The parameter at ``target``, such as ``"encoder.0.weight"``; AttributeError if none."""
        _, name, found = self._located(target)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Any:
        """The buffer at ``target``; AttributeError if there is none."""
        module, name, found = self._located(target)
        if name not in module._buffers or not isinstance(found, Tensor):
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    def _located(self, target: str) -> tuple[Any, str, Any]:
        above, _, name = target.rpartition(".")
        module = self.get_submodule(above)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        return module, name, getattr(module, name)


__all__ = ["Walking"]
