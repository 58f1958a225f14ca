"""A module's layers as a table: :func:`summary`, as users of torchinfo know it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import prod
from typing import Any

from .autograd.modes import no_grad
from .engine.dtypes import DType, float32
from .engine.recording.handle import Handle
from .engine.recording.recording import dtype_of, shape_of
from .engine.recording.structures import tensors_in
from .nn.modules.module import Module
from .tensors.creation import zeros

MEGABYTE = 1e6


class Layer:
    """A call of a module, or a module that holds others and is not called: ``children`` are those
    in it, ``is_recursive`` says whether the module has a row already; numbers of parameters are
    those of the module and all in it."""

    def __init__(self, var_name: str, module: Module, depth: int, is_recursive: bool) -> None:
        self.var_name, self.module, self.depth = var_name, module, depth
        self.depth_index = 0
        self.is_recursive = is_recursive
        self.children: list[Layer] = []
        self.input_size: list[int] = []
        self.output_size: list[int] = []
        self.output_bytes = 0

    @property
    def class_name(self) -> str:
        return type(self.module).__name__

    @property
    def is_leaf_layer(self) -> bool:
        return next(self.module.children(), None) is None

    @property
    def num_params(self) -> int:
        return sum(p.numel() for p in self.module.parameters())

    @property
    def trainable_params(self) -> int:
        return sum(p.numel() for p in self.module.parameters() if p.requires_grad)

    @property
    def own_params(self) -> int:
        """Those that no row below has."""
        below = {id(p) for child in self.children for p in child.module.parameters()}
        return sum(p.numel() for p in self.module.parameters() if id(p) not in below)

    @property
    def trainable(self) -> str:
        """Whether the parameters are, or some of them."""
        if not self.num_params:
            return "--"
        part = self.trainable_params
        return "True" if part == self.num_params else "Partial" if part else "False"

    @property
    def kernel_size(self) -> list[int] | int | None:
        found = getattr(self.module, "kernel_size", None)
        return list(found) if isinstance(found, (tuple, list)) else found

    @property
    def mult_adds(self) -> int:
        """Multiplications with a parameter, each with its addition, of a layer that has no others
        in it: of a convolution each parameter once for each sample and place; of a recurrent layer
        once for each sample and step; of any other once for each sample."""
        if not self.is_leaf_layer or not self.output_size:
            return 0
        size, found = self.output_size, 0
        for name, p in self.module.named_parameters():
            if name not in ("weight", "bias"):
                times = prod(size[:2])
            elif "Conv" in self.class_name:
                times = prod(size[:1] + size[2:])
            else:
                times = size[0]
            found += times * p.numel()
        return found

    def all(self) -> Iterator[Layer]:
        """This row and those below, as they stand in the table."""
        yield self
        for child in self.children:
            yield from child.all()


# ---- running the module ----


class Watch:
    """Makes rows while a module runs: ``open`` are the calls that have not returned."""

    def __init__(self, model: Module) -> None:
        self.paths = {module: path for path, module in model.named_modules()}
        self.open: list[Layer] = []
        self.root: Layer | None = None
        self.held: dict[tuple[int, str], Layer] = {}
        """By a row and a path: the row of a module that is not called and holds others."""
        self.seen: set[Module] = set()

    def enters(self, module: Module, given: Any) -> None:
        """Open a row, below those of the modules around."""
        path = self.paths[module]
        if not self.open:
            self.root = row = self.row(type(module).__name__, module, 0)
        else:
            row = self.below(self.open[-1], path, module)
        self.open.append(row)

    def row(self, name: str, module: Module, depth: int) -> Layer:
        made = Layer(name, module, depth, module in self.seen)
        self.seen.add(module)
        return made

    def below(self, parent: Layer, path: str, module: Module) -> Layer:
        """A row below ``parent``, and below what holds the module."""
        around = self.paths[parent.module]
        inside = path.startswith(f"{around}." if around else "")
        names = path[len(around) + 1 if around else 0:].split(".") if inside else [path]
        top, at = parent, around
        for name in names[:-1]:
            at = f"{at}.{name}" if at else name
            key = id(top), at
            if key not in self.held:
                holder = next(m for m, p in self.paths.items() if p == at)
                self.held[key] = self.row(name, holder, top.depth + 1)
                top.children.append(self.held[key])
            top = self.held[key]
        row = self.row(names[-1], module, top.depth + 1)
        top.children.append(row)
        return row

    def leaves(self, module: Module, given: Any, returned: Any) -> None:
        """Say what came out."""
        row = self.open.pop()
        row.input_size, _ = size_of(given)
        row.output_size, row.output_bytes = size_of(returned)


def size_of(value: Any) -> tuple[list[int], int]:
    """The shape of the first tensor of a structure, and its bytes."""
    first = next(tensors_in(value), None)
    if first is None:
        return [], 0
    shape = list(shape_of(first))
    return shape, prod(shape) * dtype_of(first).itemsize


def run(model: Module, args: tuple[Any, ...], kwargs: dict[str, Any], mode: str) -> Layer:
    """The rows of a call."""
    watch = Watch(model)
    before = [(module, module.training) for module in watch.paths]
    hooks = [hook for module in watch.paths for hook in (
        module.register_forward_pre_hook(watch.enters),
        module.register_forward_hook(watch.leaves))]
    try:
        if mode != "same":
            model.train(mode == "train")
        with no_grad():
            model(*args, **kwargs)
    finally:
        for hook in hooks:
            hook.remove()
        for module, training in before:
            module.training = training
    assert watch.root is not None
    return watch.root


def tree(model: Module) -> Layer:
    """The rows of a module that does not run."""
    seen: set[Module] = set()

    def made(name: str, module: Module, depth: int) -> Layer:
        row = Layer(name, module, depth, module in seen)
        seen.add(module)
        row.children = [made(below, child, depth + 1) for below, child in module.named_children()]
        return row
    return made(type(model).__name__, model, 0)


# ---- the table ----

COLUMNS: dict[str, tuple[str, Callable[[Summary, Layer], str]]] = {
    "kernel_size": ("Kernel Shape", lambda s, row: shown(row.kernel_size)),
    "input_size": ("Input Shape", lambda s, row: shown(row.input_size)),
    "output_size": ("Output Shape", lambda s, row: shown(row.output_size)),
    "num_params": ("Param #", lambda s, row: s.params_of(row)),
    "params_percent": ("Param %", lambda s, row: s.share_of(row)),
    "mult_adds": ("Mult-Adds", lambda s, row: s.mult_adds_of(row)),
    "trainable": ("Trainable", lambda s, row: row.trainable),
}
"""By name: the title, and what a row has there."""
ROW_SETTINGS = ("depth", "var_names", "ascii_only", "hide_recursive_layers")


def shown(value: Any) -> str:
    return str(value) if value else "--"


class Summary:
    """What :func:`summary` returns; it prints as a table. ``summary_list`` are its rows."""

    def __init__(self, root: Layer, given: Sequence[Any], columns: Sequence[str], width: int,
                 depth: int, settings: Sequence[str]) -> None:
        self.root, self.columns, self.width = root, tuple(columns), width
        self.max_depth, self.settings = depth, frozenset(settings)
        self.summary_list = list(root.all())
        counts: dict[int, int] = {}
        for row in self.summary_list:
            row.depth_index = counts[row.depth] = counts.get(row.depth, 0) + 1
        leaves = [row for row in self.summary_list if row.is_leaf_layer]
        parameters = list(root.module.parameters())
        self.total_params = root.num_params
        self.trainable_params = root.trainable_params
        self.total_mult_adds = sum(row.mult_adds for row in leaves)
        self.total_input = sum(x.numel() * x.element_size() for x in given)
        self.total_output_bytes = sum(2 * row.output_bytes for row in leaves if row.num_params)
        """Of the layers with parameters, twice: for the value and for its gradient."""
        self.total_param_bytes = sum(p.numel() * p.element_size() for p in parameters)

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    # ---- cells ----

    def is_last(self, row: Layer) -> bool:
        """Whether what is below is not shown."""
        return row.is_leaf_layer or row.depth == self.max_depth

    def params_of(self, row: Layer) -> str:
        count = row.num_params if self.is_last(row) else row.own_params
        if row.is_recursive and row.num_params:
            return "(recursive)"
        if not count:
            return "--"
        return f"{count:,}" if row.trainable_params else f"({count:,})"

    def share_of(self, row: Layer) -> str:
        count = row.num_params if self.is_last(row) else row.own_params
        if row.is_recursive or not count:
            return self.params_of(row)
        return f"{count / self.total_params:.2%}"

    def mult_adds_of(self, row: Layer) -> str:
        count = sum(each.mult_adds for each in row.all()) if self.is_last(row) else 0
        return f"{count:,}" if count else "--"

    # ---- lines ----

    def title(self, row: Layer) -> str:
        """The layer, with a mark for how deep it stands."""
        plain = "ascii_only" in self.settings
        marks = ("+ ", "+ ", "|    ") if plain else ("├─", "└─", "│    ")
        lead = "" if not row.depth else marks[0] if row.depth == 1 else (
            marks[2] * (row.depth - 1) + marks[1])
        name = f" ({row.var_name})" if "var_names" in self.settings else ""
        number = f": {row.depth}-{row.depth_index}" if row.depth and (
            "depth" in self.settings) else ""
        return f"{lead}{row.class_name}{name}{number}"

    def lines(self) -> Iterator[str]:
        """The table, then the totals."""
        rows = [row for row in self.summary_list if row.depth <= self.max_depth and not (
            row.is_recursive and "hide_recursive_layers" in self.settings)]
        about = "".join(f" ({name})" if name == "var_name" else f":{name}" for name in (
            "var_name" if "var_names" in self.settings else "",
            "depth-idx" if "depth" in self.settings else "") if name)
        first = [f"Layer (type{about})", *map(self.title, rows)]
        wide = max(40, *(len(text) + 2 for text in first))
        cells = [[COLUMNS[name][0] for name in self.columns],
                 *([COLUMNS[name][1](self, row) for name in self.columns] for row in rows)]
        bar = "=" * (wide + 1 + (self.width + 1) * len(self.columns))
        yield bar
        for k, (text, line) in enumerate(zip(first, cells, strict=True)):
            filled = "".join(f"{cell:<{self.width}} " for cell in line)
            yield f"{text:<{wide}} {filled}".rstrip()
            if k == 0:
                yield bar
        yield bar
        yield from self.totals(bar)

    def totals(self, bar: str) -> Iterator[str]:
        yield f"Total params: {self.total_params:,}"
        yield f"Trainable params: {self.trainable_params:,}"
        yield f"Non-trainable params: {self.total_params - self.trainable_params:,}"
        if self.root.output_size:
            yield f"Total mult-adds: {rounded(self.total_mult_adds)}"
            yield bar
            sizes = {"Input size": self.total_input,
                     "Forward/backward pass size": self.total_output_bytes,
                     "Params size": self.total_param_bytes}
            for name, size in {**sizes, "Estimated Total Size": sum(sizes.values())}.items():
                yield f"{name} (MB): {size / MEGABYTE:.2f}"
        yield bar


def rounded(count: int) -> str:
    """A number of operations in words that one can compare."""
    for unit, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if count >= unit:
            return f"{count / unit:,.2f} {name}"
    return f"{count:,}"


# ---- the call ----


def summary(model: Module, input_size: Any = None, input_data: Any = None,
            batch_dim: int | None = None, *,
            col_names: Iterable[str] = ("output_size", "num_params"), col_width: int = 25,
            depth: int = 3, dtypes: Sequence[DType] | None = None, mode: str = "eval",
            row_settings: Iterable[str] = ("depth",), verbose: int = 1, **kwargs: Any) -> Summary:
    """The layers of a module as a tree, each with the shape of its result and its number of
    parameters, and their totals: printed, unless ``verbose`` is 0, and returned.

    ``input_size`` is the shape of the input with its batch, or a list of several; or the input
    itself, a tensor or a tuple of them, as is ``input_data``; ``kwargs`` are given to the module by
    name. Without an input the module does not run, and there are no shapes. ``batch_dim`` puts a
    batch of one into each size. ``dtypes`` are those of the sizes (float32). ``depth`` is how deep
    the rows go; ``col_names`` are some of input_size, output_size, num_params, params_percent,
    kernel_size, mult_adds, trainable; ``row_settings`` of depth, var_names, ascii_only,
    hide_recursive_layers. The module runs in ``mode`` "eval", "train" or "same", without gradients,
    and is left as it was. ValueError for a name that is none of these.

    Mult-adds are counted as torchinfo counts them: each parameter of a convolution once for each
    sample and place, of a recurrent layer for each sample and step, of any other for each sample.

    >>> net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    >>> found = torch.summary(net, torch.ones(16, 4), verbose=0)
    >>> found.total_params, found.total_mult_adds
    (58, 928)
    >>> [(row.class_name, row.output_size) for row in found.summary_list][1]
    ('Linear', [16, 8])
    """
    columns, settings = list(col_names), list(row_settings)
    for name, known in ([(c, COLUMNS) for c in columns] + [(s, ROW_SETTINGS) for s in settings]
                        + [(mode, ("eval", "train", "same"))]):
        if name not in known:
            raise ValueError(f"summary: {name!r} is none of {', '.join(known)}")
    args, more = arguments(input_size, input_data, batch_dim, dtypes)
    given = {**more, **kwargs}
    root = run(model, args, given, mode) if args or given else tree(model)
    found = Summary(root, list(tensors_in((args, given))), columns, col_width, depth, settings)
    if verbose:
        print(found)
    return found


def arguments(size: Any, data: Any, batch_dim: int | None, dtypes: Sequence[DType] | None
              ) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What the module is called with."""
    if data is None and next(tensors_in(size), None) is not None:
        size, data = None, size
    if data is not None:
        if isinstance(data, dict):
            return (), data
        return (data,) if isinstance(data, Handle) else tuple(data), {}
    if size is None:
        return (), {}
    sizes = [size] if all(isinstance(n, int) for n in size) else list(size)
    kinds = list(dtypes) if dtypes else [float32] * len(sizes)
    if batch_dim is not None:
        sizes = [[*s[:batch_dim], 1, *s[batch_dim:]] for s in sizes]
    return tuple(zeros(*s, dtype=kind) for s, kind in zip(sizes, kinds, strict=True)), {}


__all__ = ["Layer", "Summary", "summary"]
