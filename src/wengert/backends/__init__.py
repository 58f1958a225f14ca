"""``torch.backends``: switches and questions about PyTorch's libraries, none of which are here.

Programs set the switches (``torch.backends.cudnn.benchmark = True``); they are kept and change
nothing. Questions (``torch.backends.mps.is_available()``) are answered with no.
"""

from ..names.missing import answer_missing_names
from . import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp, opt_einsum, quantized, xnnpack

fp32_precision = "none"

__all__ = ["cpu", "cuda", "cudnn", "fp32_precision", "mkl", "mkldnn", "mps", "openmp",
           "opt_einsum", "quantized", "xnnpack"]
answer_missing_names(__name__)
