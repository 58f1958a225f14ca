"""``DistributedDataParallel``: copies of a module in many processes, which stay equal.

The parameters start as those of rank 0. Each process computes the loss of its part of a batch; at
the end of a ``backward()`` the gradients are replaced by their means over all processes
(``reducer.py``), so that an update makes the same of each copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...autograd.modes import is_grad_enabled, no_grad
from ...distributed.algorithms.join import Join, Joinable, JoinHook
from ...distributed.group import group
from ...distributed.objects import all_gather_object
from ...functions.over_ranks import from_rank
from ...names.missing import answer_missing_names
from ...tensors.operators import Tensor
from ...tensors.updates import update
from ...utils._pytree import tree_map_only
from ..modules.module import Module
from ..parameter import is_lazy
from .reducer import Reducer
from .uneven import ReplicaHook, a_rank, agreed


class DistributedDataParallel(Module, Joinable):
    """``module``, trained by all processes of ``process_group`` together.

    Each process makes its own, of modules that are alike. The names of parameters begin with
    ``module.``. While training, ``forward`` first takes the buffers of rank 0, unless
    ``broadcast_buffers`` is false. A parameter that the loss does not depend on is an error at the
    next forward, unless ``find_unused_parameters`` or ``static_graph``. The arguments about buckets
    are accepted and mean nothing: the whole step is one program. RuntimeError without a parameter
    that requires grad, or where the modules differ; ValueError for ``device_ids`` on the CPU;
    NotImplementedError for mixed precision, device meshes, delayed reductions and sparse
    gradients.

    >>> # in each of the processes, after torch.distributed.init_process_group("gloo")
    >>> # model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(10, 1))
    """

    def __init__(self, module: Any, device_ids: Sequence[Any] | None = None,
                 output_device: Any = None, dim: int = 0, broadcast_buffers: bool | None = None,
                 init_sync: bool = True, process_group: Any = None,
                 bucket_cap_mb: float | None = None, find_unused_parameters: bool = False,
                 check_reduction: bool = False, gradient_as_bucket_view: bool = False,
                 static_graph: bool = False, delay_all_reduce_named_params: Any = None,
                 param_to_hook_all_reduce: Any = None, mixed_precision: Any = None,
                 device_mesh: Any = None, skip_all_reduce_unused_params: bool = False,
                 bucket_cap_mb_list: Any = None, batched_grad_copy: bool = False,
                 forward_sync_buffers: bool | None = None) -> None:
        super().__init__()
        Joinable.__init__(self)
        _check_options(mixed_precision=mixed_precision, device_mesh=device_mesh,
                       delay_all_reduce_named_params=delay_all_reduce_named_params,
                       param_to_hook_all_reduce=param_to_hook_all_reduce)
        self.process_group = _group(process_group)
        _check_dense(module)
        ignored = set(getattr(module, "_ddp_params_and_buffers_to_ignore", ()))
        self.parameters_to_ignore = ignored
        parameters = [p for name, p in module.named_parameters() if name not in ignored]
        self.device = _check_module(parameters)
        self.device_ids = _check_devices(self.device, device_ids, output_device)
        self.output_device = output_device
        self.dim = dim
        self.module = module
        self._has_buffers = next(module.buffers(), None) is not None
        self.broadcast_buffers = broadcast_buffers is None or bool(broadcast_buffers)
        self.forward_sync_buffers = (self.broadcast_buffers if forward_sync_buffers is None
                                     else bool(forward_sync_buffers))
        self.find_unused_parameters = find_unused_parameters
        self.gradient_as_bucket_view = gradient_as_bucket_view
        self.static_graph = static_graph
        self.require_backward_grad_sync = True
        self.require_forward_param_sync = True
        self.divides_by_all = True
        self.reducer = self._new_reducer()
        if init_sync:
            _check_alike(parameters, self.process_group)
            self._take(0, parameters)
            if self.broadcast_buffers or forward_sync_buffers is not None:
                self.take_buffers(0)

    def _new_reducer(self) -> Reducer:
        return Reducer([p for p in self._parameters_of() if p.requires_grad], self.process_group,
                       self.find_unused_parameters or self.static_graph)

    # ---- training ----

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module makes of them; with a gradient, the next backward is waited for."""
        syncs = is_grad_enabled() and self.require_backward_grad_sync
        if syncs:
            self.reducer.check_finished()
        uneven = self._join_config.enable
        self.reducer.count = self._begin_uneven() if uneven else self.process_group.size()
        if self.will_sync_module_buffers():
            self.take_buffers(a_rank(self.process_group, True) if uneven else 0)
        if uneven:
            agreed(self.process_group, self.require_backward_grad_sync)
        if self.device_ids:
            inputs, kwargs = tree_map_only(Tensor, lambda x: x.to(self.device), (inputs, kwargs))
        output = self.module(*inputs, **kwargs)
        self.require_forward_param_sync = syncs
        if syncs:
            self.reducer.prepare()
        return output

    def _begin_uneven(self) -> int:
        """Tell those whose inputs have ended that this process goes on; what sums are divided by.
        """
        work = Join.notify_join_context(self)
        if work is None or self.divides_by_all:
            return int(self.process_group.size())
        work.wait()
        return int(work.result()[0].item())

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """The gradients of what is computed in this block stay those of each process, and add up
        until the first backward of something computed outside of it.

        >>> # with model.no_sync():
        >>> #     for part in parts[:-1]:
        >>> #         loss(model(part)).backward()
        >>> # loss(model(parts[-1])).backward()
        """
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    def will_sync_module_buffers(self) -> bool:
        """Whether the next forward takes the buffers of rank 0."""
        return (self.require_forward_param_sync and self.forward_sync_buffers
                and self._has_buffers)

    # ---- what the processes have in common ----

    def take_buffers(self, rank: int) -> None:
        """Take the buffers of process ``rank``."""
        self._take(rank, [b for name, b in self.module.named_buffers()
                          if name not in self.parameters_to_ignore])

    def take_all(self, rank: int) -> None:
        """Take the parameters and the buffers of process ``rank``."""
        self._take(rank, self._parameters_of())
        self.take_buffers(rank)

    def _parameters_of(self) -> list[Any]:
        return [p for name, p in self.module.named_parameters()
                if name not in self.parameters_to_ignore]

    def _take(self, rank: int, tensors: list[Any]) -> None:
        if tensors:
            with no_grad():
                update(from_rank, (), [tensors], self.process_group.processes, rank)

    def __getstate__(self) -> dict[str, Any]:
        """All but what belongs to this process."""
        return {name: value for name, value in self.__dict__.items()
                if name not in ("process_group", "reducer")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.process_group = _group(None)
        self.reducer = self._new_reducer()

    # ---- uneven inputs ----

    def join(self, divide_by_initial_world_size: bool = True, enable: bool = True,
             throw_on_early_termination: bool = False) -> Join:
        """A block in which the processes have different numbers of inputs; see :class:`Join`.

        Means are sums divided by the number of processes, or, if not
        ``divide_by_initial_world_size``, of those whose inputs have not ended.
        """
        return Join([self], enable, throw_on_early_termination,
                    divide_by_initial_world_size=divide_by_initial_world_size)

    def join_hook(self, **kwargs: Any) -> JoinHook:
        """What this process does while others go on."""
        return ReplicaHook(self, kwargs.get("divide_by_initial_world_size", True))

    @property
    def join_device(self) -> Any:
        """The device of the module."""
        return self.device

    @property
    def join_process_group(self) -> Any:
        """The processes."""
        return self.process_group

    # ---- what is refused ----

    def register_comm_hook(self, state: object, hook: Callable[..., Any]) -> None:
        """NotImplementedError: the exchange is part of a program, into which no Python comes."""
        raise NotImplementedError(
            f"DistributedDataParallel.register_comm_hook({getattr(hook, '__name__', hook)}) is not "
            "in wengert: the exchange is part of the compiled step. Use no_sync() and "
            "torch.distributed.all_reduce of the gradients")


def _group(given: Any) -> Any:
    """``given``, or the group of all processes. ValueError where there is none."""
    if given is not None:
        return given
    if group.WORLD is None:
        raise ValueError("Default process group has not been initialized, please make sure to call "
                         "init_process_group.")
    return group.WORLD


def _check_options(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise NotImplementedError(
                f"DistributedDataParallel({name}=...) is not in wengert: leave it out")


def _check_dense(module: Any) -> None:
    for name, each in module.named_modules():
        if getattr(each, "sparse", False) is True:
            raise NotImplementedError(
                f"DistributedDataParallel: the gradient of {type(each).__name__} {name!r} is "
                "sparse, which is not in wengert between processes: make it with sparse=False")


def _check_module(parameters: Sequence[Any]) -> Any:
    """The device of the parameters. RuntimeError where there is nothing to train, or not yet;
    ValueError where they are on two devices."""
    if any(is_lazy(p) for p in parameters):
        raise RuntimeError("Modules with uninitialized parameters can't be used with "
                           "`DistributedDataParallel`. Run a dummy forward pass to correctly "
                           "initialize the modules")
    if not any(p.requires_grad for p in parameters):
        raise RuntimeError("DistributedDataParallel is not needed when a module doesn't have any "
                           "parameter that requires a gradient.")
    devices = {p.device for p in parameters}
    if len(devices) != 1:
        raise ValueError("DistributedDataParallel's input module must be on the same type of "
                         f"devices, but input module parameters locate in {devices}.")
    return devices.pop()


def _check_devices(device: Any, device_ids: Sequence[Any] | None, output_device: Any
                   ) -> list[Any] | None:
    """``device_ids`` of a module on ``device``, None for the CPU; ValueError where they are of
    another."""
    if device_ids is not None and len(device_ids) > 1:
        raise ValueError("device_ids can only be None or contain a single element.")
    if device.type == "cpu" and (device_ids or output_device):
        raise ValueError(
            "DistributedDataParallel device_ids and output_device arguments only work with "
            "single-device/multiple-device GPU modules or CPU modules, but got device_ids "
            f"{device_ids}, output_device {output_device}, and module parameters {{{device!r}}}.")
    return list(device_ids) if device_ids and device.type != "cpu" else None


def _check_alike(parameters: Sequence[Any], processes: Any) -> None:
    """RuntimeError unless the parameters have the same shapes and dtypes on all processes."""
    mine = [(tuple(p.shape), str(p.dtype)) for p in parameters]
    found: list[Any] = [None] * processes.size()
    all_gather_object(found, mine, group=processes)
    for rank, other in enumerate(found):
        if other != mine:
            at = next((i for i, (a, b) in enumerate(zip(mine, other, strict=False)) if a != b),
                      None)
            what = (f"{len(mine)} params and {len(other)}" if at is None else
                    f"params[{at}] of {mine[at]} and {other[at]}")
            raise RuntimeError(
                f"DDP expects same model across all ranks, but ranks {processes.rank()} and {rank} "
                f"have {what}")


__all__ = ["DistributedDataParallel"]
answer_missing_names(__name__)
