"""Random tensors: PyTorch's functions over the streams of ``random_stream.py``.

Numbers are drawn when a function is called, in the order of the calls, whatever is recorded; from
the same seed they are PyTorch's. :class:`RandomFillers` is the part of Tensor with ``uniform_`` and
its like.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Unpack

import numpy as np

from ..engine import random_stream
from ..engine.arrays import filled
from ..engine.devices import CPU, META, check_device, chosen, libraries
from ..engine.dtypes import DType, get_default_dtype, int64, uint8
from ..engine.graph import Node
from ..engine.locks import Apart
from ..engine.ops.elementwise import broadcast_shape
from ..engine.recording.draws import a_sample, drawing, drawn, drawn_from
from ..engine.recording.flushing import host
from ..engine.recording.handle import Array, Handle, buffer_of
from ..engine.recording.operation import Operation
from ..engine.recording.rebinding import count_write, write_value
from ..engine.recording.recorder import hold, record, record_write
from ..engine.recording.recording import device_of, dtype_of, here, shape_of
from ..engine.recording.sharing import check_writable
from ..functions.copies import copy, instead
from .creation import (
    Options,
    as_dtype,
    as_shape,
    check_options,
    chosen_dtype,
    finish,
    in_memory_order,
    is_made_in_rows,
)
from .data import cast_copy


class Generator(random_stream.Generator):
    """A stream of random numbers: ``torch.Generator().manual_seed(0)``.

    Its states are those of PyTorch's CPU generator, so one saved there continues here.
    """

    def __init__(self, device: Any = "cpu") -> None:
        check_device(device)
        super().__init__()

    device = property(lambda self: CPU, lambda self, where: None, doc="``device(type='cpu')``.")

    def get_state(self) -> Any:
        """The state, a uint8 tensor of 5056 elements."""
        return hold(super().get_state())

    def set_state(self, state: Any) -> Generator:
        """Continue from a state that :meth:`get_state` returned here or in PyTorch.

        TypeError if it is no uint8 tensor.
        """
        if not isinstance(state, Handle) or dtype_of(state) is not uint8:
            raise TypeError("expected a torch.ByteTensor, but got "
                            f"{type(state).__name__}: RNG state must be a torch.ByteTensor")
        super().set_state(host(state))
        return self

    def clone_state(self) -> Generator:
        """An independent generator that continues as this one would."""
        return Generator().set_state(self.get_state())

    clone = clone_state

    def __reduce__(self) -> tuple[Any, ...]:
        return (_from_state, (host(self.get_state()),))

    def __repr__(self) -> str:
        return f"<torch.Generator object at {id(self):#x}>"


def _from_state(state: Array) -> Generator:
    return Generator().set_state(hold(state))


default_generator = Generator()
"""The stream of all functions that are given no ``generator``."""
default_generator.seed()


class Draws:
    """What this thread draws from the default stream during a call: a copy of it, so that the
    stream is where others leave it. ``found`` says whether it has drawn anything."""

    def __init__(self) -> None:
        self.found = False
        self.before = self.apart = random_stream.Generator.get_state(default_generator)

    def during(self, call: Callable[[], Any]) -> Any:
        """The result of ``call``, of which it is noted whether it draws."""
        lock = default_generator._lock
        default_generator._lock = Apart(lock, self.swap)
        try:
            return call()
        finally:
            default_generator._lock = lock
            self.found = not np.array_equal(self.apart, self.before)

    def swap(self) -> None:
        """Put the state of the copy in the place of the stream's, or back."""
        now = random_stream.Generator.get_state(default_generator)
        random_stream.Generator.set_state(default_generator, self.apart)
        self.apart = now


def manual_seed(seed: Any) -> Generator:
    """Start the default stream of ``seed``; returns the generator."""
    default_generator.manual_seed(int(seed))
    return default_generator


def seed() -> int:
    """Start the default stream of a seed taken from the operating system, and return that seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default stream was started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """The state of the default stream, a uint8 tensor."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Continue the default stream from a state."""
    default_generator.set_state(new_state)


@contextlib.contextmanager
def fork_rng(devices: Any = None, enabled: bool = True, _caller: str = "fork_rng",
             _devices_kw: str = "devices", device_type: str | None = None) -> Iterator[None]:
    """Restore the state of the default stream at the end of the block."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)


def stream(generator: Any) -> Generator:
    """The generator of an argument: the default one for None; TypeError if it is none."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError("argument 'generator' must be torch.Generator, not "
                        f"{type(generator).__name__}")
    return generator


