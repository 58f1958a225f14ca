"""Which entries of the database are not Wengert's to have, and why."""

from __future__ import annotations

from typing import Any

GPU = "code for a GPU, compiled from text"
INNER = "an operation that PyTorch's own code calls, under no name of the API"
SPARSE = "sparse tensors"
QUANTISED = "quantised or scaled products of eight-bit numbers"
MEMORY = "memory that was not written: there is nothing to compare"
HASHES = "a hash of the bits, which no document defines"

REASONS = {
    "jiterator_unary": GPU, "jiterator_binary": GPU, "jiterator_4inputs_with_extra_args": GPU,
    "jiterator_binary_return_by_ref": GPU, "jiterator_2inputs_2outputs": GPU,
    "_batch_norm_with_update": INNER, "_native_batch_norm_legit": INNER,
    "_softmax_backward_data": INNER, "_segment_reduce": INNER, "_chunk_cat": INNER,
    "_unsafe_masked_index": INNER, "_unsafe_masked_index_put_accumulate": INNER,
    "_upsample_bilinear2d_aa": INNER, "max_pool2d_with_indices_backward": INNER,
    "native_dropout_backward": INNER, "nn.functional.linear_cross_entropy": INNER,
    "torch.ops.aten._efficient_attention_forward": INNER,
    "torch.ops.aten._flash_attention_forward": INNER,
    "torch.ops.aten._safe_softmax.default": INNER,
    "torch._scaled_mm": QUANTISED, "torch._scaled_mm_v2": QUANTISED,
    "sparse.mm": SPARSE, "sparse.sampled_addmm": SPARSE, "to_sparse": SPARSE,
    "sparse.mm_reduce": SPARSE,
    "empty": MEMORY, "empty_like": MEMORY, "empty_permuted": MEMORY, "empty_strided": MEMORY,
    "new_empty": MEMORY, "new_empty_strided": MEMORY, "resize_": MEMORY, "resize_as_": MEMORY,
    "hash_tensor": HASHES,
}


def reason(entry: Any) -> str | None:
    """Why an entry is out of scope, if it is."""
    return REASONS.get(entry.name)
