"""Compare modules with PyTorch's: text, first values from one seed, outputs, gradients, buffers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import wengert

torch = pytest.importorskip("torch")


class Held(NamedTuple):
    """An argument without a gradient."""

    value: Any


def given(lib: Any, value: Any, requires_grad: bool = True) -> Any:
    """An array as a tensor of ``lib``, and what is inside containers too."""
    if isinstance(value, Held):
        return given(lib, value.value, False)
    if isinstance(value, np.ndarray):
        made = lib.tensor(value)
        return made.requires_grad_() if requires_grad and value.dtype.kind == "f" else made
    if isinstance(value, (tuple, list)):
        return type(value)(given(lib, v, requires_grad) for v in value)
    return value


def tensors_in(value: Any) -> list[Any]:
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in tensors_in(v)]
    return [value] if hasattr(value, "requires_grad") else []


def facts(lib: Any, build: Callable[[Any], Any], args: tuple[Any, ...], calls: int, mode: str,
          seed: int = 7) -> dict[str, Any]:
    """What a module of ``lib`` prints, holds, computes, and sends back."""
    lib.manual_seed(seed)
    module = build(lib)
    found: dict[str, Any] = {"text": repr(module)}
    if mode == "eval":
        module.eval()
    for i in range(calls):
        inputs = [given(lib, a) for a in args]
        out = module(*inputs)
        outputs = [y for y in tensors_in(out) if y.is_floating_point()]
        found |= {f"output {i}.{k}": y for k, y in enumerate(outputs)}
        flowing = [y for y in outputs if y.requires_grad]
        if flowing:
            sum((y * lib.linspace(0.5, 1.5, y.numel(), dtype=y.dtype).reshape(y.shape)).sum()
                for y in flowing).backward()
        found |= {f"gradient {i}.{k}": x.grad for k, x in enumerate(tensors_in(inputs))}
    found["text after"] = repr(module)
    found |= {f"gradient of {name}": p.grad for name, p in module.named_parameters()}
    found |= {f"state {name}": value for name, value in module.state_dict().items()}
    found["next"] = lib.rand(3)
    return found


def alike(build: Callable[[Any], Any], *args: Any, calls: int = 2, mode: str = "train",
          tolerance: float = 2e-5) -> None:
    """Fail where the module that ``build(torch)`` makes differs between PyTorch and wengert."""
    wanted = facts(torch, build, args, calls, mode)
    found = facts(wengert, build, args, calls, mode)
    assert list(found) == list(wanted)
    for key, value in wanted.items():
        mine = found[key]
        if isinstance(value, str) or value is None or mine is None:
            assert mine == value, key
            continue
        a, b = mine.detach().numpy(), value.detach().numpy()
        assert a.dtype == b.dtype, key
        assert a.shape == b.shape, key
        np.testing.assert_allclose(a, b, tolerance, tolerance, err_msg=key)


def alike_errors(run: Callable[[Any], Any], words: int = 24) -> None:
    """Both raise, an error of one type, with PyTorch's first words."""
    with pytest.raises(Exception) as wanted:
        run(torch)
    with pytest.raises(wanted.type) as found:
        run(wengert)
    start = str(wanted.value).strip()[:words]
    assert str(found.value).strip().startswith(start), (str(found.value), str(wanted.value))