# From a shape
def _sized(name: str, size: Sequence[Any], options: Any) -> tuple[int, ...]:
    if "size" in options:
        if size:
            raise TypeError(f"{name}() got multiple values for argument 'size'")
        size = (options.pop("size"),)
    if not size:
        raise TypeError(f"{name}() missing 1 required positional argument: \"size\"")
    return as_shape(name, size)


def rand(*size: Any, generator: Generator | None = None, dtype: DType | None = None,
         **options: Unpack[Options]) -> Any:
    """Numbers drawn evenly from [0, 1), of a shape given as ints or as one tuple.

    >>> _ = manual_seed(0); rand(2)     # doctest: +SKIP
    tensor([0.4963, 0.7682])
    """
    return _drawn("rand", size, generator, dtype, options, Generator.uniform)


def randn(*size: Any, generator: Generator | None = None, dtype: DType | None = None,
          **options: Unpack[Options]) -> Any:
    """Numbers drawn from the standard normal distribution, of a shape as in :func:`rand`."""
    return _drawn("randn", size, generator, dtype, options, Generator.normal)


def _drawn(name: str, size: Sequence[Any], generator: Generator | None, dtype: DType | None,
           options: Options, draw: Callable[..., Array]) -> Any:
    shape = as_shape(name, size) if size and not options else _sized(name, size, options)
    if not options and not libraries and here.modes.lanes is None:
        kind = get_default_dtype() if dtype is None else as_dtype(name, dtype)
        return hold(draw(
            default_generator if generator is None else stream(generator), shape, kind.numpy))
    check_options(name, options)
    plain = chosen_dtype(name, dtype, options).numpy
    if libraries and chosen(options.get("device")) is META:
        return finish(name, filled(shape, 0, plain, META), options)
    return drawn(shape, lambda shape: draw(stream(generator), shape, plain),
                 lambda array: finish(name, array, options))


def randint(*args: Any, generator: Generator | None = None, dtype: DType | None = None,
            **options: Any) -> Any:
    """``randint(high, size)``, ``randint(low, high, size)``: integers drawn from [low, high), low
    being 0 if it is not given, in int64 unless another dtype is."""
    if not options and dtype is None and 1 < len(args) < 4 and not libraries and (
            here.modes.lanes is None and args[-1].__class__ in _SEQUENCES):
        low, high = (0, args[0]) if len(args) == 2 else args[:2]
        return hold(stream(generator).integers(
            int(low), int(high), as_shape("randint", args[-1:]), _LONG))
    low, high, shape = _bounds("randint", args, options)
    check_options("randint", options)  # type: ignore[arg-type]
    kind = as_dtype("randint", dtype, int64)
    return drawn(shape, lambda shape: stream(generator).integers(low, high, shape, kind.numpy),
                 lambda array: finish("randint", array, options))  # type: ignore[arg-type]


_LONG, _SEQUENCES = int64.numpy, (tuple, list)


def _bounds(name: str, args: Sequence[Any],
            options: dict[str, Any]) -> tuple[int, int, tuple[int, ...]]:
    rest = list(args)
    size = options.pop("size") if "size" in options else rest.pop() if rest else None
    if "high" in options:
        low, high = options.pop("low", rest.pop(0) if rest else 0), options.pop("high")
    elif len(rest) == 1:
        low, high = options.pop("low", 0), rest.pop()
    elif len(rest) == 2:
        low, high = rest
        rest = []
    else:
        raise TypeError(f"{name}() takes (high, size) or (low, high, size)")
    if rest or not isinstance(size, (tuple, list)):
        raise TypeError(f"{name}(): argument 'size' must be tuple of ints, not "
                        f"{type(size).__name__}")
    return int(low), int(high), as_shape(name, (size,))


