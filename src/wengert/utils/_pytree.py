"""``torch.utils._pytree``: values inside nested containers, flattened and put back.

A *node* is a container whose type is registered: tuples, lists, dicts, named tuples, ordered and
default dicts and deques are; all else is a *leaf*. :func:`tree_flatten` gives the leaves and the
:class:`TreeSpec` from which :func:`tree_unflatten` makes the whole again.
"""

from __future__ import annotations

import functools
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from ..names.missing import answer_missing_names
from ..return_types import Results

PyTree = Any
Context = Any
T = TypeVar("T")
IsLeaf = Callable[[Any], bool] | None
FlattenFunc = Callable[[Any], tuple[list[Any], Context]]
UnflattenFunc = Callable[[Iterable[Any], Context], Any]


class KeyEntry:
    """A step of a path into a container."""


class SequenceKey(NamedTuple):
    """The place ``idx`` of a sequence."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"

    def get(self, sequence: Any) -> Any:
        """What stands there."""
        return sequence[self.idx]


class MappingKey(NamedTuple):
    """The key ``key`` of a mapping."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"

    def get(self, mapping: Any) -> Any:
        """What stands there."""
        return mapping[self.key]


class GetAttrKey(NamedTuple):
    """The attribute ``name`` of an object."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"

    def get(self, obj: Any) -> Any:
        """What stands there."""
        return getattr(obj, self.name)


class NodeDef(NamedTuple):
    """How containers of a type are taken apart and made."""

    type: type[Any]
    flatten_fn: FlattenFunc
    unflatten_fn: UnflattenFunc
    flatten_with_keys_fn: Callable[[Any], Any] | None = None


SUPPORTED_NODES: dict[type[Any], NodeDef] = {}
SUPPORTED_SERIALIZED_TYPES: dict[type[Any], Any] = {}
BUILTIN_TYPES = frozenset([tuple, list, dict, OrderedDict, defaultdict, deque])


def register_pytree_node(cls: type[Any], flatten_fn: FlattenFunc, unflatten_fn: UnflattenFunc, *,
                         serialized_type_name: str | None = None,
                         to_dumpable_context: Any = None, from_dumpable_context: Any = None,
                         flatten_with_keys_fn: Any = None) -> None:
    """Have objects of ``cls`` be containers; ValueError if they are already."""
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn)


_register_pytree_node = register_pytree_node


def _private_register_pytree_node(cls: type[Any], flatten_fn: FlattenFunc,
                                  unflatten_fn: UnflattenFunc, **kwargs: Any) -> None:
    """:func:`register_pytree_node`, for types that may be known already."""
    if cls not in SUPPORTED_NODES:
        register_pytree_node(cls, flatten_fn, unflatten_fn, **kwargs)


def register_dataclass(cls: type[Any], *, field_names: list[str] | None = None,
                       drop_field_names: list[str] | None = None,
                       serialized_type_name: str | None = None) -> None:
    """Have the objects of a dataclass be containers of their fields."""
    names = field_names or [name for name in cls.__dataclass_fields__
                            if name not in (drop_field_names or ())]
    register_pytree_node(
        cls, lambda obj: ([getattr(obj, name) for name in names], names),
        lambda values, context: cls(**dict(zip(context, values, strict=True))),
        flatten_with_keys_fn=lambda obj: (
            [(GetAttrKey(name), getattr(obj, name)) for name in names], names))


def register_constant(cls: type[Any]) -> None:
    """Have objects of ``cls`` be part of the structure, and no leaves."""
    register_pytree_node(cls, lambda obj: ([], obj), lambda values, context: context)


def _dict(kind: Callable[[Any], Any]) -> UnflattenFunc:
    return lambda values, keys: kind(zip(keys, values, strict=True))


def _sequence(kind: Callable[[Any], Any]) -> NodeDef:
    return NodeDef(list, lambda x: (list(x), None), lambda values, _: kind(values),
                   lambda x: ([(SequenceKey(i), v) for i, v in enumerate(x)], None))


def _mapping_keys(x: Any) -> Any:
    return [(MappingKey(k), v) for k, v in x.items()], list(x)


SUPPORTED_NODES.update({
    tuple: _sequence(tuple), list: _sequence(list),
    dict: NodeDef(dict, lambda x: (list(x.values()), list(x)), _dict(dict), _mapping_keys),
    OrderedDict: NodeDef(OrderedDict, lambda x: (list(x.values()), list(x)), _dict(OrderedDict),
                         _mapping_keys),
    namedtuple: NodeDef(  # type: ignore[dict-item]
        tuple, lambda x: (list(x), type(x)), lambda values, kind: kind(*values),
        lambda x: ([(GetAttrKey(n), v) for n, v in zip(x._fields, x, strict=True)], type(x))),
    Results: NodeDef(tuple, lambda x: (list(x), type(x)), lambda values, kind: kind(values),
                     lambda x: ([(SequenceKey(i), v) for i, v in enumerate(x)], type(x))),
    defaultdict: NodeDef(
        defaultdict, lambda x: (list(x.values()), [x.default_factory, list(x)]),
        lambda values, c: defaultdict(c[0], zip(c[1], values, strict=True)),
        lambda x: (_mapping_keys(x)[0], [x.default_factory, list(x)])),
    deque: NodeDef(deque, lambda x: (list(x), x.maxlen), lambda values, n: deque(values, n),
                   lambda x: ([(SequenceKey(i), v) for i, v in enumerate(x)], x.maxlen)),
})


def _dict_flatten(d: Any) -> tuple[list[Any], Any]:
    return list(d.values()), list(d)


def _dict_flatten_with_keys(d: Any) -> tuple[list[Any], Any]:
    found: tuple[list[Any], Any] = _mapping_keys(d)
    return found


def _dict_unflatten(values: Iterable[Any], context: Any) -> Any:
    return dict(zip(context, values, strict=True))


def _list_flatten(d: Any) -> tuple[list[Any], Any]:
    return list(d), None


def _list_unflatten(values: Iterable[Any], context: Any) -> Any:
    return list(values)


def _tuple_unflatten(values: Iterable[Any], context: Any) -> Any:
    return tuple(values)


_tuple_flatten = _list_flatten


def is_namedtuple_class(cls: Any) -> bool:
    """Whether a class was made by ``namedtuple`` or ``NamedTuple``."""
    return (isinstance(cls, type) and issubclass(cls, tuple)
            and isinstance(getattr(cls, "_fields", None), tuple) and not issubclass(cls, Results))


def is_namedtuple(obj: Any) -> bool:
    """Whether ``obj`` is a named tuple, or the class of one."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def is_structseq(obj: Any) -> bool:
    """Whether ``obj`` is the results of a function as a tuple with names, or their class."""
    return issubclass(obj if isinstance(obj, type) else type(obj), Results)


