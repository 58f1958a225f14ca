"""From a module or a function to a graph: it is run on proxies, which write down what is done."""

from __future__ import annotations

import builtins
import functools
import importlib
import inspect
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..nn.modules.module import Module
from ..nn.parameter import Parameter
from ..overrides import is_tensor_method_or_property
from ..private import _assert
from ..tensors.operators import Tensor
from ..tensors.overriding import begin
from .graph import Graph
from .node import Node, map_aggregate


class TraceError(ValueError):
    """The program does something that a graph cannot hold."""


class Proxy:
    """Stands for a value while a program is traced."""

    if TYPE_CHECKING:
        def __getitem__(self, index: Any) -> Proxy: ...

    def __init__(self, node: Node, tracer: Any = None) -> None:
        self.node = node
        self.tracer = tracer if tracer is not None else GraphAppendingTracer(node.graph)

    def __repr__(self) -> str:
        return f"Proxy({self.node.name})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Attribute(self, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def __iter__(self) -> Any:
        frame: Any = inspect.currentframe()
        calling = frame.f_back
        instruction = next((each for each in _instructions(calling.f_code)
                            if each.offset == calling.f_lasti), None)
        if instruction is not None and instruction.opname == "UNPACK_SEQUENCE":
            return (self[i] for i in range(instruction.argval))
        return self.tracer.iter(self)

    def __bool__(self) -> bool:
        return bool(self.tracer.to_bool(self))

    def __len__(self) -> int:
        raise RuntimeError("'len' is not supported in symbolic tracing by default. If you want "
                           "this call to be recorded, please call torch.fx.wrap('len') at module "
                           "scope")

    def keys(self) -> Any:
        """What ``**proxy`` asks."""
        return self.tracer.keys(self)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tracer = _tracer_in((args, kwargs))
        if is_tensor_method_or_property(func) and getattr(func, "__name__", "") != "__get__":
            return tracer.create_proxy("call_method", func.__name__, args, kwargs)
        return tracer.create_proxy("call_function", func, args, kwargs)


def _instructions(code: Any) -> Any:
    return importlib.import_module("dis").get_instructions(code)   # a slow one


def _tracer_in(values: Any) -> Any:
    found: list[Any] = []
    map_aggregate(values, lambda x: found.append(x.tracer) if isinstance(x, Proxy) else None)
    return found[0]


class Attribute(Proxy):
    """An attribute of a proxy: a node of its own only if its value is used, else the name of a
    method."""

    def __init__(self, root: Proxy, attr: str) -> None:
        self.__dict__.update(root=root, attr=attr, tracer=root.tracer, _node=None)

    @property
    def node(self) -> Node:   # type: ignore[override]
        if self.__dict__["_node"] is None:
            self.__dict__["_node"] = self.tracer.create_proxy(
                "call_function", getattr, (self.root, self.attr), {}).node
        found: Node = self.__dict__["_node"]
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


_BOTH_WAYS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_",
              "xor", "lshift", "rshift")


def _add_operators() -> None:
    for name in (*_BOTH_WAYS, "getitem", "eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "invert",
                 "abs"):
        target = getattr(operator, name)

        def method(self: Any, *args: Any, target: Any = target) -> Any:
            return self.tracer.create_proxy("call_function", target, (self, *args), {})
        plain = name.strip("_")
        setattr(Proxy, f"__{plain}__", method)
        if name in _BOTH_WAYS:
            def reflected(self: Any, other: Any, target: Any = target) -> Any:
                return self.tracer.create_proxy("call_function", target, (other, self), {})
            setattr(Proxy, f"__r{plain}__", reflected)
    Proxy.__hash__ = object.__hash__   # type: ignore[method-assign]


_add_operators()


