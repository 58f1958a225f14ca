"""Sparse tensors: values, and where they are.

:class:`~wengert.tensors.sparse.tensor.SparseTensor` holds them; its values are a tensor like any
other, through which gradients flow. What functions of torch do with it is in ``operations.py``, by
name; any other function is refused. ``construction.py`` makes them, and loads the rest when first
asked to.
"""
