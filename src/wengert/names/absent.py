"""Modules of PyTorch that only say no: there is no such device, or nothing to load or export.

``import torch.hub``, ``from torch import mps``, ``torch.xpu.is_available()`` work; what a program
asks to find out is answered, what it cannot do without is refused with the way out. ``finder.py``
makes the modules of this table when they are imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn


class Absent(NamedTuple):
    """What such a module has: functions that return a value, and functions that raise."""

    doc: str
    answers: dict[str, Any]
    refusals: dict[str, str]
    error: type[Exception] = RuntimeError


def _device(kind: str, name: str, path: str, silent: str, refused: str) -> Absent:
    """A device that is not there."""
    why = (f"Wengert has no {name}; torch.{path}.is_available() is False. Run on the CPU")
    return Absent(f"``torch.{kind}``: says that there is no such device.",
                  {"is_available": False, "device_count": 0, **dict.fromkeys(silent.split())},
                  dict.fromkeys(refused.split(), why))


_PARALLEL = Absent(
    "``torch.nn.parallel``: one module on several devices, of which there is one.", {},
    dict.fromkeys(["DataParallel", "DistributedDataParallel", "data_parallel"],
                  "torch.nn.parallel is not in wengert: there is one device and one process. Use "
                  "the module itself"), NotImplementedError)
MODULES = {
    "hub": Absent(
        "``torch.hub``: models from the network, which this does not load.", {}, {
            "load": "torch.hub.load is not in wengert: it would run code from the network. Build "
                    "the module and load its state_dict with torch.load",
            "load_state_dict_from_url": "torch.hub.load_state_dict_from_url is not in wengert: "
                                        "fetch the file, then use torch.load",
            "download_url_to_file": "torch.hub.download_url_to_file is not in wengert: use "
                                    "urllib.request.urlretrieve",
        }, NotImplementedError),
    "mps": _device("mps", "MPS backend", "backends.mps", "manual_seed empty_cache", "synchronize"),
    "nn.parallel": _PARALLEL,
    "nn.parallel.distributed": _PARALLEL,
    "onnx": Absent(
        "``torch.onnx``: export to ONNX, which is not here.", {"is_in_onnx_export": False}, {
            "export": "torch.onnx.export is not in wengert. Save the state_dict with torch.save "
                      "and export it with PyTorch, which reads it",
        }, NotImplementedError),
    "utils.model_zoo": Absent(
        "``torch.utils.model_zoo``: models from the network, which this does not load.", {}, {
            "load_url": "torch.utils.model_zoo.load_url is not in wengert: fetch the file, then "
                        "use torch.load",
        }, NotImplementedError),
    "xpu": _device("xpu", "XPU backend", "xpu", "manual_seed manual_seed_all empty_cache",
                   "synchronize"),
}
"""Each of them by its path below ``torch``."""


def contents(absent: Absent) -> dict[str, Callable[..., Any]]:
    """The functions of such a module, and the classes, for a name that begins like one's."""
    made = {name: _answering(value) for name, value in absent.answers.items()}
    for name, text in absent.refusals.items():
        refuse = _refusing(absent.error, text)
        made[name] = type(name, (), {"__new__": refuse, "__doc__": refuse.__doc__}) if (
            name[0].isupper()) else refuse
    return made


def _answering(value: Any) -> Callable[..., Any]:
    def answer(*args: Any, **kwargs: Any) -> Any:
        return value

    answer.__doc__ = f"{value}."
    return answer


def _refusing(error: type[Exception], text: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise error(text)

    refuse.__doc__ = f"{error.__name__}: {text}."
    return refuse
