"""``ZeroRedundancyOptimizer``: each process keeps the state of its part of the parameters.

After Rajbhandari and others (2020), stage 1: a process updates the parameters that it owns, and
sends them to the others. All processes give parameters and gradients that are the same, as those
of a ``DistributedDataParallel``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...autograd.modes import enable_grad, updating
from ...functions.over_ranks import each_from_its_rank
from ...names.missing import answer_missing_names
from ...optim.optimizer import Group, Optimizer
from ...tensors.operators import Tensor
from ...tensors.updates import update
from ..algorithms.join import Join, Joinable, JoinHook
from ..group import get_global_rank, group_of
from ..objects import broadcast_object_list


class ZeroRedundancyOptimizer(Optimizer, Joinable):
    """An ``optimizer_class`` of which each process of ``process_group`` keeps a part.

    ``defaults`` are the options of the class. The largest parameters are dealt out first, each to
    the process that has least. :meth:`state_dict` needs :meth:`consolidate_state_dict` before it.
    ``parameters_as_bucket_view`` is accepted and means nothing; NotImplementedError for
    ``overlap_with_ddp``.
    """

    def __init__(self, params: Any, optimizer_class: type[Optimizer], process_group: Any = None,
                 parameters_as_bucket_view: bool = False, overlap_with_ddp: bool = False,
                 **defaults: Any) -> None:
        if overlap_with_ddp:
            raise NotImplementedError(
                "ZeroRedundancyOptimizer(overlap_with_ddp=True) is not in wengert: leave it out; "
                "the exchange of the gradients and the update are one program")
        Joinable.__init__(self)
        self.process_group = group_of(process_group)
        self.world_size = self.process_group.size()
        self.rank = self.process_group.rank()
        self.optim: Any = None
        self._optimizer_class, self._options = optimizer_class, defaults
        self._all_state_dicts: list[Any] = []
        super().__init__(_groups(params), dict(defaults))
        self._deal()

    # ---- whose is what ----

    def _deal(self) -> None:
        """Say who owns which parameters, and make the optimizer of the own ones."""
        sizes = [0] * self.world_size
        self._owners: dict[Any, int] = {}
        for group in self.param_groups:
            for p in sorted(group["params"], key=lambda p: p.numel(), reverse=True):
                owner = sizes.index(min(sizes))
                self._owners[p] = owner
                sizes[owner] += p.numel()
        parts = [{**group, "params": self._part(group, self.rank)} for group in self.param_groups]
        if self.optim is None:
            self.optim = self._optimizer_class(parts, **self._options)
        else:   # a group was added
            old, self.optim = self.optim, self._optimizer_class(parts, **self._options)
            self.optim.state.update({p: state for p, state in old.state.items()
                                     if self._owners[p] == self.rank})
        _copy_options(self.optim.param_groups, self.param_groups)

    def _part(self, group: Group, rank: int) -> list[Any]:
        """The parameters of ``group`` that process ``rank`` owns."""
        return [p for p in group["params"] if self._owners[p] == rank]

    def add_param_group(self, param_group: Group) -> None:
        """Add parameters with options of their own, and deal out all of them anew."""
        super().add_param_group(param_group)
        if self.optim is not None:
            self._deal()

    # ---- steps ----

    def step(self, closure: Callable[[], Any] | None = None, **kwargs: Any) -> Any:
        """Update the own parameters by their gradients, and take the others from their owners."""
        Join.notify_join_context(self)
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        updating(False, self._step, kwargs)
        return loss

    def _step(self, kwargs: dict[str, Any]) -> None:
        _copy_options(self.param_groups, self.optim.param_groups)
        self.optim.step(**kwargs)
        self._share()
        _copy_options(self.optim.param_groups, self.param_groups)

    def _share(self) -> None:
        """Take each parameter from its owner."""
        params = list(self._owners)
        update(each_from_its_rank, (), [params], self.process_group.processes,
               tuple(self._owners.values()))

    # ---- saving and loading ----

    def consolidate_state_dict(self, to: int = 0) -> None:
        """Gather the state at the process ``to``, whose :meth:`state_dict` then has all of it. Each
        process calls this."""
        found = []
        for owner in range(self.world_size):
            part = [self.optim.state_dict() if owner == self.rank else None]
            if self.world_size > 1:
                broadcast_object_list(part, src=get_global_rank(self.process_group, owner),
                                      group=self.process_group)
            found.append(part[0] if self.rank == to else None)
        self._all_state_dicts = found if self.rank == to else []

    def state_dict(self) -> dict[str, Any]:
        """The state of all parameters. RuntimeError where it was not gathered at this process."""
        if not self._all_state_dicts:
            raise RuntimeError(
                f"Optimizer state has not been consolidated on this rank. Please call "
                f"`consolidate_state_dict(to={self.rank})` on all ranks beforehand if you meant "
                "to save the global state.")
        result = super().state_dict()
        numbers = self._numbers()
        state = {}
        for owner, part in enumerate(self._all_state_dicts):
            for group, saved in zip(self.param_groups, part["param_groups"], strict=True):
                for p, number in zip(self._part(group, owner), saved["params"], strict=True):
                    if number in part["state"]:
                        state[numbers[p]] = part["state"][number]
        result["state"] = {number: state[number] for number in sorted(state)}
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the own part of what :meth:`state_dict` gave at some process, or of what that
        of an ``optimizer_class`` of all parameters did."""
        groups = state_dict["param_groups"]
        if [len(g["params"]) for g in groups] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError("loaded state dict contains a parameter group that doesn't match the "
                             "size of optimizer's group")
        mine, parts = {}, []
        for group, saved in zip(self.param_groups, groups, strict=True):
            keys = [key for p, key in zip(group["params"], saved["params"], strict=True)
                    if self._owners[p] == self.rank]
            mine.update({key: state_dict["state"][key] for key in keys
                         if key in state_dict["state"]})
            parts.append({**saved, "params": keys})
        self.optim.load_state_dict({"state": mine, "param_groups": parts})
        _copy_options(self.optim.param_groups, self.param_groups)

    def _numbers(self) -> dict[Any, int]:
        params = [p for group in self.param_groups for p in group["params"]]
        return {p: number for number, p in enumerate(params)}

    # ---- uneven inputs ----

    def join_hook(self, **kwargs: Any) -> JoinHook:
        """What this process does while others go on: its part of their steps."""
        return _ZeroJoinHook(self)

    @property
    def join_device(self) -> Any:
        """The device of the first parameter."""
        return self.param_groups[0]["params"][0].device

    @property
    def join_process_group(self) -> Any:
        """The processes."""
        return self.process_group


class _ZeroJoinHook(JoinHook):
    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer

    def main_hook(self) -> None:
        """A step with the others."""
        self.optimizer.step()


def _groups(params: Any) -> Any:
    """``params`` as a list that can be gone through twice. TypeError for a tensor."""
    if isinstance(params, Tensor):
        raise TypeError("`params` argument should be an iterable of Tensors, but got Tensor")
    found = list(params)
    if not found:
        raise ValueError("ZeroRedundancyOptimizer got an empty parameter list")
    return found


def _copy_options(source: list[Group], target: list[Group]) -> None:
    """Have the groups of ``target`` the options of those of ``source``."""
    for a, b in zip(source, target, strict=True):
        b.update({name: value for name, value in a.items() if name not in ("params",
                                                                          "param_names")})


__all__ = ["ZeroRedundancyOptimizer"]
answer_missing_names(__name__)
