"""``torch.multiprocessing.spawn``: a function run in several processes."""

from __future__ import annotations

import multiprocessing as _python
from collections.abc import Callable
from typing import Any

from ..names.missing import answer_missing_names


class ProcessException(Exception):
    """A process that :func:`spawn` started has failed."""

    def __init__(self, msg: str, error_index: int, pid: int | None) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.pid = msg, error_index, pid


class ProcessRaisedException(ProcessException):
    """It raised."""


class ProcessExitedException(ProcessException):
    """It ended with an exit code."""

    def __init__(self, msg: str, error_index: int, error_pid: int | None, exit_code: int) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code = exit_code


class ProcessContext:
    """Processes that :func:`spawn` has started."""

    def __init__(self, processes: list[Any]) -> None:
        self.processes = processes

    def pids(self) -> list[int]:
        """Their numbers."""
        return [int(process.pid) for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait for them; ProcessExitedException if one has failed, after the others were ended."""
        for i, process in enumerate(self.processes):
            process.join(timeout)
            if process.exitcode not in (0, None):
                for other in self.processes:
                    if other.is_alive():
                        other.terminate()
                raise ProcessExitedException(
                    f"process {i} terminated with exit code {process.exitcode}", i, process.pid,
                    process.exitcode)
        return all(process.exitcode is not None for process in self.processes)


SpawnContext = ProcessContext


def start_processes(fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1,
                    join: bool = True, daemon: bool = False, start_method: str = "spawn",
                    numa_options: Any = None) -> ProcessContext | None:
    """Run ``fn(i, *args)`` in ``nprocs`` processes; the processes, or None after waiting."""
    context: Any = _python.get_context(start_method)
    processes = [context.Process(target=fn, args=(i, *args), daemon=daemon)
                 for i in range(nprocs)]
    for process in processes:
        process.start()
    started = ProcessContext(processes)
    if not join:
        return started
    started.join()
    return None


def spawn(fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True,
          daemon: bool = False, start_method: str = "spawn") -> ProcessContext | None:
    """:func:`start_processes` with new interpreters."""
    return start_processes(fn, args, nprocs, join, daemon, start_method)


__all__ = ["ProcessContext", "ProcessException", "ProcessExitedException",
           "ProcessRaisedException", "SpawnContext", "spawn", "start_processes"]
answer_missing_names(__name__)
