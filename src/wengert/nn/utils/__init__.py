"""``torch.nn.utils``: clipping gradients, sequences in batches, parametrised weights.

``rnn.py`` has packed sequences, ``parametrize.py`` weights that are computed from others.
"""

from ...missing import answer_missing_names
from . import rnn, stateless
from .clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from .convert_parameters import parameters_to_vector, vector_to_parameters

__all__ = [
    "rnn", "stateless", "clip_grad_norm", "clip_grad_norm_", "clip_grad_value_",
    "clip_grads_with_norm_", "get_total_norm", "parameters_to_vector", "vector_to_parameters",
]
answer_missing_names(__name__)
