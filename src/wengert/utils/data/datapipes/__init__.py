"""Pipes: datasets that are made of datasets, each class of them also a method of the others.

:func:`functional_datapipe` gives a class of pipes a name; ``pipe.name(...)`` is then
``Class(pipe, ...)``. PyTorch's own pipes (``map``, ``batch``, ...) are not here.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, ClassVar, TypeVar, get_args, get_type_hints

from ....names.missing import answer_missing_names
from ..dataset import Dataset, IterableDataset

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class _Functions:
    """The part of a pipe that finds classes of pipes by name."""

    functions: ClassVar[dict[str, Callable[..., Any]]]

    def __getattr__(self, name: str) -> Any:
        made = type(self).functions.get(name)
        if made is None:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'",
                                 name=name, obj=self)
        return functools.partial(made, self)

    @classmethod
    def register_function(cls, function_name: str, function: Callable[..., Any]) -> None:
        """Have ``pipe.function_name(...)`` call ``function(pipe, ...)``."""
        cls.functions[function_name] = function


class IterDataPipe(_Functions, IterableDataset[T_co]):
    """A pipe that gives samples one after the other: a subclass defines ``__iter__``."""

    functions: ClassVar[dict[str, Callable[..., Any]]] = {}

    def reset(self) -> None:
        """Start again; nothing here, for a subclass to replace."""

    def __repr__(self) -> str:
        return str(type(self).__qualname__)


class DFIterDataPipe(IterDataPipe[Any]):
    """A pipe of data frames."""

    def _is_dfpipe(self) -> bool:
        return True


class MapDataPipe(_Functions, Dataset[T_co]):
    """A pipe that gives samples by key: a subclass defines ``__getitem__``."""

    functions: ClassVar[dict[str, Callable[..., Any]]] = {}

    def __repr__(self) -> str:
        return str(type(self).__qualname__)


class functional_datapipe:
    """The class below it is also a method of pipes, of this name.

    TypeError for a class of something else, Exception for a name that is taken.
    """

    def __init__(self, name: str, enable_df_api_tracing: bool = False) -> None:
        self.name = name

    def __call__(self, cls: Any) -> Any:
        made = cls.cls if isinstance(cls, non_deterministic) else cls
        for kind in (IterDataPipe, MapDataPipe):
            if isinstance(made, type) and issubclass(made, kind):
                if self.name in kind.functions:
                    raise Exception(f"Unable to add DataPipe function name {self.name} as it is "
                                    "already taken")
                kind.register_function(self.name, cls)
                return cls
        raise TypeError("`functional_datapipe` can only decorate IterDataPipe or MapDataPipe")


_determinism = False
_validation = True


class guaranteed_datapipes_determinism:
    """Within the block, pipes that are not deterministic cannot be made."""

    def __init__(self) -> None:
        global _determinism
        self._before = _determinism
        _determinism = True

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        global _determinism
        _determinism = self._before


class non_deterministic:
    """The class below it is not deterministic, always or if a function of its arguments says so.

    TypeError when one is made within :class:`guaranteed_datapipes_determinism`.
    """

    def __init__(self, arg: Any) -> None:
        self.cls: Any = arg if isinstance(arg, type) else None
        self._says: Callable[..., bool] | None = None if self.cls else arg

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.cls is None:
            self.cls = args[0]
            return self
        if _determinism and (self._says is None or self._says(*args, **kwargs)):
            raise TypeError(f"{self.cls.__name__} is non-deterministic, but you set "
                            "'guaranteed_datapipes_determinism'. You can turn off determinism for "
                            "this DataPipe if that is acceptable for your application")
        return self.cls(*args, **kwargs)


def argument_validation(f: Callable[..., T]) -> Callable[..., T]:
    """Check the arguments of ``f`` that are annotated as pipes; TypeError for something else."""
    signature = inspect.signature(f)

    @functools.wraps(f)
    def checked(*args: Any, **kwargs: Any) -> T:
        hints = get_type_hints(f)
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            kind = getattr(hints.get(name), "__origin__", hints.get(name))
            if isinstance(kind, type) and issubclass(kind, (IterDataPipe, MapDataPipe)) and (
                    not isinstance(value, kind)):
                raise TypeError(f"Expected argument '{name}' as a {kind.__name__}, but found "
                                f"{type(value)}")
        return f(*args, **kwargs)

    return checked


class runtime_validation_disabled:
    """Within the block, :func:`runtime_validation` checks nothing."""

    def __init__(self) -> None:
        global _validation
        self._before = _validation
        _validation = False

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        global _validation
        _validation = self._before


def runtime_validation(f: Callable[[Any], Iterable[T]]) -> Callable[[Any], Iterator[T]]:
    """Check the samples of ``__iter__`` of a pipe that says their class, ``IterDataPipe[int]``;
    RuntimeError for another."""
    @functools.wraps(f)
    def checked(self: Any) -> Iterator[T]:
        wanted = [arg for base in getattr(type(self), "__orig_bases__", ())
                  for arg in get_args(base) if isinstance(arg, type)]
        for sample in f(self):
            if _validation and wanted and not isinstance(sample, wanted[0]):
                raise RuntimeError(f"Expected an instance as subtype of {wanted[0]}, but found an "
                                   f"instance of {type(sample)}")
            yield sample

    return checked


class DataChunk(list[Any]):
    """A list of samples that belong together."""

    def __init__(self, items: Iterable[Any]) -> None:
        self.items = list(items)
        super().__init__(self.items)

    def as_str(self, indent: str = "") -> str:
        """The samples in brackets."""
        return f"{indent}[{', '.join(map(str, self))}]"

    def raw_iterator(self) -> Iterator[Any]:
        """The samples, as they are."""
        return iter(self.items)


__all__ = ["DFIterDataPipe", "DataChunk", "IterDataPipe", "MapDataPipe", "argument_validation",
           "functional_datapipe", "guaranteed_datapipes_determinism", "non_deterministic",
           "runtime_validation", "runtime_validation_disabled"]
answer_missing_names(__name__)