class TracerBase:
    """What makes nodes, and proxies for them."""

    graph: Graph
    record_stack_traces = False
    check_mutable_operations = False
    trace_asserts = False
    proxy_buffer_attributes = False

    def create_node(self, kind: str, target: Any, args: Any, kwargs: Any, name: str | None = None,
                    type_expr: Any = None) -> Node:
        """Add a node."""
        return self.graph.create_node(kind, target, args, kwargs, name, type_expr)

    def proxy(self, node: Node) -> Proxy:
        """A proxy for a node."""
        return Proxy(node, self)

    def create_proxy(self, kind: str, target: Any, args: Any, kwargs: Any, name: str | None = None,
                     type_expr: Any = None, proxy_factory_fn: Any = None) -> Any:
        """Add a node whose arguments may be proxies, and give a proxy for it."""
        node = self.create_node(kind, target, self.create_arg(args), self.create_arg(kwargs), name,
                                type_expr)
        return proxy_factory_fn(node) if proxy_factory_fn else self.proxy(node)

    def create_arg(self, a: Any) -> Any:
        """A value as an argument of a node; NotImplementedError if it cannot be one."""
        return map_aggregate(a, self._argument)

    def _argument(self, a: Any) -> Any:
        if isinstance(a, Proxy):
            return a.node
        if isinstance(a, range):
            return range(*[self.create_arg(each) for each in (a.start, a.stop, a.step)])
        return a

    def iter(self, obj: Proxy) -> Any:
        """TraceError: how many there are is not known."""
        raise TraceError("Proxy object cannot be iterated. This can be attempted when the Proxy is "
                         "used in a loop or as a *args or **kwargs function argument")

    def keys(self, obj: Proxy) -> Any:
        """The keys, as a node."""
        return Attribute(obj, "keys")()

    def to_bool(self, obj: Proxy) -> bool:
        """TraceError: the value is not known."""
        raise TraceError("symbolically traced variables cannot be used as inputs to control flow")


