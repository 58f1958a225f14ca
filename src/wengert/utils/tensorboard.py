"""``torch.utils.tensorboard``: :class:`SummaryWriter`, through the package ``tensorboard``.

Without that package the import fails with ``ModuleNotFoundError``, as PyTorch's does.
"""

from __future__ import annotations

import importlib
import io
import os
import socket
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import numpy as np

from ..names.missing import answer_missing_names
from ..tensors.data import as_tensor
from ..tensors.operators import Tensor

try:
    from tensorboard.compat.proto.event_pb2 import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
        Event,
        SessionLog,
    )
    from tensorboard.compat.proto.summary_pb2 import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
        Summary,
        SummaryMetadata,
    )
    from tensorboard.compat.proto.tensor_pb2 import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
        TensorProto,
    )
    from tensorboard.plugins.hparams.summary_v2 import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
        HParam,
        Metric,
        hparams_config_pb,
        hparams_pb,
    )
    from tensorboard.summary.writer.event_file_writer import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
        EventFileWriter,
    )
except ImportError as error:
    raise ModuleNotFoundError("torch.utils.tensorboard needs the package tensorboard: "
                              "pip install tensorboard", name="tensorboard") from error

_OVER_ZERO = [1e-12 * 1.1**i for i in range(774)]
EDGES = np.array([*(-edge for edge in reversed(_OVER_ZERO)), 0.0, *_OVER_ZERO])
"""The edges of a histogram by default: 10 in 100 apart, from 1e-12 to 1e20 on both sides of 0."""


class SummaryWriter:
    """Writes what TensorBoard shows to a file in ``log_dir``.

    ``log_dir``: a folder, ``runs/<date>_<host><comment>`` by default. The file is written in the
    background; :meth:`flush` waits for it, :meth:`close` ends it, as does leaving a ``with`` block.

    >>> with SummaryWriter("runs/first") as writer:    # doctest: +SKIP
    ...     writer.add_scalar("loss", 0.5, global_step=1)
    """

    def __init__(self, log_dir: str | os.PathLike[str] | None = None, comment: str = "",
                 purge_step: int | None = None, max_queue: int = 10, flush_secs: int = 120,
                 filename_suffix: str = "") -> None:
        if not log_dir:
            now = time.strftime("%b%d_%H-%M-%S")
            log_dir = os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")
        self.log_dir = os.fspath(log_dir)
        self.purge_step = purge_step
        self._options = (max_queue, flush_secs, filename_suffix)
        self._file: Any = None
        self._parts: dict[str, SummaryWriter] = {}
        self._open()

    def _open(self) -> Any:
        if self._file is None:
            max_queue, flush_secs, suffix = self._options
            self._file = EventFileWriter(self.log_dir, max_queue, flush_secs, suffix)
            if self.purge_step is not None:
                log = SessionLog(status=SessionLog.START)
                self._file.add_event(Event(step=self.purge_step, wall_time=time.time(),
                                           session_log=log))
                self.purge_step = None
        return self._file

    def get_logdir(self) -> str:
        """The folder of the files."""
        return self.log_dir

    def _add(self, summary: Any, step: Any, walltime: float | None) -> None:
        event = Event(summary=summary, wall_time=time.time() if walltime is None else walltime)
        if step is not None:
            event.step = int(step)
        self._open().add_event(event)

    def add_scalar(self, tag: str, scalar_value: Any, global_step: Any = None,
                   walltime: float | None = None, new_style: bool = False,
                   double_precision: bool = False) -> None:
        """A number over the steps."""
        value = float(np.asarray(_array(scalar_value)).reshape(()).item())
        self._add(Summary(value=[Summary.Value(tag=tag, simple_value=value)]), global_step,
                  walltime)

    def add_scalars(self, main_tag: str, tag_scalar_dict: Mapping[str, Any],
                    global_step: Any = None, walltime: float | None = None) -> None:
        """Numbers over the steps in one plot: each is a run of its own, in a folder below."""
        for tag, value in tag_scalar_dict.items():
            folder = os.path.join(self.log_dir, f"{main_tag.replace('/', '_')}_{tag}")
            if folder not in self._parts:
                self._parts[folder] = SummaryWriter(folder, "", None, *self._options)
            self._parts[folder].add_scalar(main_tag, value, global_step, walltime)

    def add_histogram(self, tag: str, values: Any, global_step: Any = None,
                      bins: Any = "tensorflow", walltime: float | None = None,
                      max_bins: int | None = None) -> None:
        """How the elements of a tensor or array are distributed; ValueError if there are none."""
        summary = Summary(value=[Summary.Value(tag=tag, histo=_histogram(_array(values), bins))])
        self._add(summary, global_step, walltime)

    def add_image(self, tag: str, img_tensor: Any, global_step: Any = None,
                  walltime: float | None = None, dataformats: str = "CHW") -> None:
        """A picture: bytes, or floats in [0, 1]; needs the package pillow.

        ``dataformats`` says which dimension is the channels ("C"), the rows ("H"), the columns.
        """
        image = _rows_columns_channels(_array(img_tensor), dataformats)
        self._add(Summary(value=[Summary.Value(tag=tag, image=_png(image))]), global_step, walltime)

    def add_images(self, tag: str, img_tensor: Any, global_step: Any = None,
                   walltime: float | None = None, dataformats: str = "NCHW") -> None:
        """Pictures side by side."""
        array = np.moveaxis(_array(img_tensor), dataformats.upper().index("N"), 0)
        rest = dataformats.upper().replace("N", "")
        row = np.concatenate([_rows_columns_channels(each, rest) for each in array], axis=1)
        self.add_image(tag, row, global_step, walltime, "HWC")

    def add_text(self, tag: str, text_string: str, global_step: Any = None,
                 walltime: float | None = None) -> None:
        """Text, shown as Markdown."""
        content = SummaryMetadata.PluginData(plugin_name="text")
        text = TensorProto(dtype="DT_STRING", string_val=[text_string.encode()])
        text.tensor_shape.dim.add(size=1)
        value = Summary.Value(tag=f"{tag}/text_summary", tensor=text,
                              metadata=SummaryMetadata(plugin_data=content))
        self._add(Summary(value=[value]), global_step, walltime)

    def add_hparams(self, hparam_dict: Mapping[str, Any], metric_dict: Mapping[str, Any],
                    hparam_domain_discrete: Any = None, run_name: str | None = None,
                    global_step: Any = None) -> None:
        """The choices of a run (numbers, bools, text) and what came of them, as a run below."""
        if not isinstance(hparam_dict, dict) or not isinstance(metric_dict, dict):
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        folder = os.path.join(self.log_dir, run_name or str(time.time()))
        plain = {key: _array(value).item() if isinstance(value, Tensor) else value
                 for key, value in hparam_dict.items()}
        with SummaryWriter(folder) as writer:
            writer._add(hparams_config_pb([HParam(name) for name in plain],
                                          [Metric(name) for name in metric_dict]), None, None)
            writer._add(hparams_pb(plain, trial_id=folder), None, None)
            for name, value in metric_dict.items():
                writer.add_scalar(name, value, global_step)

    def flush(self) -> None:
        """Wait until all is in the files."""
        for writer in self._parts.values():
            writer.flush()
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """End the files; adding more starts new ones."""
        for writer in self._parts.values():
            writer.close()
        self._parts.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()


