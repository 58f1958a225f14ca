"""From an entry of PyTorch's database to calls on either side."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import torch

import wengert

Function = Callable[..., Any]
SIDES = {"torch": torch, "wengert": wengert}


class Missing(NotImplementedError):
    """A name that Wengert does not have."""


class Call(NamedTuple):
    """One sample: the operands, and what is done to a result before gradients are asked for."""

    input: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    of_result: Function


def calls(entry: Any, dtype: str, most: int, grad: bool) -> Iterator[Call]:
    """The first samples of an entry, of dense tensors; PyTorch draws the numbers from its seed."""
    torch.manual_seed(0)
    found = entry.sample_inputs("cpu", getattr(torch, dtype), requires_grad=grad)
    for each in islice(found, most):
        given = each.input, tuple(each.args), dict(each.kwargs)
        if all(t.layout is torch.strided and t.device.type == "cpu" for t in tensors(given)):
            yield Call(*given, each.output_process_fn_grad)


def function_of(entry: Any) -> Function:
    """Wengert's function of an entry. What the database writes out itself runs with Wengert as
    ``torch``."""
    return counterpart(entry.op, entry.name)


def counterpart(op: Any, name: str) -> Function:
    """Wengert's function or method for PyTorch's, of which ``name`` is known."""
    if isinstance(op, functools.partial):
        return functools.partial(counterpart(op.func, name), *op.args, **op.keywords)
    if isinstance(op, types.FunctionType) and "testing" in op.__module__:
        return transplanted(op)
    found: Any = wengert.Tensor if isinstance(op, types.MethodDescriptorType
                                              | types.WrapperDescriptorType) else wengert
    if found is wengert.Tensor or getattr(op, "__module__", "") == "torch._tensor":
        method = getattr(wengert.Tensor, name, None)
        if method is not None:
            return method   # type: ignore[no-any-return]
        found = wengert
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except (AttributeError, NotImplementedError):
            raise Missing(f"torch.{name}") from None
    return found   # type: ignore[no-any-return]


def seeded(op: Function, *args: Any, **kwargs: Any) -> Any:
    """What the database calls random functions with."""
    wengert.manual_seed(42)
    return op(*args, **kwargs)


def transplanted(function: types.FunctionType) -> Function:
    """A function of the database with Wengert in the place of PyTorch."""
    if function.__name__ == "wrapper_set_seed":
        return seeded
    names = names_in(function.__code__)
    known = {name: here_for(value) for name, value in function.__globals__.items()
             if name in names and value is not function}
    cells = function.__closure__ and tuple(types.CellType(here_for(c.cell_contents))
                                           for c in function.__closure__)
    made = types.FunctionType(function.__code__, {**known, "__builtins__": __builtins__},
                              function.__name__, function.__defaults__, cells)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def names_in(code: types.CodeType) -> set[str]:
    """The global names that a function, or one inside it, reads."""
    return {*code.co_names, *(name for part in code.co_consts
                              if isinstance(part, types.CodeType) for name in names_in(part))}


def here_for(value: Any) -> Any:
    """What stands in the place of a module or function of PyTorch."""
    if value is torch:
        return wengert
    if isinstance(value, torch.nn.PairwiseDistance):
        return wengert.nn.PairwiseDistance(value.norm, value.eps, value.keepdim)
    if isinstance(value, types.FunctionType):
        module = value.__module__ or ""
        if "testing" in module:
            return transplanted(value)
        if module == "torch.nn.functional":
            return getattr(wengert.nn.functional, value.__name__)
    return value


def ours(value: Any, known: dict[int, Any]) -> Any:
    """PyTorch's value as Wengert's: the same tensor for the same, with its strides."""
    if isinstance(value, torch.Tensor):
        if id(value) not in known:
            known[id(value)] = tensor_of(value)
        return known[id(value)]
    if isinstance(value, torch.dtype | torch.memory_format | torch.layout):
        return getattr(wengert, str(value).removeprefix("torch."))
    if isinstance(value, torch.device):
        return wengert.device(str(value))
    if isinstance(value, torch.Size):
        return wengert.Size(value)
    if isinstance(value, torch.Generator):
        return wengert.Generator().manual_seed(value.initial_seed())
    if type(value) in (tuple, list):
        return type(value)(ours(each, known) for each in value)
    if isinstance(value, dict):
        return {key: ours(each, known) for key, each in value.items()}
    return here_for(value)


def tensor_of(value: torch.Tensor) -> Any:
    plain = value.detach().resolve_conj().resolve_neg()
    if plain.dtype is torch.bfloat16:
        made = wengert.from_numpy(plain.float().numpy().copy()).bfloat16()
    else:
        made = wengert.empty_strided(tuple(plain.shape), plain.stride(), dtype=getattr(
            wengert, str(plain.dtype).removeprefix("torch.")))
        if plain.numel():
            made.copy_(wengert.from_numpy(plain.contiguous().numpy().copy()))
    if plain.untyped_storage().nbytes() > plain.numel() * plain.element_size() > 0 and (
            plain.dtype is not torch.bfloat16):
        made = part_of_more(plain)
    return made.requires_grad_(value.requires_grad) if value.is_leaf else made


def part_of_more(plain: torch.Tensor) -> Any:
    """A tensor that is a view of a larger one, with all that its memory holds."""
    count = plain.untyped_storage().nbytes() // plain.element_size()
    memory = wengert.from_numpy(plain.as_strided((count,), (1,), 0).numpy().copy())
    return memory.as_strided(tuple(plain.shape), plain.stride(), plain.storage_offset()).detach()


def tensors(value: Any) -> list[Any]:
    """The tensors inside arguments or results of either side."""
    if isinstance(value, torch.Tensor | wengert.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [t for each in value for t in tensors(each)]
    return []