_is_namedtuple_instance = is_namedtuple


def is_structseq_instance(obj: Any) -> bool:
    """Whether ``obj`` is the results of a function as a tuple with names."""
    return isinstance(obj, Results)


def _list_flatten_with_keys(d: Any) -> tuple[list[Any], Any]:
    return [(SequenceKey(i), value) for i, value in enumerate(d)], None


def _namedtuple_flatten(d: Any) -> tuple[list[Any], Any]:
    return list(d), type(d)


def _namedtuple_unflatten(values: Iterable[Any], context: Any) -> Any:
    return context(*values)


def _node_type(tree: Any) -> Any:
    """The key among the registered types that ``tree`` is a container of."""
    kind = type(tree)
    if kind in SUPPORTED_NODES:
        return kind
    if is_structseq(kind):
        return Results
    return namedtuple if is_namedtuple_class(kind) else kind


_get_node_type = _node_type


def tree_is_leaf(tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether ``tree`` is no container, or ``is_leaf`` says so."""
    return (is_leaf is not None and is_leaf(tree)) or _node_type(tree) not in SUPPORTED_NODES


_is_leaf = tree_is_leaf


class TreeSpec:
    """The structure of containers whose leaves are taken out."""

    __slots__ = ("children_specs", "context", "num_children", "num_leaves", "num_nodes", "type")

    def __init__(self, type: Any, context: Context, children_specs: list[TreeSpec]) -> None:
        self.type = type
        self.num_nodes: int
        self.num_leaves: int
        self.context = context
        self.children_specs = children_specs
        leaf = type is None
        self.num_children = len(children_specs)
        self.num_nodes = 1 + sum(child.num_nodes for child in children_specs)
        self.num_leaves = 1 if leaf else sum(child.num_leaves for child in children_specs)

    def is_leaf(self) -> bool:
        """Whether it stands for one leaf."""
        return self.type is None

    def children(self) -> list[TreeSpec]:
        """The structures inside."""
        return list(self.children_specs)

    def child(self, index: int) -> TreeSpec:
        """The structure at a place."""
        return self.children_specs[index]

    def unflatten(self, leaves: Iterable[Any]) -> PyTree:
        """The containers with these leaves; ValueError if there are more or fewer."""
        return tree_unflatten(leaves, self)

    def flatten_up_to(self, tree: PyTree) -> list[Any]:
        """The parts of ``tree`` at the places of the leaves of this; ValueError where it differs.
        """
        if self.is_leaf():
            return [tree]
        if _node_type(tree) is not self.type:
            raise ValueError(f"Type mismatch; expected {self.type!r}, but got {type(tree)!r}.")
        children, context = SUPPORTED_NODES[self.type].flatten_fn(tree)
        if self.type in (dict, OrderedDict) and list(context) != list(self.context):
            if set(context) != set(self.context):
                raise ValueError(f"Node keys mismatch; expected {self.context}, got {context}")
            children = [tree[key] for key in self.context]
        elif len(children) != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got "
                             f"{len(children)}.")
        return [leaf for child, part in zip(self.children_specs, children, strict=True)
                for leaf in child.flatten_up_to(part)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TreeSpec) and (
            self.type, self.context, self.children_specs) == (
            other.type, other.context, other.children_specs)

    def __hash__(self) -> int:
        return hash((str(self.type), self.num_leaves, tuple(map(hash, self.children_specs))))

    def __repr__(self) -> str:
        if self.is_leaf():
            return "*"
        name = getattr(self.type, "__name__", self.type)
        return f"TreeSpec({name}, {self.context}, {self.children_specs})"


class LeafSpec(TreeSpec):
    """The structure of one leaf."""

    def __init__(self) -> None:
        super().__init__(None, None, [])


_LEAF_SPEC = LeafSpec()


def treespec_leaf() -> TreeSpec:
    """The structure of one leaf."""
    return _LEAF_SPEC


def treespec_tuple(iterable: Iterable[TreeSpec] = ()) -> TreeSpec:
    """The structure of a tuple of structures."""
    return TreeSpec(tuple, None, list(iterable))


def tree_flatten(tree: PyTree, is_leaf: IsLeaf = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of ``tree`` in order, and its structure.

    >>> tree_flatten({"a": [1, 2], "b": (3,)})[0]
    [1, 2, 3]
    """
    leaves: list[Any] = []
    return leaves, _flattened(tree, leaves, is_leaf)


def _flattened(tree: PyTree, leaves: list[Any], is_leaf: IsLeaf) -> TreeSpec:
    if tree_is_leaf(tree, is_leaf):
        leaves.append(tree)
        return _LEAF_SPEC
    kind = _node_type(tree)
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    return TreeSpec(kind, context, [_flattened(child, leaves, is_leaf) for child in children])


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> PyTree:
    """The containers of a structure with these leaves; ValueError if there are more or fewer.

    >>> tree_unflatten([5, 6], tree_flatten((1, [2]))[1])
    (5, [6])
    """
    if not isinstance(treespec, TreeSpec):
        raise TypeError("tree_unflatten(leaves, treespec): Expected `treespec` to be instance of "
                        f"TreeSpec but got item of type {type(treespec)}.")
    values = list(leaves)
    if len(values) != treespec.num_leaves:
        raise ValueError(f"tree_unflatten(leaves, treespec): `leaves` has length {len(values)} but "
                         f"the spec refers to a pytree that holds {treespec.num_leaves} items "
                         f"({treespec}).")
    return _unflattened(iter(values), treespec)


def _unflattened(values: Any, spec: TreeSpec) -> PyTree:
    if spec.is_leaf():
        return next(values)
    return SUPPORTED_NODES[spec.type].unflatten_fn(
        [_unflattened(values, child) for child in spec.children_specs], spec.context)


def tree_iter(tree: PyTree, is_leaf: IsLeaf = None) -> Iterable[Any]:
    """The leaves of ``tree``, one by one."""
    return iter(tree_flatten(tree, is_leaf)[0])


def tree_leaves(tree: PyTree, is_leaf: IsLeaf = None) -> list[Any]:
    """The leaves of ``tree``."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: PyTree, is_leaf: IsLeaf = None) -> TreeSpec:
    """The structure of ``tree``."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable[..., Any], tree: PyTree, *rests: PyTree,
             is_leaf: IsLeaf = None) -> PyTree:
    """The containers of ``tree`` with the results of ``func`` of its leaves, and of what stands
    in their places in ``rests``.

    >>> tree_map(lambda x, y: x + y, {"a": 1}, {"a": 2})
    {'a': 3}
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    return tree_unflatten(
        map(func, leaves, *[spec.flatten_up_to(rest) for rest in rests]), spec)


def tree_map_(func: Callable[..., Any], tree: PyTree, *rests: PyTree,
              is_leaf: IsLeaf = None) -> PyTree:
    """Call ``func`` with the leaves, as :func:`tree_map` does; ``tree`` itself."""
    leaves, spec = tree_flatten(tree, is_leaf)
    deque(map(func, leaves, *[spec.flatten_up_to(rest) for rest in rests]), maxlen=0)
    return tree


def map_only(kinds: Any, /) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """A decorator: a function for values of these types, or for which a function says yes; others
    stay as they are."""
    applies = kinds if callable(kinds) and not isinstance(kinds, type) else (
        lambda x: isinstance(x, kinds))

    def wrapper(func: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @functools.wraps(func)
        def inner(x: Any) -> Any:
            return func(x) if applies(x) else x
        return inner
    return wrapper


def tree_map_only(kinds: Any, /, func: Callable[[Any], Any], tree: PyTree,
                  is_leaf: IsLeaf = None) -> PyTree:
    """:func:`tree_map` for the leaves of these types alone."""
    return tree_map(map_only(kinds)(func), tree, is_leaf=is_leaf)


def tree_map_only_(kinds: Any, /, func: Callable[[Any], Any], tree: PyTree,
                   is_leaf: IsLeaf = None) -> PyTree:
    """:func:`tree_map_` for the leaves of these types alone."""
    return tree_map_(map_only(kinds)(func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether ``pred`` holds for all leaves."""
    return all(map(pred, tree_iter(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: PyTree, is_leaf: IsLeaf = None) -> bool:
    """Whether ``pred`` holds for a leaf."""
    return any(map(pred, tree_iter(tree, is_leaf)))


def tree_all_only(kinds: Any, /, pred: Callable[[Any], bool], tree: PyTree,
                  is_leaf: IsLeaf = None) -> bool:
    """Whether ``pred`` holds for all leaves of these types."""
    return all(pred(x) for x in tree_iter(tree, is_leaf) if isinstance(x, kinds))


def tree_any_only(kinds: Any, /, pred: Callable[[Any], bool], tree: PyTree,
                  is_leaf: IsLeaf = None) -> bool:
    """Whether ``pred`` holds for a leaf of these types."""
    return any(pred(x) for x in tree_iter(tree, is_leaf) if isinstance(x, kinds))


def _broadcast_to_and_flatten(tree: PyTree, treespec: TreeSpec,
                              is_leaf: IsLeaf = None) -> list[Any] | None:
    """The leaves of ``tree`` where each stands for a whole part of ``treespec``; None where the
    structures differ."""
    if tree_is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    if treespec.is_leaf() or _node_type(tree) is not treespec.type:
        return None
    children, context = SUPPORTED_NODES[treespec.type].flatten_fn(tree)
    if len(children) != treespec.num_children or context != treespec.context:
        return None
    found: list[Any] = []
    for child, spec in zip(children, treespec.children_specs, strict=True):
        part = _broadcast_to_and_flatten(child, spec, is_leaf)
        if part is None:
            return None
        found += part
    return found


def tree_flatten_with_path(tree: PyTree, is_leaf: IsLeaf = None
                           ) -> tuple[list[tuple[tuple[Any, ...], Any]], TreeSpec]:
    """The leaves with the path to each, and the structure."""
    return list(_with_paths((), tree, is_leaf)), tree_structure(tree, is_leaf)


def tree_leaves_with_path(tree: PyTree, is_leaf: IsLeaf = None
                          ) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves with the path to each."""
    return list(_with_paths((), tree, is_leaf))


def tree_map_with_path(func: Callable[..., Any], tree: PyTree, *rests: PyTree,
                       is_leaf: IsLeaf = None) -> PyTree:
    """:func:`tree_map` of a function that is given the path first."""
    found, spec = tree_flatten_with_path(tree, is_leaf)
    others = [spec.flatten_up_to(rest) for rest in rests]
    return tree_unflatten([func(path, leaf, *more) for (path, leaf), *more in zip(found, *others)],
                          spec)


def _with_paths(path: tuple[Any, ...], tree: PyTree, is_leaf: IsLeaf) -> Iterable[Any]:
    if tree_is_leaf(tree, is_leaf):
        yield path, tree
        return
    node = SUPPORTED_NODES[_node_type(tree)]
    if node.flatten_with_keys_fn is None:
        raise ValueError("Did not find a flatten_with_keys_fn for type: "
                         f"{_node_type(tree)}. Please pass a flatten_with_keys_fn argument to "
                         "register_pytree_node.")
    for key, child in node.flatten_with_keys_fn(tree)[0]:
        yield from _with_paths((*path, key), child, is_leaf)


def keystr(path: Iterable[Any]) -> str:
    """A path as text: ``['a'][0]``."""
    return "".join(map(str, path))


def key_get(obj: Any, path: Iterable[Any]) -> Any:
    """What stands at a path."""
    for key in path:
        obj = key.get(obj)
    return obj


answer_missing_names(__name__)
