"""``torch.compile``: a step as one call, without its Python.

Every program is recorded and compiled as it is; what is left is the Python that records it.
:func:`compile` leaves that out too, for a function that is *pure*: it reads tensors, numbers and
functions of this package, its only effects are writes to tensors and their gradients, and it needs
no value of a tensor on the way. At the first call the function is captured as a graph
(``engine/recording/capture.py``), of which :class:`Replay` makes the text of a call; this call and
later ones check that what the function read is as it was (guards), run the program, and hand its
results out. A function that is not pure runs as if it had not been compiled, which is never wrong.

Start with :func:`compile`, then :class:`Replay`.
"""

from __future__ import annotations

import builtins
import functools
import types
from collections.abc import Callable, Sequence
from typing import Any
from weakref import ref

import numpy as np

from ..config import config
from ..engine.dtypes import get_default_dtype
from ..engine.graph import Node
from ..engine.ops.structural import input_
from ..engine.passes.starts import settled
from ..engine.recording import statements
from ..engine.recording.capture import Captured, capture
from ..engine.recording.flushing import flush, host, waiting
from ..engine.recording.handle import (
    Handle,
    Store,
    extra_of,
    is_pending,
    kind_of,
    place_in,
    unit_of,
)
from ..engine.recording.program import Program, plan_program
from ..engine.recording.recording import here
from ..engine.recording.replay import layout_of
from ..engine.recording.segment import Segment
from ..tensors import overriding
from ..tensors.random import default_generator
from .purity import ABSENT, PLAIN, Impure, is_ours, reads_of

MOST_VARIANTS = 8


def compile(model: Any = None, *, fullgraph: bool = False, dynamic: bool | None = None,
            backend: Any = None, mode: str | None = None, options: Any = None,
            name: str | None = None, disable: bool = False, recompile_limit: int | None = None,
            isolate_recompiles: bool = False, shapes_spec: Any = None) -> Any:
    """``model``, a function, so that a call of it is one call of machine code where it is pure;
    a module, itself. Without one, a decorator.

    A pure function reads tensors (its arguments, and those it closes over), numbers and functions
    of this package, and writes to nothing but tensors and their ``grad``; any other function runs
    as it is, and is recorded as always. With ``fullgraph=True`` it is an error, at its line, if the
    function needs the value of a tensor on the way. The other arguments are accepted and mean
    nothing here.

    >>> square = torch.compile(lambda x: (x * x).sum())
    >>> square(torch.tensor([1.0, 2.0]))
    tensor(5.)
    """
    if model is None:
        return functools.partial(compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend,
                                 mode=mode, options=options, disable=disable)
    if not callable(model):
        raise TypeError(f"torch.compile: expected a function or a module, got "
                        f"{type(model).__name__}")
    if disable or not isinstance(model, types.FunctionType):
        return whole(model) if fullgraph and isinstance(model, types.MethodType) else model
    return Compiled(model, fullgraph).wrapper()


def whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, in which needing the value of a tensor is an error."""
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        old, here.modes.whole = here.modes.whole, True
        try:
            return function(*args, **kwargs)
        finally:
            here.modes.whole = old
    return call


def state_of(handle: Handle) -> tuple[Any, ...]:
    """What is known of a tensor beside its value and its gradient; a view of it that was read does
    not count, one that was written does."""
    x = extra_of(handle)
    if x is None:
        return False, None, None, None, 0, False, None
    return (x.leaf, x.hooks or None, x.post_hooks or None, x.retains,
            x.store.version if x.store is not None else 0, x.frozen, x.name)


# ---- calling ----

class Calls:
    """The programs that stand for the calls of a function."""

    def __init__(self) -> None:
        self.variants: list[tuple[int, Callable[..., Any]]] = []
        """For each variant, its number of arguments and the function that repeats it."""
        self.tries = 0
        self.why: str | None = None
        """Why calls are recorded instead; None as long as they need not be."""

    def repeated(self, args: tuple[Any, ...]) -> Any:
        """The result of a call by a program that stands for it; ``MISS`` where none does."""
        if overriding.here.modes:   # which are asked about every operation
            return MISS
        for count, replay in self.variants:
            if count == len(args):
                out = replay(*args)
                if out is not MISS:
                    return out
        return MISS

    def tried(self, function: types.FunctionType, run: Callable[..., Any],
              args: tuple[Any, ...]) -> Any:
        """The result of a call of ``run``, which reads what ``function`` reads, by a program that
        stands for it from now on; ``MISS`` where there is none."""
        modes = here.modes
        if (self.tries >= MOST_VARIANTS or modes.held or modes.at_steps or modes.cast is not None
                or modes.open is not None or config.tier not in ("auto", "llvm")
                or overriding.here.modes):
            return MISS
        self.tries += 1
        flush()
        state = default_generator.get_state()
        try:
            replay = Replay(function, run, args).function
        except Exception as why:   # an error of the function's own comes again
            self.why = str(why)
            if isinstance(why, NeverPure):
                self.tries = MOST_VARIANTS
            default_generator.set_state(state)
            return MISS
        result = replay(*args)
        if result is not MISS:
            self.variants.insert(0, (len(args), replay))
        return result


class Compiled(Calls):
    """A function, and the programs that stand for its calls."""

    def __init__(self, function: types.FunctionType, fullgraph: bool) -> None:
        super().__init__()
        self.function = function
        self.run = whole(function) if fullgraph else function

    def wrapper(self) -> Callable[..., Any]:
        """The function that users call."""
        @functools.wraps(self.function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs:
                return self.run(*args, **kwargs)
            out = self.repeated(args)
            if out is MISS:
                out = self.tried(self.function, self.run, args)
            return self.run(*args) if out is MISS else out
        call.compiled = self  # type: ignore[attr-defined]
        return call


class NeverPure(Impure):
    """The function is not pure, whatever its arguments are."""


MISS: Any = object()


class Replay:
    """One call, captured, and the text of the function that stands for it, ``function``;
    :class:`Impure` where there is none."""

    def __init__(self, function: types.FunctionType, run: Callable[..., Any],
                 args: tuple[Any, ...]) -> None:
        self.run = run
        self.args = args
        self.names: dict[str, Any] = {"MISS": MISS, "ABSENT": ABSENT, "here": here,
                                      "config": config, "ref": ref, "new": object.__new__,
                                      "Tensor": Handle._kind, "Segment": Segment,
                                      "settled": statements.settled,
                                      "plain": statements.plain, "layout_of": layout_of,
                                      "kind_noted": statements.kind_noted,
                                      "ndarray": np.ndarray}
        self.guards: list[str] = []
        self.kinds_needed: dict[str, int] = {}
        self.tensors: dict[int, tuple[str, Handle]] = {}
        """The tensors from outside, by identity, with their names in the text."""
        try:
            called: set[Any] = set()
            self.reads = reads_of(function, called)
        except Impure as why:
            raise NeverPure(str(why)) from None
        self.note_reads()
        for each in called:
            self.note_code(each)
        drawn = host(default_generator.get_state())
        try:
            captured = capture(self.called, tensors=[h for _, h in self.tensors.values()])
        except BaseException:
            self.put_back()
            raise
        if captured.looked:
            raise Impure("it needs a value on the way")
        if not np.array_equal(drawn, host(default_generator.get_state())):
            raise Impure("it draws random numbers")
        self.function = self.finish(captured)

    def called(self) -> Any:
        """The result of a call, which has changed nothing from outside but tensors; its tensors as
        they are while their recording lasts."""
        states = {key: state_of(h) for key, (_, h) in self.tensors.items()}
        self.result = self.run(*self.args)
        self.check_unchanged(states)
        self.live = waiting(here.recording)
        self.nodes = tuple([node for h in self.live
                            if (node := place_in(h, here.recording)) is not None])
        self.grads = {key: x.grad for key, (_, h) in self.tensors.items()
                      if (x := extra_of(h)) is not None}
        return self.result

    # ---- guards ----

    def note_reads(self) -> None:
        names: list[str] = []
        self.contents: list[tuple[Any, Any]] = [
            (read.value, items(read.value)) for read in self.reads if read.value.__class__ is list]
        """The lists and dicts from outside, with what they hold before the call."""
        for read in self.reads:
            k = len(self.names)
            if isinstance(read.place, tuple):
                self.names[f"g{k}"] = read.place[0]
                self.guard(f"g{k}.get({read.place[1]!r}, ABSENT)", read.value)
            else:
                self.names[f"c{k}"] = read.place
                self.guard(f"c{k}.cell_contents", read.value)
        for i, arg in enumerate(self.args):
            names.append(f"a{i}")
            self.argument(f"a{i}", arg)
        self.parameters = names
        for name, handle in list(self.tensors.values()):
            self.check_tensor(name, handle)

    def note_code(self, function: types.FunctionType) -> None:
        """The guards of what a function does, and of its defaults."""
        name = self.constant(ref(function))   # what is known must not keep the function
        self.guards += [f"{name}().{part} is {self.constant(getattr(function, part))}"
                        for part in ("__code__", "__defaults__", "__kwdefaults__")]
        for key, value in (function.__kwdefaults__ or {}).items():
            self.guard(f"{name}().__kwdefaults__.get({key!r}, ABSENT)", value)

    def guard(self, text: str, value: Any) -> None:
        """The value from outside is the same object, or an equal number."""
        k = len(self.names)
        self.names[f"v{k}"] = value
        if isinstance(value, (int, float, complex, str)) and not isinstance(value, bool):
            self.guards.append(f"({text} is v{k} or {self.equal(text, value, k)})")
            return
        self.guards.append(f"{text} is v{k}")
        if isinstance(value, (list, tuple)):
            if isinstance(value, list):
                self.guards.append(f"len(v{k}) == {len(value)}")
            for i, v in enumerate(value):
                self.guard(f"v{k}[{i}]", v)
        elif isinstance(value, Handle) and id(value) not in self.tensors:
            self.tensors[id(value)] = (f"v{k}", value)

    def equal(self, text: str, value: Any, k: int) -> str:
        """The test that the value ``text`` is ``value``, of its type; zeros have signs."""
        test = f"{text}.__class__ is v{k}.__class__ and {text} == v{k}"
        if isinstance(value, complex) or (isinstance(value, float) and not value):
            return f"{test} and str({text}) == {str(value)!r}"
        return test

    def argument(self, name: str, value: Any) -> None:
        if isinstance(value, Handle):
            if id(value) in self.tensors:
                raise Impure("an argument that is given twice, or closed over too")
            self.guards += [f"{name} is not {other}" for other, _ in self.tensors.values()]
            self.tensors[id(value)] = (name, value)
            self.guards.append(f"{name}.__class__ is Tensor")
            self.names["Tensor"] = Handle._kind
            if value.__class__ is not Handle._kind:
                raise Impure("an argument of a subclass of Tensor")
        elif isinstance(value, PLAIN):
            k = len(self.names)
            self.names[f"v{k}"] = value
            self.guards.append(self.equal(name, value, k))
        elif value.__class__ in (tuple, list, dict):
            self.structure(name, value)
        else:
            raise Impure(f"an argument of type {type(value).__name__}")

    def structure(self, name: str, value: Any) -> None:
        """The guards of an argument that holds others."""
        kind = value.__class__.__name__
        self.guards.append(f"{name}.__class__ is {kind} and len({name}) == {len(value)}")
        if kind == "dict":
            keys = self.constant(list(value))
            if not all(isinstance(key, (str, int)) for key in value):
                raise Impure("a dict with keys that are no names")
            self.guards.append(f"[*{name}] == {keys}")
        if kind != "tuple":
            self.contents.append((value, items(value)))
        for key, item in value.items() if kind == "dict" else enumerate(value):
            self.argument(f"{name}[{key!r}]", item)

    def check_tensor(self, name: str, handle: Handle) -> None:
        """The guard of a tensor: it has a value of the same kind, and no more state than before."""
        x = extra_of(handle)
        if is_pending(handle) or isinstance(unit_of(handle), Segment):
            raise Impure("a tensor with a history")
        if handle.__dict__ or not is_ours(handle.__class__):
            raise Impure("a tensor with attributes")
        if x is not None and not statements.plain(x):
            raise Impure("a tensor that shares its storage or has hooks")
        k = len(self.names)
        self.names[f"k{k}"] = statements.kind_noted(handle)
        self.guards.append(statements.is_of_kind(name, f"k{k}"))
        grad = "None"
        if x is not None and x.grad is not None:
            if id(x.grad) not in self.tensors:
                raise Impure("a gradient that is there before the call")
            grad = self.tensors[id(x.grad)][0]
        layout = self.constant(layout_of(handle))
        self.guards.append(statements.is_as(name, handle, grad, layout))

    # ---- what the call did ----

    def put_back(self) -> None:
        """Undo what the call changed from outside beside tensors."""
        for read in self.reads:
            if read.value is ABSENT:
                read.place[0].pop(read.place[1], None)
            elif isinstance(read.place, tuple):
                read.place[0][read.place[1]] = read.value
            else:
                read.place.cell_contents = read.value
        for whole, parts in self.contents:
            whole.clear()
            whole.extend(parts) if isinstance(whole, list) else whole.update(parts)

    def check_unchanged(self, states: dict[int, Any]) -> None:
        """:class:`Impure` if the call changed a variable or a list from outside."""
        for read in self.reads:
            place = read.place
            now = (place[0].get(place[1], ABSENT) if isinstance(place, tuple)
                   else place.cell_contents)
            if now is not read.value:
                raise Impure("it changes a variable from outside")
        for key, (_, handle) in self.tensors.items():
            if state_of(handle) != states[key]:
                raise Impure("it changes the state of a tensor")
        for whole, parts in self.contents:
            now = items(whole)
            if len(now) != len(parts) or any(
                    a is not b for a, b in zip(flat(now), flat(parts), strict=True)):
                raise Impure("it changes a list from outside")

    def finish(self, captured: Captured) -> Callable[..., Any]:
        """The function that repeats what was captured."""
        values = [self.input(given) for given in captured.inputs]
        if not self.live:
            raise Impure("nothing recorded")
        place = {id(h): k for k, h in enumerate(self.live)}
        program = plan_program(captured.at, self.nodes)
        program.paid = True   # compiling is what was asked for
        program.graph = settled(program.graph, {
            node: given for node, given in zip(program.graph.inputs, captured.inputs, strict=True)
            if given.__class__ is int})
        lines = self.writes(place, captured, program)
        text = self.handed_out(self.result, place, lines, program, captured.sources)
        if not self.used.issuperset(place):
            raise Impure("a tensor that it keeps")
        return self.write(values, program, lines, text)

    def input(self, given: Any) -> str:
        """The text of an input of the program."""
        if isinstance(given, Handle):
            if id(given) in self.tensors:
                return statements.value_of(self.tensors[id(given)][0])
        elif isinstance(given, (int, float, complex)):
            return self.number(given)
        elif isinstance(given, np.ndarray):
            return self.constant(given)   # made of what it reads
        raise Impure("a tensor that it keeps")

    def writes(self, place: dict[int, int], captured: Captured, program: Program) -> list[str]:
        """The lines that give tensors from outside their new values and gradients."""
        self.used: set[int] = set()
        lines: list[str] = []
        for handle, _, times in captured.writes:
            key = id(handle)
            x = extra_of(handle)
            if key not in place or (x is not None and x.store is not None):
                raise Impure("a write to a tensor that shares its storage")
            name = self.tensors[key][0]
            self.guards.append(statements.shares_nothing(name))
            self.used.add(key)
            k, dtype, *_ = program.live[place[key]]
            kind = self.kind(program, k)
            lines.append(f"b, t = out[{k}], {kind}")
            lines.append(f"if t is None or b.__class__ is not ndarray: "
                         f"b, t = settled(b, t, {self.constant(dtype)})")
            lines.append(statements.written(name, "b", "t"))
            if extra_of(handle) is not None:
                lines.append(statements.counted(name, times))
        for handle, _ in captured.grads:
            name, new = self.tensors[id(handle)][0], self.grads[id(handle)]
            if new is None:
                lines.append(statements.grad_set(name, "None"))
            elif id(new) in place:
                if id(new) in self.used or id(new) in self.tensors:
                    raise Impure("a gradient that is another tensor too")
                self.used.add(id(new))
                lines.append(statements.grad_set(
                    name, self.made(place[id(new)], program, None)))
            else:
                raise Impure("a gradient from outside")
        return lines

    def kind(self, program: Program, k: int) -> str:
        """The name of the kind of result ``k``, learned at the first run of compiled code."""
        name = f"o{k}"
        self.names.setdefault(name, None)
        self.kinds_needed[name] = k
        return name

    def made(self, i: int, program: Program, segment: str | None) -> str:
        """The text that makes the tensor of a result."""
        k, dtype, flows, _ = program.live[i]
        kind = self.kind(program, k)
        node = f"n{k}"
        self.names["make"] = statements.made
        if flows and segment is not None:
            self.names[node] = program.outputs[k]
            return f"make(out[{k}], {kind}, {self.constant(dtype)}, {segment}, {node})"
        return f"make(out[{k}], {kind}, {self.constant(dtype)})"

    def handed_out(self, value: Any, place: dict[int, int], lines: list[str], program: Program,
                   sources: Sequence[Any]) -> str:
        """The text of the result."""
        if isinstance(value, Handle):
            if id(value) in self.tensors:
                return self.tensors[id(value)][0]
            if id(value) not in place:
                raise Impure("a result that it did not compute")
            if id(value) in self.used:
                raise Impure("a result that is handed out twice")
            x = extra_of(value)
            if x is not None and (x.leaf or x.hooks or x.retains or x.grad is not None
                                  or x.tangent is not None):
                raise Impure("a result with state of its own")
            self.used.add(id(value))
            i = place[id(value)]
            if x is not None and x.store is not None:
                self.own_storage(value, x.store, program.outputs[program.live[i][0]], place)
            segment = None
            if program.live[i][2]:
                segment = self.segment(program, sources, lines)
            return self.made(i, program, segment)
        if isinstance(value, PLAIN):
            return self.constant(value)
        if any(value is each for each, _ in self.contents):
            raise Impure("a list from outside as a result")
        if value.__class__ is dict:
            items = [f"{self.constant(key)}: "
                     f"{self.handed_out(v, place, lines, program, sources)}"
                     for key, v in value.items()]
            return f"{{{', '.join(items)}}}"
        named = isinstance(value, tuple) and hasattr(value, "_fields")
        if named or value.__class__ in (tuple, list):
            parts = [self.handed_out(v, place, lines, program, sources) for v in value]
            inside = ", ".join(parts) + ("," if parts else "")
            if named:
                kind: Any = value.__class__
                return f"{self.constant(getattr(kind, '_make', kind))}([{inside}])"
            return f"({inside})" if value.__class__ is tuple else f"[{inside}]"
        raise Impure(f"a result of type {type(value).__name__}")

    def own_storage(self, value: Handle, store: Store, node: Node, place: dict[int, int]) -> None:
        """:class:`Impure` unless ``value``, which is ``node``, is the only view of what was
        computed for it."""
        family = store.root.family()
        while node.prim.aliases:
            node = node.args[0]
        if node.prim is input_ or any(
                member is not None and member is not value and not isinstance(member, Store)
                for each in family for member in [r() for r in each.members]):
            raise Impure("a result that shares its storage")
        self.used.update(place.keys() & set(map(id, family)))

    def constant(self, value: Any) -> str:
        name = f"v{len(self.names)}"
        self.names[name] = value
        return name

    def segment(self, program: Program, sources: Sequence[Any], lines: list[str]) -> str:
        """The name of the segment that a later backward of a result goes through."""
        plan = program.segment
        assert plan is not None
        if "segment = " in "".join(lines):
            return "segment"
        ends = []
        for _, k in program.ends:
            origin = sources[k]
            leaf = origin() if isinstance(origin, ref) else None
            if leaf is None or id(leaf) not in self.tensors:
                raise Impure("a gradient that goes to a tensor inside")
            ends.append(f"ref({self.tensors[id(leaf)][0]}), ")
        n = len(program.outputs)
        self.names["residual_nodes"] = plan.residuals
        self.names["plan"] = plan
        residuals = f"dict(zip(residual_nodes, out[{n}:]))" if plan.residuals else "{}"
        lines.append(f"segment = Segment(plan, {residuals}, ({''.join(ends)}), {{}}, {{}}, 0)")
        return "segment"

    def write(self, inputs: list[str], program: Program, lines: list[str], text: str
              ) -> Callable[..., Any]:
        """Compile the text."""
        self.names["program"] = program
        values = ", ".join(inputs)
        params = ", ".join(self.parameters)
        self.names["default"], self.names["default_dtype"] = get_default_dtype, get_default_dtype()
        body = [f"def replay({params}):" if params else "def replay():",
                "    modes = here.modes",
                f"    if not (modes.grad is {here.modes.grad} and modes.inference is "
                f"{here.modes.inference} and not modes.at_steps and "
                "not config.strict_nan and modes.cast is None and default() is default_dtype):",
                "        return MISS"]
        if self.guards:
            tests = "\n        and ".join(f"({guard})" for guard in self.guards)
            body += [f"    if not ({tests}):", "        return MISS"]
        body += [f"    out = program([{values}], modes.at_programs) if modes.at_programs else "
                 f"function([{values}])", "    if out is None:",
                 f"        out = program([{values}])",
                 "    if out.__class__ is not list:",   # interpreted: it may lie otherwise
                 "        return MISS"]
        body += [f"    if o{k} is None: learn(out)" for k in self.first_kind()]
        body += [f"    {line}" for line in lines]
        body += [f"    return {text}"]
        scope = self.names
        needed = dict(self.kinds_needed)

        def learn(out: list[Any]) -> None:
            if program.steady() and out.__class__ is list:
                scope.update({name: kind_of(out[k]) for name, k in needed.items()})
                run: Any = program.run
                if not getattr(run, "nodes", True):
                    # Kernels alone: called without the layers above them.
                    scope["function"], scope["run"] = run.function, run   # which holds its code

        scope["learn"], scope["function"] = learn, program
        exec(builtins.compile("\n".join(body), "<wengert compiled step>", "exec"), scope)
        replay: Callable[..., Any] = scope["replay"]
        return replay

    def first_kind(self) -> list[int]:
        return list(self.kinds_needed.values())[:1]

    def number(self, value: complex) -> str:
        plain = value.__class__ is int or (value.__class__ is float and abs(value) < float("inf"))
        return repr(value) if plain else self.constant(value)


def items(value: Any) -> list[Any]:
    """What a list holds; of a dict, pairs."""
    return list(value.items() if isinstance(value, dict) else value)


def flat(found: list[Any]) -> list[Any]:
    """The same without pairs."""
    return [each for pair in found for each in (pair if isinstance(pair, tuple) else (pair,))]


__all__ = ["MISS", "Calls", "compile"]
