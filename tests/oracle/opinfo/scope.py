"""Which entries of the database are not Wengert's to have, and why."""

from __future__ import annotations

from typing import Any

GPU = "code for a GPU, compiled from text"
INNER = "an operation that PyTorch's own code calls, under no name of the API"
SPARSE = "sparse tensors"
QUANTISED = "quantised or scaled products of eight-bit numbers"
MEMORY = "memory that was not written: there is nothing to compare"
HALF = "complex numbers of half precision, which NumPy does not have"
HASHES = "a hash of the bits, which no document defines"

REASONS = {
    "jiterator_unary": GPU, "jiterator_binary": GPU, "jiterator_4inputs_with_extra_args": GPU,
    "jiterator_binary_return_by_ref": GPU, "jiterator_2inputs_2outputs": GPU,
    "_batch_norm_with_update": INNER, "_native_batch_norm_legit": INNER,
    "_softmax_backward_data": INNER, "_segment_reduce": INNER, "_chunk_cat": INNER,
    "_unsafe_masked_index": INNER, "_unsafe_masked_index_put_accumulate": INNER,
    "_upsample_bilinear2d_aa": INNER, "max_pool2d_with_indices_backward": INNER,
    "native_dropout_backward": INNER,
    "torch.ops.aten._efficient_attention_forward": INNER,
    "torch.ops.aten._flash_attention_forward": INNER,
    "torch.ops.aten._safe_softmax.default": INNER,
    "torch._scaled_mm": QUANTISED, "torch._scaled_mm_v2": QUANTISED,
    "sparse.mm": SPARSE, "sparse.sampled_addmm": SPARSE, "to_sparse": SPARSE,
    "empty": MEMORY, "empty_like": MEMORY, "empty_permuted": MEMORY, "empty_strided": MEMORY,
    "new_empty": MEMORY, "new_empty_strided": MEMORY, "resize_": MEMORY, "resize_as_": MEMORY,
    "hash_tensor": HASHES, "chalf": HALF, "slice": INNER,
}
HERMITIAN = ("the gradient is Hermitian, as the matrix is; PyTorch's has another part where a "
             "cotangent's diagonal is not real")
TRIANGLE = ("the gradient is 0 in the triangle that is not read; PyTorch has numbers there, for a "
            "function that does not depend on them")
BESSEL = "PyTorch's values are off by up to 9e-7, against mpmath"
UNBOUND = ("PyTorch's view reaches memory beside the leaf's; here its elements are seen too, "
           "without a history")
ARGUMENT = "out= may be an argument or a part of one: the result is computed first; PyTorch raises"
CAST = "out= takes what the result can be cast to, as elsewhere; PyTorch asks for the very dtype"
NUMBER = "called with a number where the tensor stands; `x.__radd__` is a function of Python here"
DIFFERENT = {
    **{(name, "errors"): ARGUMENT
       for name in ("cat", "kthvalue", "masked_select", "take")},
    ("gather", "errors"): f"{ARGUMENT}; {CAST}",
    **{(name, "errors"): CAST for name in ("aminmax", "complex")},
    **{(f"__{name}__", "errors"): NUMBER
       for name in ("radd", "rdiv", "rmul", "rand", "ror", "rxor")},
    ("narrow_copy", "errors"): "IndexError, as that of `narrow`; PyTorch fails an assertion",
    ("addbmm", "in-place"): "PyTorch grows the tensor that is written to; here its shape stays",
    **{(name, column): TRIANGLE for name in ("cholesky_inverse", "cholesky_solve")
       for column in ("reverse", "reverse twice")},
    **{(name, column): HERMITIAN for name in ("cholesky", "linalg.cholesky", "linalg.cholesky_ex")
       for column in ("reverse", "reverse twice")},
    **{("istft", column): "PyTorch loses the gradient of a window shorter than n_fft"
       for column in ("reverse", "reverse twice")},
    **{(f"fft.{name}", "out="): "PyTorch does not write out, where one dimension is transformed"
       for name in ("ihfft2", "ihfftn")},
    ("as_strided_scatter", "reverse"):
        "the gradient of the elements that are kept; PyTorch has that of the overwritten ones",
    ("as_strided_scatter", "reverse twice"):
        "the gradient of the elements that are kept; PyTorch has that of the overwritten ones",
    **{("as_strided (partial_views)", column): UNBOUND for column in (
        "forward", "method", "reverse", "reverse twice", "forward mode", "forward over reverse")},
    ("linalg.norm (subgradients_at_zero)", "reverse twice"): "PyTorch has NaN, here 0",
    ("masked.logaddexp", "reverse twice"): "PyTorch has NaN, here 0",
    **{(f"nn.functional.linear_cross_entropy ({how})", "reverse twice"):
       "the gradient in chunks has no history in PyTorch; here it is that without chunks"
       for how in ("chunked", "chunked_none")},
    **{(f"special.bessel_{name}", column): BESSEL for name in ("j0", "j1", "y0", "y1")
       for column in ("forward", "out=")},
}
"""What differs and stays so, by entry and column: where PyTorch's answer is not the right one."""


def reason(entry: Any) -> str | None:
    """Why an entry is out of scope, if it is."""
    return REASONS.get(entry.name)