def randperm(n: int, *, generator: Generator | None = None, dtype: DType | None = None,
             **options: Unpack[Options]) -> Any:
    """The integers from 0 to ``n - 1`` in a drawn order, in int64 unless another dtype is given."""
    if not options and dtype is None and not libraries and here.modes.lanes is None:
        return hold(stream(generator).permutation(int(n), _LONG))
    check_options("randperm", options)
    kind = as_dtype("randperm", dtype, int64)

    def draw(shape: tuple[int, ...]) -> Array:
        rows = [stream(generator).permutation(int(n), kind.numpy)
                for _ in range(math.prod(shape[:-1]))]
        return rows[0] if len(shape) == 1 else np.reshape(rows, shape)
    return drawn((int(n),), draw, lambda array: finish("randperm", array, options))


# Like another tensor
def rand_like(input: Any, *, generator: Generator | None = None, dtype: DType | None = None,
              **options: Unpack[Options]) -> Any:
    """Numbers drawn evenly from [0, 1), with the shape and dtype of ``input``."""
    return _drawn_like("rand_like", input, generator, dtype, options, Generator.uniform)


def randn_like(input: Any, *, generator: Generator | None = None, dtype: DType | None = None,
               **options: Unpack[Options]) -> Any:
    """Numbers drawn from the standard normal distribution, with the shape and dtype of ``input``.
    """
    def draw(generator: Generator, shape: Any, kind: Any) -> Array:
        return generator.normal(shape, kind, contiguous=contiguous)

    contiguous = not isinstance(input, Handle) or is_made_in_rows(input)
    return _drawn_like("randn_like", input, generator, dtype, options, draw)


def randint_like(input: Any, low: int | None = None, high: int | None = None, *,
                 generator: Generator | None = None, dtype: DType | None = None,
                 **options: Unpack[Options]) -> Any:
    """Integers drawn from [low, high) (from [0, low) if ``high`` is not given), with the shape and
    dtype of ``input``."""
    if low is None and high is None:
        raise TypeError('randint_like() missing 1 required positional argument: "high"')
    first, end = (0, low) if high is None else (0 if low is None else low, high)
    assert first is not None and end is not None

    def draw(generator: Generator, shape: Any, kind: Any) -> Array:
        return generator.integers(int(first), int(end), shape, kind)

    return _drawn_like("randint_like", input, generator, dtype, options, draw)


def _drawn_like(name: str, input: Any, generator: Generator | None, dtype: DType | None,
                options: Options, draw: Callable[..., Array]) -> Any:
    if not isinstance(input, Handle):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not "
                        f"{type(input).__name__}")
    check_options(name, options)
    kind = as_dtype(name, dtype, dtype_of(input)).numpy
    if libraries:
        options.setdefault("device", device_of(input))
        if chosen(options["device"]) is META:
            return finish(name, filled(shape_of(input), 0, kind, META), options)
    source = stream(generator)
    if drawing():
        return drawn(shape_of(input), lambda shape: draw(source, shape, kind),
                     lambda array: finish(name, array, options))
    array = in_memory_order(input, lambda shape: draw(source, shape, kind))
    return finish(name, array, options) if options else hold(array)


# With parameters in tensors
def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *,
           generator: Generator | None = None, dtype: DType | None = None,
           **options: Unpack[Options]) -> Any:
    """Numbers drawn from normal distributions.

    ``mean`` and ``std`` are tensors that broadcast (the result has their shape), or one is a
    number, or both are and ``size`` is given. No gradient flows to them.
    """
    check_options("normal", options)
    tensors = [x for x in (mean, std) if isinstance(x, Handle)]
    if not tensors:
        if size is None:
            raise TypeError("normal() needs size where mean and std are numbers")
        shape = as_shape("normal", (size,))
        plain = chosen_dtype("normal", dtype, options).numpy
        return drawn(shape, lambda shape: stream(generator).normal(shape, plain, mean, std),
                     lambda array: finish("normal", array, options))
    if size is not None:
        raise TypeError("normal() takes no size where mean or std is a tensor")
    kind = dtype_of(tensors[0]).numpy

    def draw(mean: Any, std: Any) -> Array:
        shape = broadcast_shape(np.shape(mean), np.shape(std))
        return stream(generator).normal(shape, kind, mean, std)
    return drawn_from(draw, (mean, std), lambda array: _ungraded("normal", array, tensors, options))


def bernoulli(input: Any, p: float | None = None, *, generator: Generator | None = None,
              out: Any = None) -> Any:
    """1 with the probability that each element of ``input`` is (or ``p``), else 0."""
    kind = dtype_of(input)

    def as_tensor(array: Array) -> Any:
        return _ungraded("bernoulli", array, [input], {"out": out})
    if p is not None:
        return drawn(shape_of(input), lambda shape: stream(generator).bernoulli(
            p, shape, kind.numpy), as_tensor)
    return drawn_from(lambda chance: stream(generator).bernoulli(
        chance, chance.shape, kind.numpy), [input], as_tensor)


