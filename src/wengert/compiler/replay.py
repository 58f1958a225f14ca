"""A call of a function as the text of one that repeats it, without its Python.

:class:`Replay` captures one call as a graph (``engine/recording/capture.py``) and writes the
function that stands for it from then on: guards that see that all is as it was (``guards.py``), a
program, and what is handed out. :class:`Impure` says that there is none.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import ref

import numpy as np

from ..config import config
from ..engine.backends import effort
from ..engine.dtypes import get_default_dtype
from ..engine.graph import Node
from ..engine.locks import exclusively, sharing
from ..engine.ops.structural import input_
from ..engine.passes.starts import settled
from ..engine.recording import statements
from ..engine.recording.capture import Captured, capture
from ..engine.recording.flushing import waiting
from ..engine.recording.handle import Handle, Store, extra_of, kind_of, place_in
from ..engine.recording.program import Program, plan_program
from ..engine.recording.recording import here
from ..tensors.random import Draws
from .guards import Guards, state_of
from .purity import PLAIN, Impure, NotNow
from .reads import Reads


class NeverPure(Impure):
    """The function is not pure, whatever its arguments are."""


MISS: Any = object()


class Replay(Guards):
    """One call, captured, and the text of the function that stands for it, ``function``;
    :class:`Impure` where there is none; ``another`` if there is one for other calls."""

    def __init__(self, function: Any, run: Callable[..., Any], args: tuple[Any, ...],
                 another: bool = False) -> None:
        try:
            reads = Reads(function)
        except NotNow:
            raise
        except Impure as why:
            raise NeverPure(str(why)) from None
        super().__init__(function, reads, args)
        self.run = run
        self.args = args
        self.another = another
        self.names.update({"MISS": MISS, "here": here, "config": config, "new": object.__new__,
                           "settled": statements.settled, "ndarray": np.ndarray,
                           "sharing": sharing, "exclusively": exclusively, "partial": partial})
        self.kinds_needed: dict[str, int] = {}
        draws = Draws()
        try:
            # What it writes to, and gives gradients, other threads see when all is as it was.
            captured: Captured = exclusively(partial(draws.during, partial(
                capture, self.called, tensors=[h for _, h in self.tensors.values()])))
        except BaseException:
            self.put_back()
            raise
        if captured.looked:
            raise Impure("it needs a value on the way")
        if draws.found:
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

    # ---- what the call did ----

    def finish(self, captured: Captured) -> Callable[..., Any]:
        """The function that repeats what was captured."""
        self.ready: list[str] = []
        """What is made before anything is written."""
        self.still: list[str] = []
        """The tests, without a call, that no other thread has come between."""
        values = [self.input(given) for given in captured.inputs]
        if not self.live:
            raise Impure("nothing recorded")
        place = {id(h): k for k, h in enumerate(self.live)}
        program = plan_program(captured.at, self.nodes)
        program.paid = True   # compiling is what was asked for
        program.asked = effort.AT_ONCE if self.another else effort.THIS
        program.graph = settled(program.graph, {
            node: given for node, given in zip(program.graph.inputs, captured.inputs, strict=True)
            if given.__class__ is int})
        lines = self.writes(place, captured, program)
        text = self.handed_out(self.result, place, program, captured.sources)
        if not self.used.issuperset(place):
            raise Impure("a tensor that it keeps")
        return self.write(values, program, lines, text)

    def input(self, given: Any) -> str:
        """The text of an input of the program."""
        if isinstance(given, Handle):
            if id(given) in self.tensors:
                return self.locals[id(given)]
        elif isinstance(given, (int, float, complex)):
            return self.number(given)
        elif isinstance(given, np.ndarray):
            return self.constant(given)   # made of what it reads
        raise Impure("a tensor that it keeps")

    def writes(self, place: dict[int, int], captured: Captured, program: Program) -> list[str]:
        """The lines that give tensors from outside their new values and gradients."""
        self.used: set[int] = set()
        lines: list[str] = []   # with no call among them: no other thread comes between
        for i, (handle, _, times) in enumerate(captured.writes):
            key = id(handle)
            x = extra_of(handle)
            if key not in place or (x is not None and x.store is not None):
                raise Impure("a write to a tensor that shares its storage")
            name = self.tensors[key][0]
            self.tests.append(statements.shares_nothing(name))
            self.used.add(key)
            k, dtype, *_ = program.live[place[key]]
            kind = self.kind(program, k)
            self.ready.append(f"b{i}, t{i} = out[{k}], {kind}")
            self.ready.append(f"if t{i} is None or b{i}.__class__ is not ndarray: "
                              f"b{i}, t{i} = settled(b{i}, t{i}, {self.constant(dtype)})")
            self.still.append(statements.is_still(name, self.locals[key]))
            lines.append(statements.written(name, f"b{i}", f"t{i}"))
            lines.append(statements.counted(name, times))
        for i, (handle, _) in enumerate(captured.grads):
            name, new = self.tensors[id(handle)][0], self.grads[id(handle)]
            if id(handle) in self.given:
                self.still.append(statements.has_grad(name, self.given[id(handle)]))
            if new is None:
                lines.append(statements.grad_set(name, "None"))
            elif id(new) in place:
                if id(new) in self.used or id(new) in self.tensors:
                    raise Impure("a gradient that is another tensor too")
                self.used.add(id(new))
                self.ready.append(f"g{i} = {self.made(place[id(new)], program, None)}")
                lines.append(statements.grad_set(name, f"g{i}"))
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

    def handed_out(self, value: Any, place: dict[int, int], program: Program,
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
                segment = self.segment(program, sources)
            return self.made(i, program, segment)
        if isinstance(value, PLAIN):
            return self.constant(value)
        if any(value is each for each, _ in self.contents):
            raise Impure("a list from outside as a result")
        if value.__class__ is dict:
            items = [f"{self.constant(key)}: "
                     f"{self.handed_out(v, place, program, sources)}"
                     for key, v in value.items()]
            return f"{{{', '.join(items)}}}"
        named = isinstance(value, tuple) and hasattr(value, "_fields")
        if named or value.__class__ in (tuple, list):
            parts = [self.handed_out(v, place, program, sources) for v in value]
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

    def segment(self, program: Program, sources: Sequence[Any]) -> str:
        """The name of the segment that a later backward of a result goes through."""
        plan = program.segment
        assert plan is not None
        if "plan" in self.names:
            return "segment"
        ends = []
        for _, k in program.ends:
            origin = sources[k]
            leaf = origin() if isinstance(origin, ref) else origin
            if leaf is None:   # a tensor that is gone, such as the argument of a transform
                ends.append(f"{self.constant(origin)}, ")
                continue
            if id(leaf) not in self.tensors:
                raise Impure("a gradient that goes to a tensor inside")
            ends.append(f"ref({self.tensors[id(leaf)][0]}), ")
        n = len(program.outputs)
        self.names["plan"] = plan
        kept = f"out[{n}:]" if plan.residuals else "()"
        self.ready.append(f"segment = Segment(plan, {kept}, ({''.join(ends)}), {{}}, {{}}, 0)")
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
        if self.tests:
            tests = "\n            and ".join(f"({test})" for test in self.tests)
            body += ["    try:", f"        if not ({tests}):", "            return MISS",
                     "    except (AttributeError, LookupError, ValueError):   # of what is gone",
                     "        return MISS"]
        body += [f"    out = program([{values}], modes.at_programs) if modes.at_programs else "
                 f"function([{values}])", "    if out is None:",
                 f"        out = program([{values}])",
                 "    if out.__class__ is not list:",   # interpreted: it may lie otherwise
                 "        return MISS"]
        body += [f"    if o{k} is None: learn(out)" for k in self.first_kind()]
        body += [f"    {line}" for line in self.ready]
        if lines:
            # Otherwise once more, while nobody else writes.
            tests = " and ".join([statements.ALONE, *self.still])
            body += [f"    if not ({tests}):",
                     f"        return exclusively(partial(replay, {params}))"]
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


__all__ = ["MISS", "NeverPure", "Replay"]
