"""What mixed precision does to the arguments of a call: which functions compute in the lower
precision, and which in float32 whatever they are given.

The lists are those of PyTorch's autocast on the CPU. A function of either, and the method of its
name, looks for a policy from the moment on when the first block of mixed precision begins
(:func:`begin`); all others take arguments as they come.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType, ModuleType
from typing import Any

from ..engine.dtypes import DType, bfloat16, float16, float32
from ..engine.recording.handle import Handle
from ..engine.recording.recording import dtype_of, here
from ..names import missing
from ..names.later import told_of_names
from . import overriding
from .later import told_of_methods

LOWER = {
    "": """addbmm addmm baddbmm bmm chain_matmul conv1d conv2d conv3d conv_transpose1d
        conv_transpose2d conv_transpose3d einsum inner lstm matmul matrix_power mm prelu rnn_relu
        rnn_tanh tensordot""",
    "nn.functional": """conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
        linear multi_head_attention_forward prelu scaled_dot_product_attention""",
    "linalg": "matmul matrix_power multi_dot vecdot",
    "Tensor": "__matmul__ addbmm addmm baddbmm bmm inner matmul matrix_power mm prelu"}
"""Those that compute in the lower precision."""

SINGLE = {
    "": """cdist cholesky_inverse cholesky_solve grid_sampler inverse istft nanquantile pinverse
        polar prod qr quantile stft svd trace view_as_complex""",
    "nn.functional": """adaptive_avg_pool3d avg_pool3d binary_cross_entropy
        binary_cross_entropy_with_logits cosine_embedding_loss cross_entropy ctc_loss grid_sample
        hinge_embedding_loss huber_loss kl_div l1_loss margin_ranking_loss mse_loss
        multi_margin_loss multilabel_margin_loss nll_loss poisson_nll_loss smooth_l1_loss
        soft_margin_loss triplet_margin_loss""",
    "linalg": """cholesky cholesky_ex cond eig eigh eigvals eigvalsh inv inv_ex lstsq matrix_rank
        qr solve svd svdvals""",
    "fft": """fft fft2 fftn hfft hfft2 hfftn ifft ifft2 ifftn ihfft ihfft2 ihfftn irfft irfft2
        irfftn rfft rfft2 rfftn""",
    "Tensor": "inverse nanquantile pinverse prod qr quantile stft istft svd trace"}
"""Those that compute in float32."""

LIKE_INPUT = {"": "gru gru_cell lstm_cell rnn_relu_cell rnn_tanh_cell"}
"""Those whose arguments follow the dtype of the first."""

FLOATING = (float32, bfloat16, float16)
"""What is converted; float64 is not."""

_lower: set[Any] = set()
_single: set[Any] = set()
_like_input: set[Any] = set()


def begin() -> None:
    """Have the functions of the lists look for a policy, from now on: those that are there, and
    others when they are."""
    if _lower:
        return
    told_of_methods.append(_look_at_method)
    for name in _listed("Tensor"):
        _look_at_method(Handle._kind, name)
    missing.find_as_loaded()
    for module in missing.answering():
        _look_in(module, _listed(_place(module)))
    told_of_names.append(_look_in)


def _listed(place: str) -> list[str]:
    return [name for names in (LOWER, SINGLE, LIKE_INPUT) for name in names.get(place, "").split()]


def _place(module: ModuleType) -> str:
    return missing.torch_name(module.__name__).partition("torch")[2].lstrip(".")


def _look_in(module: ModuleType, names: Iterable[str]) -> None:
    place, has = _place(module), vars(module)
    if place != "Tensor":
        for name in names:
            _look_at(place, name, has.get(name))


def _look_at_method(kind: Any, name: str) -> None:
    _look_at("Tensor", name, next((vars(base)[name] for base in kind.__mro__ if name in vars(base)),
                                  None))


def _look_at(place: str, name: str, function: Any) -> None:
    if isinstance(function, FunctionType):
        for names, found in ((LOWER, _lower), (SINGLE, _single), (LIKE_INPUT, _like_input)):
            if name in names.get(place, "").split():
                found.add(function)
                overriding.look(function)


def current() -> Policy | None:
    """The policy of the block that is open, if one is."""
    found: Policy | None = here.modes.cast
    return found


def put(policy: Policy | None) -> Policy | None:
    """Have this policy from now on; the one before."""
    modes = here.modes
    before: Policy | None = modes.cast
    modes.cast = policy
    return before


class Policy:
    """The conversion of arguments to ``dtype`` where a function is to compute in it."""

    def __init__(self, dtype: DType) -> None:
        self.dtype = dtype

    def __call__(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any],
                 ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        """The arguments of ``func``, converted; None where it takes them as they come."""
        if func in _lower:
            to = self.dtype
        elif func in _single:
            to = float32
        elif func in _like_input and args:
            to = dtype_of(args[0])
        else:
            return None
        return (tuple([converted(each, to) for each in args]),
                {name: converted(each, to) for name, each in kwargs.items()})


def converted(value: Any, dtype: DType) -> Any:
    """``value`` with its floating-point tensors in ``dtype``; those of float64 stay."""
    if isinstance(value, Handle):
        return value.to(dtype) if (  # type: ignore[attr-defined]
            (own := dtype_of(value)) is not dtype and own in FLOATING) else value
    if value.__class__ is list or value.__class__ is tuple:
        return value.__class__([converted(each, dtype) for each in value])
    return value


__all__ = ["Policy", "begin", "converted", "current", "put"]