def poisson(input: Any, generator: Generator | None = None) -> Any:
    """Numbers drawn from Poisson distributions whose rates are the elements of ``input``."""
    return drawn_from(stream(generator).poisson, [input],
                      lambda array: _ungraded("poisson", array, [input], {}))


def binomial(count: Any, prob: Any, generator: Generator | None = None) -> Any:
    """The successes in ``count`` trials of probability ``prob``, elementwise with broadcasting."""
    return drawn_from(stream(generator).binomial, (count, prob), hold)


def multinomial(input: Any, num_samples: int, replacement: bool = False, *,
                generator: Generator | None = None, out: Any = None) -> Any:
    """``num_samples`` indices drawn from each row of ``input`` (1-dim or 2-dim), whose elements are
    weights; int64.

    RuntimeError for negative weights, for more samples than categories without replacement, and for
    ``out`` of another dtype.
    """
    def draw(weights: Array) -> Array:
        rows = weights if weights.ndim <= 2 else weights.reshape(-1, weights.shape[-1])
        array = stream(generator).multinomial(rows, int(num_samples), bool(replacement))
        return array.reshape(*weights.shape[:-1], int(num_samples))
    if out is None and not libraries and here.modes.lanes is None:
        weights = host(input)
        if weights.ndim == 1:
            return hold(stream(generator).multinomial(
                weights, int(num_samples), bool(replacement)))
    if len(shape_of(input)) not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if out is not None and dtype_of(out) is not int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {dtype_of(out).legacy_name}")
    return drawn_from(draw, [input], lambda array: finish("multinomial", array, {"out": out}))


def _ungraded(name: str, array: Array, tensors: Sequence[Handle], options: Options) -> Any:
    """The tensor of drawn numbers; it requires grad if a parameter does, with a zero gradient."""
    drawn = finish(name, array, options)
    for parameter in tensors:
        if here.modes.grad and parameter.requires_grad:  # type: ignore[attr-defined]
            drawn = record(_DRAWN[name], (parameter, drawn))
    return drawn


def _drawn_instead(input: Node, drawn: Node) -> Node:
    return instead(input, drawn) if input.shape == drawn.shape else drawn


_DRAWN = {name: Operation(_drawn_instead, grad_name) for name, grad_name in (
    ("normal", "NormalBackward1"), ("bernoulli", "BernoulliBackward0"),
    ("poisson", "PoissonBackward0"))}


