"""Functions in all the forms in which they are called, with PyTorch's results."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as torch
from expressions import agree, outcome
from wengert.nn import functional as F

EXPECTED = {
    "torch.max(X())": 5.0,
    "torch.max(X(), 1)": ['max', [2.0, 5.0], ['int64', [2, 2]]],
    "X().max(0, True)": ['max', [[3.0, 4.0, 5.0]], ['int64', [[1, 1, 1]]]],
    "X().max(dim=1)": ['max', [2.0, 5.0], ['int64', [2, 2]]],
    "torch.max(X(), X()+1)": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
    "X().max(X())": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "torch.max(X(), dim=1, keepdim=True)": ['max', [[2.0], [5.0]], ['int64', [[2], [2]]]],
    "torch.max(X(), 1.5)": 'TypeError: max() received an invalid combination of arg',
    "X().min(-1).indices": ['int64', [0, 0]],
    "torch.max(torch.zeros(0))": 'RuntimeError: max(): Expected reduction dim to be specifie',
    "torch.max(torch.zeros(0, 3), 1)": ['max', ['float32', [], [0]], ['int64', [], [0]]],
    "torch.max(torch.zeros(3, 0), 1)": 'IndexError: max(): Expected reduction dim 1 to have non-',
    "torch.min(Z(), 0)": ['min', ['int64', [0, 1, 2]], ['int64', [0, 0, 0]]],
    "torch.where(X()>2)": [['int64', [1, 1, 1]], ['int64', [0, 1, 2]]],
    "torch.where(X()>2, X(), 0)": [[0.0, 0.0, 0.0], [3.0, 4.0, 5.0]],
    "torch.where(X()>2, 1, 0)": ['int64', [[0, 0, 0], [1, 1, 1]]],
    "torch.where(X()>2, 1., 0.)": [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]],
    "torch.where(X()>2, X())": 'TypeError: where() received an invalid combination of a',
    "X().where(X()>2, -1)": [[-1.0, -1.0, -1.0], [3.0, 4.0, 5.0]],
    "X().where(X()>2, torch.tensor(-1.))": [[-1.0, -1.0, -1.0], [3.0, 4.0, 5.0]],
    "torch.where(X(), X(), 0)": 'RuntimeError: where expected condition to be a boolean ten',
    "X().clamp(1, torch.tensor(3.))": [[1.0, 1.0, 2.0], [3.0, 3.0, 3.0]],
    "X().clamp(min=2)": [[2.0, 2.0, 2.0], [3.0, 4.0, 5.0]],
    "X().clamp(max=torch.tensor([1., 2., 3.]))": [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]],
    "torch.clamp(X())": "RuntimeError: torch.clamp: At least one of 'min' or 'max'",
    "X().expand(-1, -1)": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X().expand(2, -1, 3)":
        [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]],
    "X().expand(4, 3)": 'RuntimeError: The expanded size of the tensor (4) must mat',
    "X()[0].expand(2, 3)": [[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]],
    "X().sum(1)": [3.0, 12.0],
    "X().sum((0, 1))": 15.0,
    "X().sum(dim=[0], keepdim=True)": [[3.0, 5.0, 7.0]],
    "X().sum(axis=1)": [3.0, 12.0],
    "torch.sum(X(), (0, ), True)": [[3.0, 5.0, 7.0]],
    "Z().sum()": ['int64', 15],
    "Z().mean()": 'RuntimeError: mean(): could not infer output dtype. Input',
    "X().std(unbiased=False)": 1.7078251838684082,
    "X().std(0, False)": [1.5, 1.5, 1.5],
    "X().std(0, unbiased=True, keepdim=True)":
        [[2.1213202476501465, 2.1213202476501465, 2.1213202476501465]],
    "X().var(False)": 2.9166667461395264,
    "X().std(dim=0, correction=0)": [1.5, 1.5, 1.5],
    "torch.var(X(), 1)": [1.0, 1.0],
    "X().nonzero()": ['int64', [[0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]],
    "X().nonzero(as_tuple=True)": [['int64', [0, 0, 1, 1, 1]], ['int64', [1, 2, 0, 1, 2]]],
    "torch.argwhere(X())": ['int64', [[0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]],
    "torch.tensor(3).nonzero()": ['int64', [[]], [1, 0]],
    "torch.tensor(0).nonzero(as_tuple=True)": [['int64', [], [0]]],
    "torch.tensor(3.).nonzero(as_tuple=True)": [['int64', [0]]],
    "torch.unique(torch.tensor([3, 1, 1]), return_inverse=True, return_counts=True)":
        [['int64', [1, 3]], ['int64', [1, 0, 0]], ['int64', [2, 1]]],
    "torch.unique(torch.tensor([3., 1, 1]))": [1.0, 3.0],
    "torch.unique(torch.tensor([[1, 2], [1, 2], [0, 1]]), dim=0)": ['int64', [[0, 1], [1, 2]]],
    "torch.unique_consecutive(torch.tensor([1, 1, 2, 1]), return_inverse=True, return_counts=True)":
        [['int64', [1, 2, 1]], ['int64', [0, 0, 1, 2]], ['int64', [2, 1, 1]]],
    "torch.tensor([2, 2, 1]).unique()": ['int64', [1, 2]],
    "torch.repeat_interleave(torch.tensor([1, 2]))": ['int64', [0, 1, 1]],
    "torch.repeat_interleave(X(), torch.tensor([1, 2]), dim=0)":
        [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [3.0, 4.0, 5.0]],
    "torch.repeat_interleave(X(), 2)": [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0],
    "torch.repeat_interleave(X(), 2, dim=1)":
        [[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], [3.0, 3.0, 4.0, 4.0, 5.0, 5.0]],
    "X().repeat_interleave(torch.tensor([2]), 0)":
        [[0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [3.0, 4.0, 5.0]],
    "torch.repeat_interleave(X(), torch.tensor([1, 2]))":
        'RuntimeError: repeats must have the same size as input alo',
    "torch.repeat_interleave(X(), torch.tensor([1, 2]), dim=0, output_size=3)":
        [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [3.0, 4.0, 5.0]],
    "F.one_hot(torch.tensor([0, 2]))": ['int64', [[1, 0, 0], [0, 0, 1]]],
    "F.one_hot(torch.tensor([0, 2]), 4)": ['int64', [[1, 0, 0, 0], [0, 0, 1, 0]]],
    "F.one_hot(torch.tensor([], dtype=torch.long))":
        'RuntimeError: Can not infer total number of classes from e',
    "F.one_hot(torch.tensor([1]), 0)": 'RuntimeError: Class values must be smaller than num_class',
    "F.one_hot(torch.zeros(2, 0, dtype=torch.long), 0)":
        'RuntimeError: Can not infer total number of classes from e',
    "F.one_hot(torch.tensor([-1]))": 'RuntimeError: Class values must be non-negative.',
    "F.one_hot(torch.tensor([1.]))": 'RuntimeError: one_hot is only applicable to index tensor o',
    "torch.isclose(X(), X())": ['bool', [[True, True, True], [True, True, True]]],
    "torch.norm(X())": 7.416198253631592,
    "X().norm(1)": 15.0,
    "X().norm(p=1, dim=0)": [3.0, 5.0, 7.0],
    "torch.norm(X(), dim=1)": [2.2360680103302, 7.071067810058594],
    "torch.norm(X(), 2, 1, True)": [[2.2360680103302], [7.071067810058594]],
    "torch.norm(Z())": 'RuntimeError: linalg.vector_norm: Expected a floating poin',
    "X().norm(float('inf'))": 5.0,
    "torch.einsum('ij, ij', X(), X())": 55.0,
    "torch.einsum('ij, ij->i', [X(), X()])": [5.0, 50.0],
    "torch.einsum('ij, kj->ik', X(), X())": [[5.0, 14.0], [14.0, 50.0]],
    "torch.meshgrid(torch.arange(2), torch.arange(3), indexing='xy')":
        [['int64', [[0, 1], [0, 1], [0, 1]]], ['int64', [[0, 0], [1, 1], [2, 2]]]],
    "torch.meshgrid([torch.arange(2), torch.arange(3)], indexing='ij')":
        [['int64', [[0, 0, 0], [1, 1, 1]]], ['int64', [[0, 1, 2], [0, 1, 2]]]],
    "torch.broadcast_tensors(X(), torch.ones(3))":
        [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]],
    "torch.broadcast_tensors(X(), torch.ones(4))":
        'RuntimeError: The size of tensor a (3) must match the size',
    "torch.split(X(), 1)": [[[0.0, 1.0, 2.0]], [[3.0, 4.0, 5.0]]],
    "X().split([1, 2], 1)": [[[0.0], [3.0]], [[1.0, 2.0], [4.0, 5.0]]],
    "X().split([1, 1], 1)": 'RuntimeError: split_with_sizes expects split_sizes to sum',
    "torch.chunk(X(), 2, 1)": [[[0.0, 1.0], [3.0, 4.0]], [[2.0], [5.0]]],
    "torch.masked_select(X(), X()>2)": [3.0, 4.0, 5.0],
    "X().masked_select(torch.tensor([True, False, True]))": [0.0, 2.0, 3.0, 5.0],
    "torch.masked_select(X(), torch.ones(3))":
        'RuntimeError: masked_select: expected BoolTensor for mask',
    "torch.isin(X(), torch.tensor([1., 2.]))":
        ['bool', [[False, True, True], [False, False, False]]],
    "torch.isin(X(), 2.)": ['bool', [[False, False, True], [False, False, False]]],
    "torch.isin(X(), torch.tensor([1.]), invert=True)":
        ['bool', [[True, False, True], [True, True, True]]],
    "torch.bincount(torch.tensor([1, 2, 2]))": ['int64', [0, 1, 2]],
    "torch.bincount(torch.tensor([1, 2, 2]), weights=torch.tensor([.5, 1., 2.]))": [0.0, 0.5, 3.0],
    "torch.bincount(torch.tensor([1]), minlength=4)": ['int64', [0, 1, 0, 0]],
    "torch.histc(X(), bins=3)": [2.0, 2.0, 2.0],
    "torch.histc(X(), 4, 0, 4)": [1.0, 1.0, 1.0, 2.0],
    "torch.take(X(), torch.tensor([0, 5]))": [0.0, 5.0],
    "X().put_(torch.tensor([0, 5]), torch.tensor([9., 8.]))": [[9.0, 1.0, 2.0], [3.0, 4.0, 8.0]],
    "X().put_(torch.tensor([0, 0]), torch.tensor([9., 8.]), accumulate=True)":
        [[17.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X().masked_scatter(X()>2, torch.ones(3))": [[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]],
    "X().masked_scatter(X()>2, torch.ones(2))": 'RuntimeError: ',
    "torch.sort(X(), descending=True)":
        ['sort', [[2.0, 1.0, 0.0], [5.0, 4.0, 3.0]], ['int64', [[2, 1, 0], [2, 1, 0]]]],
    "X().sort(0)": ['sort', [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], ['int64', [[0, 0, 0], [1, 1, 1]]]],
    "X().sort(dim=1, descending=True)":
        ['sort', [[2.0, 1.0, 0.0], [5.0, 4.0, 3.0]], ['int64', [[2, 1, 0], [2, 1, 0]]]],
    "X().argsort(descending=True)": ['int64', [[2, 1, 0], [2, 1, 0]]],
    "torch.topk(X(), 2)": ['topk', [[2.0, 1.0], [5.0, 4.0]], ['int64', [[2, 1], [2, 1]]]],
    "X().topk(1, 0)": ['topk', [[3.0, 4.0, 5.0]], ['int64', [[1, 1, 1]]]],
    "X().topk(2, largest=False).values": [[0.0, 1.0], [3.0, 4.0]],
    "torch.median(X())": 2.0,
    "torch.median(X(), 1)": ['median', [1.0, 4.0], ['int64', [1, 1]]],
    "X().kthvalue(2)": ['kthvalue', [1.0, 4.0], ['int64', [1, 1]]],
    "torch.mode(torch.tensor([1, 2, 2]))": ['mode', ['int64', 2], ['int64', 2]],
    "torch.aminmax(X())": ['aminmax', 0.0, 5.0],
    "torch.cummax(X(), 1)":
        ['cummax', [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], ['int64', [[0, 1, 2], [0, 1, 2]]]],
    "X().index_put_((torch.tensor([0]), torch.tensor([1])), torch.tensor(5.))":
        [[0.0, 5.0, 2.0], [3.0, 4.0, 5.0]],
    "X().index_put((torch.tensor([0, 0]), torch.tensor([1, 1])), torch.ones(()), accumulate=True)":
        [[0.0, 3.0, 2.0], [3.0, 4.0, 5.0]],
    "X().index_put_((X()>2, ), torch.tensor(5.))": [[0.0, 1.0, 2.0], [5.0, 5.0, 5.0]],
    "X().index_put_((None, torch.tensor([1])), torch.tensor(5.))":
        'TypeError: expected Tensor as element 0 in argument 0,',
    "X().view(3, 2)": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
    "X().view(-1)": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    "X().view((3, -1))": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
    "X().view(size=(6, ))": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    "X().view(torch.float32)": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X().view(4)": "RuntimeError: shape '[4]' is invalid for input of size 6",
    "X().t().view(6)": 'RuntimeError: view size is not compatible with input tenso',
    "X().reshape(3, 2)": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
    "X().reshape((3, -1))": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
    "X().reshape([6])": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    "X().reshape(-1, 7)": "RuntimeError: shape '[-1, 7]' is invalid for input of size",
    "X().permute(1, 0)": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "X().permute((1, 0))": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "X().permute(dims=(1, 0))": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "torch.permute(X(), (1, 0))": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "X().flip(0)": [[3.0, 4.0, 5.0], [0.0, 1.0, 2.0]],
    "X().flip((0, 1))": [[5.0, 4.0, 3.0], [2.0, 1.0, 0.0]],
    "X().flip([1])": [[2.0, 1.0, 0.0], [5.0, 4.0, 3.0]],
    "torch.flip(X(), [0])": [[3.0, 4.0, 5.0], [0.0, 1.0, 2.0]],
    "X().squeeze()": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X()[None].squeeze(0)": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X()[None].squeeze((0, ))": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X().squeeze(1)": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X().unsqueeze(-1)": [[[0.0], [1.0], [2.0]], [[3.0], [4.0], [5.0]]],
    "X().unsqueeze(4)": 'IndexError: Dimension out of range (expected to be in ra',
    "X().transpose(0, 1)": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "X().swapaxes(0, 1)": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "X().movedim(0, 1)": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "X().repeat(2, 1)": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X().repeat((1, 2))": [[0.0, 1.0, 2.0, 0.0, 1.0, 2.0], [3.0, 4.0, 5.0, 3.0, 4.0, 5.0]],
    "X().tile(2)": [[0.0, 1.0, 2.0, 0.0, 1.0, 2.0], [3.0, 4.0, 5.0, 3.0, 4.0, 5.0]],
    "X().tile((2, ))": [[0.0, 1.0, 2.0, 0.0, 1.0, 2.0], [3.0, 4.0, 5.0, 3.0, 4.0, 5.0]],
    "X().unbind(1)": [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]],
    "torch.cat([X(), X()])": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "torch.cat((X(), X()), 1)": [[0.0, 1.0, 2.0, 0.0, 1.0, 2.0], [3.0, 4.0, 5.0, 3.0, 4.0, 5.0]],
    "torch.cat([X(), X()], dim=-1)":
        [[0.0, 1.0, 2.0, 0.0, 1.0, 2.0], [3.0, 4.0, 5.0, 3.0, 4.0, 5.0]],
    "torch.cat([X(), Z()])": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "torch.cat([X(), torch.ones(2, 2)])":
        'RuntimeError: Sizes of tensors must match except in dimens',
    "torch.stack([X(), X()], 2)":
        [[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], [[3.0, 3.0], [4.0, 4.0], [5.0, 5.0]]],
    "torch.stack([X(), X()[0]])": 'RuntimeError: stack expects each tensor to be equal size,',
    "torch.pow(2, X())": [[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]],
    "torch.add(2, X())": [[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]],
    "torch.sub(2, X())": [[2.0, 1.0, 0.0], [-1.0, -2.0, -3.0]],
    "torch.mul(2, X())": [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]],
    "torch.add(X(), X(), alpha=2)": [[0.0, 3.0, 6.0], [9.0, 12.0, 15.0]],
    "X().add(X(), alpha=2)": [[0.0, 3.0, 6.0], [9.0, 12.0, 15.0]],
    "X().pow(2)": [[0.0, 1.0, 4.0], [9.0, 16.0, 25.0]],
    "X()**2": [[0.0, 1.0, 4.0], [9.0, 16.0, 25.0]],
    "2**X()": [[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]],
    "Z()**2": ['int64', [[0, 1, 4], [9, 16, 25]]],
    "Z()**-1": 'RuntimeError: Integers to negative integer powers are not',
    "Z()/2": [[0.0, 0.5, 1.0], [1.5, 2.0, 2.5]],
    "Z()//2": ['int64', [[0, 0, 1], [1, 2, 2]]],
    "Z()%2": ['int64', [[0, 1, 0], [1, 0, 1]]],
    "-Z()": ['int64', [[0, -1, -2], [-3, -4, -5]]],
    "X().float_power(2)": ['float64', [[0.0, 1.0, 4.0], [9.0, 16.0, 25.0]]],
    "X().is_floating_point()": True,
    "X().tolist()": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X().apply_(lambda v:v*2)": [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]],
    "X().map_(X(), lambda a, b:a+b)": [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]],
    "torch.linalg.norm(X())": 7.416198253631592,
    "torch.linalg.norm(X(), 1)": 7.0,
    "torch.linalg.norm(X(), float('inf'))": 12.0,
    "torch.linalg.norm(X(), 'fro')": 7.416198253631592,
    "torch.linalg.norm(X(), 2, dim=1)": [2.2360680103302, 7.071067810058594],
    "torch.linalg.vector_norm(X(), dim=0)": [3.0, 4.123105525970459, 5.385164737701416],
    "torch.linalg.matrix_norm(X(), -1)": 3.0,
    "torch.linalg.norm(torch.ones(2, 2, 2), 1)":
        'RuntimeError: linalg.norm: If dim is not specified but ord',
    "torch.linalg.diagonal(X())": [0.0, 4.0],
    "F.relu(X()-2)": [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]],
    "F.relu(X()-2, inplace=True)": [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]],
    "F.softmax(X(), dim=1)":
        [[0.09003057330846786, 0.2447284758090973, 0.6652409434318542], [0.09003057330846786,
        0.2447284758090973, 0.6652409434318542]],
    "F.softmax(X(), 1, dtype=torch.float64)":
        ['float64', [[0.09003057317038045, 0.2447284710547976, 0.6652409557748218],
        [0.09003057317038045, 0.2447284710547976, 0.6652409557748218]]],
    "F.log_softmax(X(), dim=-1)":
        [[-2.4076058864593506, -1.4076058864593506, -0.40760594606399536], [-2.4076058864593506,
        -1.4076058864593506, -0.40760594606399536]],
    "F.gelu(X())":
        [[0.0, 0.8413447141647339, 1.9544997215270996], [2.9959497451782227, 3.999873638153076,
        4.999999046325684]],
    "F.leaky_relu(X()-3, 0.2)":
        [[-0.6000000238418579, -0.4000000059604645, -0.20000000298023224], [0.0, 1.0, 2.0]],
    "F.mse_loss(X(), X()+1)": 1.0,
    "F.linear(X(), torch.ones(4, 3), torch.ones(4))":
        [[4.0, 4.0, 4.0, 4.0], [13.0, 13.0, 13.0, 13.0]],
    "F.pad(X(), (1, 1))": [[0.0, 0.0, 1.0, 2.0, 0.0], [0.0, 3.0, 4.0, 5.0, 0.0]],
    "F.dropout(X(), 0.5, training=False)": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "torch.softmax(X(), 1)":
        [[0.09003057330846786, 0.2447284758090973, 0.6652409434318542], [0.09003057330846786,
        0.2447284758090973, 0.6652409434318542]],
    "torch.relu(X()-2)": [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]],
    "torch.tensordot(X(), X(), dims=([1], [1]))": [[5.0, 14.0], [14.0, 50.0]],
    "torch.outer(X()[0], X()[1])": [[0.0, 0.0, 0.0], [3.0, 4.0, 5.0], [6.0, 8.0, 10.0]],
    "torch.zeros(2, 3).t_()": [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
    "torch.zeros(2, 3).transpose_(0, 1)": [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
    "torch.zeros(2).unsqueeze_(0)": [[0.0, 0.0]],
    "torch.zeros(1, 2).squeeze_(0)": [0.0, 0.0],
    "X().sum_to_size(1, 3)": [[3.0, 5.0, 7.0]],
    "X().sum_to_size(2, 1)": [[3.0], [12.0]],
    "X().sum_to_size(3, 3)": 'RuntimeError: size {[3, 3]} is not expandable to size {[2,',
    "X().gather(1, torch.tensor([[0], [1]]))": [[0.0], [4.0]],
    "torch.gather(X(), 1, torch.tensor([[5], [1]])).tolist()":
        'RuntimeError: index 5 is out of bounds for dimension 1 wit',
    "X().scatter_(1, torch.tensor([[0], [1]]), 9.)": [[9.0, 1.0, 2.0], [3.0, 9.0, 5.0]],
    "X().scatter_add(0, torch.tensor([[0, 1, 1]]), torch.ones(1, 3))":
        [[1.0, 1.0, 2.0], [3.0, 5.0, 6.0]],
    "X().index_select(1, torch.tensor([2, 0]))": [[2.0, 0.0], [5.0, 3.0]],
    "X().index_add_(0, torch.tensor([0]), torch.ones(1, 3))": [[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]],
    "X().index_fill(1, torch.tensor([0]), -1)": [[-1.0, 1.0, 2.0], [-1.0, 4.0, 5.0]],
    "X().masked_fill(X()>2, 0)": [[0.0, 1.0, 2.0], [0.0, 0.0, 0.0]],
    "X().masked_fill_(X()>2, torch.tensor(9.))": [[0.0, 1.0, 2.0], [9.0, 9.0, 9.0]],
    "X().take_along_dim(torch.tensor([[0], [1]]), 1)": [[0.0], [4.0]],
    "X().diagonal()": [0.0, 4.0],
    "X().tril()": [[0.0, 0.0, 0.0], [3.0, 4.0, 0.0]],
    "X().cumsum(0)": [[0.0, 1.0, 2.0], [3.0, 5.0, 7.0]],
    "X().cumprod(dim=1)": [[0.0, 0.0, 0.0], [3.0, 12.0, 60.0]],
    "X().argmax()": ['int64', 5],
    "X().argmax(1)": ['int64', [2, 2]],
    "X().argmin(dim=0, keepdim=True)": ['int64', [[0, 0, 0]]],
    "X().any()": ['bool', True],
    "X().all(1)": ['bool', [False, True]],
    "X().prod(0)": [0.0, 4.0, 10.0],
    "X().logsumexp(1)": [2.4076058864593506, 5.40760612487793],
    "X().unflatten(1, (3, 1))": [[[0.0], [1.0], [2.0]], [[3.0], [4.0], [5.0]]],
    "X().flatten()": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    "X().narrow(1, 0, 2)": [[0.0, 1.0], [3.0, 4.0]],
    "X().narrow(1, torch.tensor(1), 1)": [[1.0], [4.0]],
    "X().narrow(1, torch.tensor([1]), 1)": 'RuntimeError: start must be an 0-dim integral Tensor.',
    "X().narrow(1, torch.tensor(True), 1)": 'RuntimeError: start must be an 0-dim integral Tensor.',
    "X().narrow(1, torch.tensor(1.0), 1)": 'RuntimeError: start must be an 0-dim integral Tensor.',
    "X().narrow(1, True, 1)": "TypeError: narrow() received an invalid combination",
    "X().narrow(1, 1.0, 1)": "TypeError: narrow() received an invalid combination",
    "X().select(0, 1)": [3.0, 4.0, 5.0],
    "X().roll(1, 0)": [[3.0, 4.0, 5.0], [0.0, 1.0, 2.0]],
    "X().rot90()": [[2.0, 5.0], [1.0, 4.0], [0.0, 3.0]],
    "X().triu(1)": [[0.0, 1.0, 2.0], [0.0, 0.0, 5.0]],
    "X().amax((0, 1))": 5.0,
    "X().amin(1, keepdim=True)": [[0.0], [3.0]],
    "X().ravel()": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    "X().view_as(torch.ones(3, 2))": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
    "X().reshape_as(torch.ones(3, 2))": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
    "X().expand_as(torch.ones(2, 2, 3))":
        [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]],
    "X().type_as(Z())": ['int64', [[0, 1, 2], [3, 4, 5]]],
    "X().dot(X())": 'RuntimeError: 1D tensors expected, but got 2D and 2D tenso',
    "X()@X()": 'RuntimeError: mat1 and mat2 shapes cannot be multiplied (2',
    "X()@torch.ones(3)": [3.0, 12.0],
    "torch.ones(3)@torch.ones(3)": 3.0,
    "X().mm(X().t())": [[5.0, 14.0], [14.0, 50.0]],
    "X().addmm(X()[:, :2] @ torch.ones(2, 2), torch.ones(2, 3))":
        [[2.0, 3.0, 4.0], [17.0, 18.0, 19.0]],
    "X().median()": 2.0,
    "X().median(0)": ['median', [0.0, 1.0, 2.0], ['int64', [0, 0, 0]]],
    "X().nanmedian()": 2.0,
    "torch.var_mean(X())": [3.5, 2.5],
    "torch.std_mean(X(), 0)":
        [[2.1213202476501465, 2.1213202476501465, 2.1213202476501465], [1.5, 2.5, 3.5]],
    "X().sum(3)": 'IndexError: Dimension out of range (expected to be in ra',
    "X().sum(dim=(0, 0))": 'RuntimeError: dim 0 appears multiple times in the list of',
    "X().frobnicate": "AttributeError: 'Tensor' object has no attribute 'frobnicate",
    "torch.add(X())": 'TypeError: ',
    "torch.add(X(), X(), X(), X())": 'TypeError: add() takes 2 positional arguments but 4 wer',
    "torch.sum(X(), foo=1)": 'TypeError: ',
    "X().sum('a')": 'TypeError: ',
    "torch.max(3)": "TypeError: max(): argument 'input' (position 1) must be",
    "torch.cat(X())": "TypeError: cat(): argument 'tensors' (position 1) must",
    "torch.cat([])": 'ValueError: torch.cat(): expected a non-empty list of Te',
    "torch.stack([])": 'RuntimeError: stack expects a non-empty TensorList',
    "torch.relu(3)": "TypeError: relu(): argument 'input' (position 1) must b",
    "torch.sin(3)": "TypeError: sin(): argument 'input' (position 1) must be",
    "torch.sin([1.])": "TypeError: sin(): argument 'input' (position 1) must be",
    "X()+'a'": "TypeError: unsupported operand type(s) for +: 'Tensor'",
    "X()+[1]": "TypeError: unsupported operand type(s) for +: 'Tensor'",
    "X()+np.ones(3, dtype=np.float32)": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
    "X()*np.float64(2)": [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]],
    "X()==None": False,
    "X()!=None": True,
    "X()==X()": ['bool', [[True, True, True], [True, True, True]]],
    "X()=='a'": False,
    "1.0 in X()": True,
    "X()<X()+1": ['bool', [[True, True, True], [True, True, True]]],
    "torch.tensor([3, 1]).sort()": ['sort', ['int64', [1, 3]], ['int64', [1, 0]]],
    "~torch.tensor([True])": ['bool', [False]],
    "X().max(0).values": [3.0, 4.0, 5.0],
    "X().max(0)[1]": ['int64', [1, 1, 1]],
    "X().bool()": ['bool', [[False, True, True], [True, True, True]]],
    "(X()>1).sum()": ['int64', 4],
    "(X()>1).float().mean()": 0.6666666865348816,
    "len(X())": 2,
    "[t.tolist() for t in X()]": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "bool(X())": 'RuntimeError: Boolean value of Tensor with more than one v',
    "int(torch.tensor(3.7))": 3,
    "X().item()": 'RuntimeError: a Tensor with 6 elements cannot be converted',
    "range(torch.tensor(3))": 'range(0, 3)',
    "[1, 2, 3][torch.tensor(1)]": 2,
}


@pytest.mark.parametrize("expression", EXPECTED)
def test_expression(expression):
    found = outcome(torch, expression)
    assert agree(found, EXPECTED[expression]), found


def test_named_results():
    found = torch.tensor([[1.0, 3.0], [4.0, 2.0]]).max(1)
    assert type(found) is torch.return_types.max
    assert repr(found) == ("torch.return_types.max(\nvalues=tensor([3., 4.]),\n"
                           "indices=tensor([1, 0]))")
    values, indices = found
    assert found.values is values and found[1] is indices
    assert torch.sort(torch.tensor([2, 1])).indices.tolist() == [1, 0]


def test_out():
    out = torch.empty(3)
    assert torch.add(torch.ones(3), 1, out=out) is out and out.tolist() == [2, 2, 2]
    values, indices = torch.empty(2), torch.empty(2, dtype=torch.int64)
    torch.max(torch.tensor([[1.0, 3.0], [4.0, 2.0]]), 1, out=(values, indices))
    assert values.tolist() == [3, 4] and indices.tolist() == [1, 0]


def test_gradients_of_the_forms_of_max():
    x = torch.tensor([[1.0, 3.0], [3.0, 2.0]], requires_grad=True)
    for result, grad in [(x.max(), [[0, 0.5], [0.5, 0]]), (x.max(0)[0].sum(), [[0, 1], [1, 0]]),
                         (x.max(torch.tensor(2.0)).sum(), [[0, 1], [1, 0.5]])]:
        assert torch.autograd.grad(result, x)[0].tolist() == grad


def test_apply_refuses_what_requires_grad():
    with pytest.raises(RuntimeError, match=r"Can't call apply_\(\) on Variable that requires grad"):
        torch.ones(2, requires_grad=True).apply_(abs)


def test_numbers_and_nothing_are_looked_for_in_tensors() -> None:
    x = torch.tensor([[1, 2], [3, 4]])
    assert torch.isin(x, 3).tolist() == [[False, False], [True, False]]
    assert torch.isin(2, x).item() is True and torch.isin(5, x).shape == ()
    assert torch.isin(x, torch.tensor([])).tolist() == [[False] * 2] * 2
    assert torch.isin(torch.tensor([], dtype=torch.int64), x).shape == (0,)
    assert torch.isin(x, torch.tensor(4), invert=True).tolist() == [[True, True], [True, False]]


def test_what_has_no_complex_form_says_so():
    x = torch.ones(2, 3, dtype=torch.complex64)
    for call, name in (
            (lambda: x.softmax(1), "softmax_lastdim_kernel_impl"),
            (lambda: x.softmax(0), "softmax_kernel_impl"),
            (lambda: x.log_softmax(-1), "log_softmax_lastdim_kernel_impl"),
            (lambda: F.mse_loss(x, x), "mse_cpu"), (lambda: F.huber_loss(x, x), "huber_cpu"),
            (lambda: F.smooth_l1_loss(x, x), "smooth_l1_cpu")):
        for _ in range(4):
            with pytest.raises(NotImplementedError, match=f'"{name}" not implemented for \''):
                call()
    for dtype in (torch.int64, torch.complex64, torch.bool):
        assert torch.ones(0, 3, dtype=dtype).softmax(1).dtype is dtype


def test_losses_of_what_is_no_float():
    """They were differences of bytes, or floats, where PyTorch has none."""
    whole = torch.tensor([0, 1])
    mask, bytes_ = whole.bool(), whole.to(torch.uint8)
    for _ in range(3):
        for a, b in ((mask, mask), (bytes_, mask), (mask, torch.zeros(2))):
            with pytest.raises(RuntimeError, match="Subtraction"):
                F.l1_loss(a, b, reduction="sum")
        for loss in (F.huber_loss, F.soft_margin_loss):
            with pytest.raises(RuntimeError, match="result type Float can't be cast"):
                loss(whole, torch.zeros(2))
        with pytest.raises(RuntimeError, match="Negation"):
            F.soft_margin_loss(mask, torch.zeros(2))
        assert F.huber_loss(torch.zeros(2), whole).item() == 0.25
        assert F.l1_loss(whole, torch.zeros(2), reduction="sum").item() == 1.0


def test_no_element_of_a_scalar():
    for k in range(4):
        values, places = torch.tensor(float(k)).topk(0)
        assert values.shape == places.shape == () and values == k and places == 0
    with pytest.raises(RuntimeError, match="unflatten got an unexpected error"):
        torch.tensor(1.0).unflatten(0, (1, 1))


def test_a_transposed_triangular_system_is_not_conjugated():
    for k in range(1, 5):
        a = torch.tensor([[2 + 1j, 1j], [1.0, 3 - 1j * k]])
        b = torch.tensor([[1 + 1j], [2.0]])
        for upper in (True, False):
            x = torch.triangular_solve(b, a, upper=upper, transpose=True)[0]
            triangle = a.triu() if upper else a.tril()
            assert torch.allclose(triangle.T @ x, b)


def test_sums_are_made_in_the_dtype_of_out():
    for k in range(4):
        x = torch.arange(6.0).reshape(2, 3) - k
        for name, dtype in (("sum", torch.int64), ("sum", torch.bool), ("prod", torch.int8),
                            ("mean", torch.float64), ("cumsum", torch.int16),
                            ("cumprod", torch.float64)):
            f = getattr(torch, name)
            wanted = f(x, 0, dtype=dtype)
            found = f(x, 0, out=torch.zeros(wanted.shape, dtype=dtype))
            assert found.dtype is dtype and found.tolist() == wanted.tolist()
        assert (x > 0).cumsum_(1).tolist() == (x > 0).cumsum(1).bool().tolist()


def test_what_has_no_derivative_is_written_to_what_requires_grad():
    for k in range(4):
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        torch.lt(y, torch.arange(3.0) + k, out=y)
        assert torch.eq(x, x, out=x) is x and x.is_leaf
        wanted = [float(i + k > 2) for i in range(3)]
        assert y.tolist() == wanted
        (y.sum() + x.sum()).backward()
        assert x.grad.tolist() == [3.0] * 3
    with pytest.raises(RuntimeError, match="out="):
        torch.add(x, x, out=y)


def test_a_number_first_beside_alpha():
    for k in range(4):
        half = torch.full((2,), k, dtype=torch.float16)
        assert torch.add(False, half, alpha=2).tolist() == [2 * k] * 2
        assert torch.add(True, half.to(torch.int8), alpha=2).tolist() == [1 + 2 * k] * 2
        assert torch.sub(2, half, alpha=0.5).tolist() == [2 - k / 2] * 2


def test_small_dtypes():
    a, b = torch.ones(2, 2, dtype=torch.complex64), torch.tensor(2.0, dtype=torch.float64)
    for k in range(4):
        assert torch.block_diag(a, b + k).dtype is torch.complex64
        powers = torch.vander(torch.tensor([20, k], dtype=torch.int8))
        assert powers.dtype is torch.int64 and torch.vander(
            torch.tensor([20, 3, k], dtype=torch.int8)).tolist()[0] == [400, 20, 1]
    with pytest.raises(RuntimeError, match="bool is not supported"):
        torch.trapezoid(torch.ones(3) > 0)


def test_a_scalar_is_its_transpose():
    for x in (torch.tensor(2.0), torch.tensor(2.0, requires_grad=True)):
        assert x.mT is x and x.mH is x and x.H is x
    assert torch.tensor(1j).mH.tolist() == -1j


def test_a_leaf_whose_dimensions_were_moved_is_seen_by_strides():
    for k in range(4):
        x = (torch.arange(12.0) + k).reshape(4, 3).t().contiguous().t().requires_grad_()
        view = x.as_strided((2, 2), (2, 3), 1)
        memory = x.detach().t().flatten().tolist()
        assert view.requires_grad and view.tolist() == [[memory[1], memory[4]],
                                                        [memory[3], memory[6]]]
        (view * view).sum().backward()
        flat = x.grad.t().reshape(-1)
        assert flat.nonzero().flatten().tolist() == [1, 3, 4, 6]
        assert flat[1] == 2 * view[0, 0] and flat[6] == 2 * view[1, 1]


def test_numbers_of_numpys_and_numbers_for_tensors():
    for k in range(4):
        x = torch.zeros(2)
        assert x.copy_(np.float32(k + 0.5)) is x and x.tolist() == [k + 0.5] * 2
        assert x.copy_(np.int64(k)).tolist() == [k] * 2
    for f in (torch.addcmul, torch.addcdiv):
        with pytest.raises(TypeError, match=r"argument 'tensor1' \(position 2\) must be Tensor"):
            f(x, 2.0, x)


def test_what_is_counted_and_chosen_of_little():
    for k in range(4):
        x = torch.tensor([1.0, 2 + k, 2, 3 + k], dtype=torch.bfloat16)
        assert torch.histc(x, 2, 1, 5).dtype is torch.bfloat16
        assert torch.histc(x, 2, 1, 5).sum() == (x <= 5).sum()
        one = torch.ones(1, requires_grad=True)
        pairs = torch.combinations(one)
        pairs += k
        assert pairs.shape == (0, 2) and pairs.requires_grad


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
def test_integers_have_no_negative_powers(dtype):
    for k in range(4):
        x = torch.tensor([1, 2, 3], dtype=getattr(torch, dtype))
        assert (x ** (4 + k % 2)).tolist() == (x.double() ** (4 + k % 2)).to(x.dtype).tolist()
        for n in (-1, -3, -4 - k, -129):
            for power in (lambda x, n: x ** n, torch.pow, lambda x, n: x.pow_(n)):
                with pytest.raises(RuntimeError, match="negative integer powers are not allowed"):
                    power(x.clone(), n).tolist()
        assert (3 ** torch.tensor([1, -k - 1])).tolist() == [3, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_inverse_of_erf_keeps_the_sign_of_zero(dtype):
    x = torch.tensor([-0.0, 0.0, 0.5, -1.0, 2.0], dtype=dtype)
    for _ in range(4):
        y = torch.erfinv(x)
        assert torch.signbit(y)[:4].tolist() == [True, False, False, True]
        assert y[3] == -torch.inf and y[4].isnan()