def _not_here(name: str) -> Any:
    def method(self: SummaryWriter, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"SummaryWriter.{name} is not supported; see docs/differences.md")

    method.__name__ = name
    method.__doc__ = "NotImplementedError."
    return method


for _name in ("add_audio", "add_custom_scalars", "add_embedding", "add_figure", "add_graph",
              "add_image_with_boxes", "add_mesh", "add_onnx_graph", "add_pr_curve",
              "add_pr_curve_raw", "add_tensor", "add_video"):
    setattr(SummaryWriter, _name, _not_here(_name))


def _array(value: Any) -> Any:
    """The elements of a tensor, an array, numbers."""
    tensor = value if isinstance(value, Tensor) else as_tensor(np.asarray(value))
    if tensor.dtype.name == "bfloat16":
        tensor = tensor.float()
    return tensor.detach().numpy(force=True)


def _histogram(array: Any, bins: Any) -> Any:
    values = np.asarray(array, np.float64).reshape(-1)
    if not values.size:
        raise ValueError("The input has no element.")
    if not np.isfinite(values).all():
        raise ValueError("The histogram is empty, please file a bug report: there are NaN or "
                         "infinite elements")
    counts, edges = np.histogram(values, EDGES if isinstance(bins, str) and bins == "tensorflow"
                                 else bins)
    filled = np.flatnonzero(counts)
    first, last = (filled[0], filled[-1] + 1) if filled.size else (0, len(counts))
    found = Summary.Value().histo
    found.min, found.max, found.num = values.min(), values.max(), values.size
    found.sum, found.sum_squares = values.sum(), (values * values).sum()
    found.bucket_limit.extend(edges[first:last + 1].tolist())
    found.bucket.extend([0.0, *counts[first:last].astype(float).tolist()])
    return found


def _rows_columns_channels(array: Any, formats: str) -> Any:
    """A picture of 3 channels as [rows, columns, channels] in bytes."""
    formats = formats.upper()
    if sorted(formats) not in (sorted("CHW"), sorted("HW")) or array.ndim != len(formats):
        raise ValueError(f"dataformats {formats!r} does not fit a tensor of {array.ndim} "
                         "dimensions")
    if "C" not in formats:
        array, formats = array[..., None], formats + "C"
    image = array.transpose([formats.index(each) for each in "HWC"])
    if image.dtype != np.uint8:
        image = (np.clip(image, 0, 1) * 255).astype(np.uint8)
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


def _png(image: Any) -> Any:
    try:
        pillow = importlib.import_module("PIL.Image")   # for pictures only
    except ImportError as error:
        raise ImportError("add_image needs the package pillow: pip install pillow",
                          name="PIL") from error
    buffer = io.BytesIO()
    pillow.fromarray(image).save(buffer, format="PNG")
    rows, columns, channels = image.shape
    return Summary.Image(height=rows, width=columns, colorspace=channels,
                         encoded_image_string=buffer.getvalue())


__all__ = ["SummaryWriter"]
answer_missing_names(__name__)