# In place
class RandomFillers:
    """The part of Tensor that fills it with drawn numbers. Each method returns the tensor.

    As in PyTorch, the numbers lie in memory in the order in which they are drawn; a leaf that
    requires grad is filled inside ``torch.no_grad()``.
    """

    __slots__ = ()

    def uniform_(self: Any, from_: float = 0, to: float = 1, *,
                 generator: Generator | None = None, **others: Any) -> Any:
        """Fill with numbers drawn evenly from [from, to)."""
        low = others.pop("from", from_)
        return fill(self, "uniform", others,
                    lambda s, d: stream(generator).uniform(s, d, float(low), float(to)))

    def normal_(self: Any, mean: float = 0, std: float = 1, *,
                generator: Generator | None = None) -> Any:
        """Fill with numbers drawn from the normal distribution."""
        buf = buffer_of(self)   # of a few, each is drawn for itself
        contiguous = (buf.__class__ is np.ndarray and buf.size < 16 and here.modes.lanes is None
                      ) or self.is_contiguous()
        return fill(self, "normal", {}, lambda s, d: stream(generator).normal(
            s, d, float(mean), float(std), contiguous=contiguous))

    def random_(self: Any, from_: int | None = None, to: int | None = None, *,
                generator: Generator | None = None, **others: Any) -> Any:
        """``random_(from, to)``, ``random_(to)``, ``random_()``: fill with integers drawn from
        [from, to), [0, to), or all that the dtype holds."""
        low = others.pop("from", from_)
        if low is None and to is None:
            return fill(self, "random", others,
                        lambda s, d: stream(generator).integers_full(s, d))
        if to is None and "from" not in others and from_ is not None:
            low, to = 0, low
        return fill(self, "random", others, lambda s, d: stream(generator).integers(
            int(low or 0), None if to is None else int(to), s, d))

    def bernoulli_(self: Any, p: Any = 0.5, *, generator: Generator | None = None) -> Any:
        """Fill with 1 with probability ``p``, a number or a tensor that broadcasts, else 0."""
        chance = host(p) if isinstance(p, Handle) else float(p)
        if chance.__class__ is not float and np.ndim(chance):
            return fill(self, "bernoulli", {},
                        lambda s, d, p: stream(generator).bernoulli(p, s, d), chance)
        return fill(self, "bernoulli", {},
                    lambda s, d: stream(generator).bernoulli(chance, s, d))

    def exponential_(self: Any, lambd: float = 1, *, generator: Generator | None = None) -> Any:
        """Fill with waiting times of rate ``lambd``."""
        return fill(self, "exponential", {},
                    lambda s, d: stream(generator).exponential(s, d, float(lambd)))

    def geometric_(self: Any, p: float, *, generator: Generator | None = None) -> Any:
        """Fill with numbers of trials up to the first success, of probability ``p``."""
        return fill(self, "geometric", {},
                    lambda s, d: stream(generator).geometric(s, d, float(p)))

    def cauchy_(self: Any, median: float = 0, sigma: float = 1, *,
                generator: Generator | None = None) -> Any:
        """Fill with numbers drawn from the Cauchy distribution."""
        return fill(self, "cauchy", {},
                    lambda s, d: stream(generator).cauchy(s, d, float(median), float(sigma)))

    def log_normal_(self: Any, mean: float = 1, std: float = 2, *,
                    generator: Generator | None = None) -> Any:
        """Fill with exp(x), x normal with ``mean`` and ``std``."""
        return fill(self, "log_normal", {},
                    lambda s, d: stream(generator).log_normal(s, d, float(mean), float(std)))

    def bernoulli(self: Any, p: float | None = None, *, generator: Generator | None = None) -> Any:
        """1 with the probability that each element is (or ``p``), else 0."""
        return bernoulli(self, p, generator=generator)

    def multinomial(self: Any, num_samples: int, replacement: bool = False, *,
                    generator: Generator | None = None) -> Any:
        """``num_samples`` indices drawn from each row of weights."""
        return multinomial(self, num_samples, replacement, generator=generator)


_WRITERS: dict[str, Operation] = {}
_GRAD_NAMES = {"bernoulli": "BernoulliBackward2", "random": "RandomBackward2",
               "log_normal": "LogNormalBackward0"}


def fill(target: Any, name: str, others: dict[str, Any],
         draw: Callable[..., Array], *beside: Any) -> Any:
    """Write to ``target`` what ``draw(shape, dtype, *beside)`` gives; returns the target. What is
    ``beside`` broadcasts to its shape."""
    if others:
        raise TypeError(f"{name}_() got an unexpected keyword argument '{next(iter(others))}'")
    check_writable(target, name)
    buf = buffer_of(target)
    if buf.__class__ is np.ndarray and buf.ndim < 2 and here.modes.lanes is None:
        array = draw(buf.shape, buf.dtype, *beside)
        if array.dtype == buf.dtype and write_value(target, array):
            return target
        return _written(target, name, array, [])
    kind = dtype_of(target)
    if libraries and device_of(target) is META:
        count_write(target)
        return target
    levels = drawing()
    if levels:
        array = draw((*[level.size for level in levels], *shape_of(target)), kind.numpy, *beside)
    else:
        array = in_memory_order(target, lambda shape, *others: draw(
            shape, kind.numpy, *others), *beside)
    return _written(target, name, array, levels)


def _written(target: Any, name: str, array: Array, levels: Sequence[Any]) -> Any:
    """``target``, with ``array`` written to it."""
    kind = dtype_of(target)
    if array.dtype != kind.numpy:
        array = cast_copy(array, kind)
    if not levels and write_value(target, array):
        return target
    op = _WRITERS.get(name)
    if op is None:
        op = _WRITERS[name] = copy.derived(copy.lower, name)
        op.grad_name = _GRAD_NAMES.get(name, f"{name.title()}Backward0")
    return record_write(op, (target, a_sample(hold(array), levels)))