class GraphAppendingTracer(TracerBase):
    """Adds nodes to a graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph


_wrapped: dict[tuple[int, str], tuple[dict[str, Any], str]] = {}


def wrap(fn_or_name: Any) -> Any:
    """Have a function of the calling module stand in graphs as one node.

    At the module's level: ``wrap("helper")``, or as a decorator.
    """
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or "
                           "string name")
    frame: Any = inspect.currentframe()
    scope = frame.f_back.f_globals
    name = fn_or_name if isinstance(fn_or_name, str) else fn_or_name.__code__.co_name
    if frame.f_back.f_code.co_name != "<module>":
        raise NotImplementedError("wrap must be called at the top level of a module")
    _wrapped[id(scope), name] = (scope, name)
    return fn_or_name


def _assert_is_none(value: Any, msg: str) -> None:
    if value is not None:
        raise AssertionError(msg)


class Tracer(TracerBase):
    """Runs a module or a function on proxies; :meth:`trace` gives the graph.

    Modules of ``torch.nn`` are leaves: nodes of their own, without what is inside
    (:meth:`is_leaf_module`).
    """

    def __init__(self, autowrap_modules: Any = (), autowrap_functions: Any = (),
                 param_shapes_constant: bool = False) -> None:
        self.autowrap_modules = list(autowrap_modules)
        self.autowrap_functions = list(autowrap_functions)
        self.root: Any = None
        self.submodule_paths: dict[Any, str] | None = None

    def is_leaf_module(self, m: Module, module_qualified_name: str) -> bool:
        """Whether a module is a node of its own: those of ``torch.nn`` but ``Sequential``."""
        module = type(m).__module__
        inside = any(f"{module}.".startswith(start) for start in (
            "torch.nn.", f"{__name__.partition('.')[0]}.nn."))
        return inside and type(m).__name__ != "Sequential"

    def path_of_module(self, mod: Module) -> str:
        """The name of a submodule; NameError if it is none."""
        for name, module in self.root.named_modules():
            if module is mod:
                return str(name)
        raise NameError("module is not installed as a submodule")

    def call_module(self, m: Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """A call of a submodule: a node if it is a leaf, else what is inside."""
        name = self.path_of_module(m)
        if self.is_leaf_module(m, name):
            return self.create_proxy("call_module", name, args, kwargs)
        return forward(*args, **kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """A parameter that the program reads, as a node."""
        if isinstance(attr_val, Parameter):
            for name, parameter in self.root.named_parameters():
                if parameter is attr_val:
                    if name not in parameter_proxy_cache:
                        parameter_proxy_cache[name] = self.create_proxy("get_attr", name, (), {})
                    return parameter_proxy_cache[name]
        elif self.proxy_buffer_attributes and isinstance(attr_val, Tensor):
            for name, buffer in self.root.named_buffers():
                if buffer is attr_val:
                    if name not in parameter_proxy_cache:
                        parameter_proxy_cache[name] = self.create_proxy("get_attr", name, (), {})
                    return parameter_proxy_cache[name]
        return attr_val

    def _argument(self, a: Any) -> Any:
        if isinstance(a, Parameter):
            for name, parameter in self.root.named_parameters():
                if parameter is a:
                    return self.create_node("get_attr", name, (), {})
            raise NameError("parameter is not a member of this module")
        if isinstance(a, Tensor):
            for name, buffer in self.root.named_buffers():
                if buffer is a:
                    return self.create_node("get_attr", name, (), {})
            return self._constant(a)
        if isinstance(a, Module):
            return self.create_node("get_attr", self.path_of_module(a), (), {})
        return super()._argument(a)

    def _constant(self, a: Tensor) -> Node:
        """A tensor that the program has made, kept on the module."""
        for name, value in vars(self.root).items():
            if value is a and name.startswith("_tensor_constant"):
                return self.create_node("get_attr", name, (), {})
        count = 0
        while hasattr(self.root, f"_tensor_constant{count}"):
            count += 1
        setattr(self.root, f"_tensor_constant{count}", a)
        return self.create_node("get_attr", f"_tensor_constant{count}", (), {})

    def create_args_for_root(self, root_fn: Any, is_module: bool,
                             concrete_args: Any = None) -> tuple[Any, list[Any]]:
        """Proxies for the arguments of a function, and the values of those that are given."""
        concrete = dict(concrete_args or {})
        parameters = list(inspect.signature(root_fn).parameters.values())
        args: list[Any] = []
        if is_module:
            args.append(self.root)
            parameters = parameters[1:]
        named: dict[str, Any] = {}
        for parameter in parameters:
            star = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
            default = () if star or parameter.default is parameter.empty else (parameter.default,)
            if parameter.name in concrete:
                value = concrete[parameter.name]
                self._given(self.create_proxy("placeholder", f"{parameter.name}_1", default, {}),
                            parameter.name, value)
            else:
                kind = inspect.unwrap(root_fn).__annotations__.get(parameter.name)
                value = self.create_proxy("placeholder", f"{star}{parameter.name}", default, {},
                                          type_expr=kind)
            if parameter.kind is parameter.KEYWORD_ONLY:
                named[parameter.name] = value
            elif parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                args.append(value)
        return functools.partial(root_fn, **named) if named else root_fn, args

    def _given(self, argument: Proxy, name: str, value: Any) -> None:
        """Have the graph look whether an argument is what the program was traced with."""
        text = f"{name} has been specialized to have value {value} but got another value"
        if value is None:
            self.create_proxy("call_function", _assert_is_none, (argument, text), {})
        elif isinstance(value, (bool, int, float, complex, str)):
            same = self.create_proxy("call_function", operator.eq, (argument, value), {})
            self.create_proxy("call_function", _assert, (same, text), {})

    def trace(self, root: Any, concrete_args: dict[str, Any] | None = None) -> Graph:
        """The graph of a module, or of a function."""
        begin()
        if isinstance(root, Module):
            self.root = root
            fn = type(root).forward
        else:
            self.root, fn = Module(), root
        self.graph = Graph(tracer_cls=type(self))
        self.graph.owning_module = None
        function, args = self.create_args_for_root(fn, isinstance(root, Module), concrete_args)
        with _Patched(self):
            result = function(*args)
        self.create_node("output", "output", (self.create_arg(result),), {}, type_expr=(
            inspect.unwrap(fn).__annotations__.get("return")))
        return self.graph


class _Patched:
    """While a program is traced: calls of modules, attributes of modules, wrapped functions."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer
        self.cache: dict[str, Any] = {}

    def __enter__(self) -> None:
        tracer, cache = self.tracer, self.cache
        self.call, self.getattr = Module.__call__, Module.__getattr__
        call, get = self.call, self.getattr

        def traced_call(module: Any, *args: Any, **kwargs: Any) -> Any:
            def forward(*args: Any, **kwargs: Any) -> Any:
                return call(module, *args, **kwargs)
            return tracer.call_module(module, forward, args, kwargs)

        def traced_getattr(module: Any, name: str) -> Any:
            return tracer.getattr(name, get(module, name), cache)

        Module.__call__ = traced_call   # type: ignore[method-assign, assignment]
        Module.__getattr__ = traced_getattr   # type: ignore[method-assign]
        self.replaced: list[tuple[dict[str, Any], str, Any]] = []
        for scope, name in _wrapped.values():
            function = scope.get(name, vars(builtins).get(name))
            self.replaced.append((scope, name, scope.get(name, _wrapped)))
            scope[name] = _as_one_node(function)

    def __exit__(self, *error: Any) -> None:
        Module.__call__ = self.call   # type: ignore[method-assign]
        Module.__getattr__ = self.getattr   # type: ignore[method-assign]
        for scope, name, before in self.replaced:
            if before is _wrapped:
                scope.pop(name, None)
            else:
                scope[name] = before


def _as_one_node(function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        found: list[Proxy] = []
        map_aggregate((args, kwargs), lambda x: found.append(x) if isinstance(x, Proxy) else None)
        if not found:
            return function(*args, **kwargs)
        return found[0].tracer.create_proxy("call_function", function, args, kwargs)
    return call


