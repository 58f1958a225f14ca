"""Reading and writing ``x[...]``, with PyTorch's results and the beginnings of its errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import wengert as torch
from expressions import agree, outcome

EXPECTED = {
    "X()[0]": [0.0, 1.0, 2.0],
    "X()[-1]": [3.0, 4.0, 5.0],
    "X()[5]": 'IndexError: index 5 is out of bounds for dimension 0 wit',
    "X()[-3]": 'IndexError: index -3 is out of bounds for dimension 0 wi',
    "X()[0:1]": [[0.0, 1.0, 2.0]],
    "X()[::2]": [[0.0, 1.0, 2.0]],
    "X()[::-1]": 'ValueError: step must be greater than zero',
    "X()[1:100]": [[3.0, 4.0, 5.0]],
    "X()[2:1]": ['float32', [], [0, 3]],
    "X()[None]": [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]],
    "X()[...]": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X()[(0, 1)]": 1.0,
    "X()[(0, 0, 0)]": 'IndexError: too many indices for tensor of dimension 2',
    "X()[(slice(None), 1)]": [1.0, 4.0],
    "X()[(..., 0)]": [0.0, 3.0],
    "X()[(None, 0, None)]": [[[0.0, 1.0, 2.0]]],
    "X()[[0, 1]]": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X()[[[0], [1]]]": [1.0],
    "X()[[0, 1], [1, 2]]": [1.0, 5.0],
    "X()[torch.tensor([1, 0])]": [[3.0, 4.0, 5.0], [0.0, 1.0, 2.0]],
    "X()[torch.tensor(1)]": [3.0, 4.0, 5.0],
    "X()[(torch.tensor(1), torch.tensor(2))]": 5.0,
    "X()[(0, torch.tensor([0, 2]))]": [0.0, 2.0],
    "X()[(slice(None), torch.tensor([2, 0]))]": [[2.0, 0.0], [5.0, 3.0]],
    "X()[(torch.tensor([[0], [1]]), torch.tensor([0, 2]))]": [[0.0, 2.0], [3.0, 5.0]],
    "X()[X()>2]": [3.0, 4.0, 5.0],
    "X()[torch.tensor([True, False])]": [[0.0, 1.0, 2.0]],
    "X()[(slice(None), torch.tensor([True, False, True]))]": [[0.0, 2.0], [3.0, 5.0]],
    "X()[torch.tensor([True, False, True])]":
        'IndexError: The shape of the mask [3] at index 0 does no',
    "X()[True]": [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]],
    "X()[False]": ['float32', [], [0, 2, 3]],
    "X()[torch.tensor(True)]": [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]],
    "X()[torch.tensor([0.])]": 'IndexError: tensors used as indices must be long, int, b',
    "X()[1.0]": 'IndexError: only integers, slices (`:`), ellipsis (`...`',
    "X()[{}]": 'IndexError: only integers, slices (`:`), ellipsis (`...`',
    "X()[np.int64(1)]": [3.0, 4.0, 5.0],
    "X()[np.array([0, 1])]": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X()[np.array([True, False])]": [[0.0, 1.0, 2.0]],
    "X()[range(2)]": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X()[[True, False]]": [[0.0, 1.0, 2.0]],
    "X()[[]]": ['float32', [], [0, 3]],
    "X()[(0, [])]": ['float32', [], [0]],
    "X()[(..., ...)]": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X()[torch.tensor([5])]": 'IndexError: index 5 is out of bounds for dimension 0 wit',
    "X()[torch.tensor([-1])]": [[3.0, 4.0, 5.0]],
    "X()[torch.tensor([0, 1], dtype=torch.int32)]": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "X()[torch.tensor([1, 0], dtype=torch.uint8)]": [[0.0, 1.0, 2.0]],
    "X()[(slice(0, 1), None, torch.tensor([0, 1]))]": [[[0.0, 1.0]]],
    "X()[(torch.tensor([0, 1]), None, torch.tensor([0, 1]))]": [[0.0], [4.0]],
    "X()[(torch.tensor([0, 1]), slice(None), None)]":
        [[[0.0], [1.0], [2.0]], [[3.0], [4.0], [5.0]]],
    "X()[0:torch.tensor(1)]": [[0.0, 1.0, 2.0]],
    "put(0, 7)": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put(0, torch.tensor(7.))": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put(0, torch.ones(3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(0, torch.ones(2))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(0, torch.ones(1))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(0, torch.ones(1, 3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(0, torch.ones(2, 3)*2)": 'RuntimeError: expand(t',
    "put(0, torch.ones(4))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(0, [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put(0, np.ones(3))": "TypeError: can't assign a n",
    "put(0, 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put(0, 1j)": 'RuntimeError: value cannot be converted to type',
    "put(0, True)": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(0, torch.ones(3, dtype=torch.int64))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(0, torch.ones((), dtype=torch.int64))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put((slice(None), 1), 7)": [[0.0, 7.0, 2.0], [3.0, 7.0, 5.0]],
    "put((slice(None), 1), torch.tensor(7.))": [[0.0, 7.0, 2.0], [3.0, 7.0, 5.0]],
    "put((slice(None), 1), torch.ones(3))":
        'RuntimeError: The expanded size of the tensor (2) must mat',
    "put((slice(None), 1), torch.ones(2))": [[0.0, 1.0, 2.0], [3.0, 1.0, 5.0]],
    "put((slice(None), 1), torch.ones(1))": [[0.0, 1.0, 2.0], [3.0, 1.0, 5.0]],
    "put((slice(None), 1), torch.ones(1, 3))":
        'RuntimeError: The expanded size of the tensor (2) must mat',
    "put((slice(None), 1), torch.ones(2, 3)*2)": 'RuntimeError: expand(t',
    "put((slice(None), 1), torch.ones(4))":
        'RuntimeError: The expanded size of the tensor (2) must mat',
    "put((slice(None), 1), [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put((slice(None), 1), np.ones(3))": "TypeError: can't assign a n",
    "put((slice(None), 1), 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put((slice(None), 1), 1j)": 'RuntimeError: value cannot be converted to type',
    "put((slice(None), 1), True)": [[0.0, 1.0, 2.0], [3.0, 1.0, 5.0]],
    "put((slice(None), 1), torch.ones(3, dtype=torch.int64))":
        'RuntimeError: The expanded size of the tensor (2) must mat',
    "put((slice(None), 1), torch.ones((), dtype=torch.int64))": [[0.0, 1.0, 2.0], [3.0, 1.0, 5.0]],
    "put(slice(0, 1), 7)": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 1), torch.tensor(7.))": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 1), torch.ones(3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 1), torch.ones(2))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(slice(0, 1), torch.ones(1))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 1), torch.ones(1, 3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 1), torch.ones(2, 3)*2)":
        'RuntimeError: The expanded size of the tensor (1) must mat',
    "put(slice(0, 1), torch.ones(4))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(slice(0, 1), [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put(slice(0, 1), np.ones(3))": "TypeError: can't assign a n",
    "put(slice(0, 1), 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put(slice(0, 1), 1j)": 'RuntimeError: value cannot be converted to type',
    "put(slice(0, 1), True)": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 1), torch.ones(3, dtype=torch.int64))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 1), torch.ones((), dtype=torch.int64))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(X()>2, 7)": [[0.0, 1.0, 2.0], [7.0, 7.0, 7.0]],
    "put(X()>2, torch.tensor(7.))": [[0.0, 1.0, 2.0], [7.0, 7.0, 7.0]],
    "put(X()>2, torch.ones(3))": [[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]],
    "put(X()>2, torch.ones(2))": 'RuntimeError: shape mismatch: value tensor of shape [2] ca',
    "put(X()>2, torch.ones(1))": [[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]],
    "put(X()>2, torch.ones(1, 3))": [[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]],
    "put(X()>2, torch.ones(2, 3)*2)": 'RuntimeError: shape mismatch: value tensor of shape [2, 3]',
    "put(X()>2, torch.ones(4))": 'RuntimeError: shape mismatch: value tensor of shape [4] ca',
    "put(X()>2, [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put(X()>2, np.ones(3))": "TypeError: can't assign a n",
    "put(X()>2, 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put(X()>2, 1j)": 'RuntimeError: value cannot be converted to type float',
    "put(X()>2, True)": [[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]],
    "put(X()>2, torch.ones(3, dtype=torch.int64))":
        'RuntimeError: Index put requires the source and destinatio',
    "put(X()>2, torch.ones((), dtype=torch.int64))": [[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]],
    "put(torch.tensor([0]), 7)": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([0]), torch.tensor(7.))": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([0]), torch.ones(3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([0]), torch.ones(2))":
        'RuntimeError: shape mismatch: value tensor of shape [2] ca',
    "put(torch.tensor([0]), torch.ones(1))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([0]), torch.ones(1, 3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([0]), torch.ones(2, 3)*2)":
        'RuntimeError: shape mismatch: value tensor of shape [2, 3]',
    "put(torch.tensor([0]), torch.ones(4))":
        'RuntimeError: shape mismatch: value tensor of shape [4] ca',
    "put(torch.tensor([0]), [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put(torch.tensor([0]), np.ones(3))": "TypeError: can't assign a n",
    "put(torch.tensor([0]), 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put(torch.tensor([0]), 1j)": 'RuntimeError: value cannot be converted to type',
    "put(torch.tensor([0]), True)": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([0]), torch.ones(3, dtype=torch.int64))":
        'RuntimeError: Index put requires the source and destinatio',
    "put(torch.tensor([0]), torch.ones((), dtype=torch.int64))":
        'RuntimeError: Index put requires the source and destinatio',
    "put(torch.tensor([True, False]), 7)": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([True, False]), torch.tensor(7.))": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([True, False]), torch.ones(3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([True, False]), torch.ones(2))":
        'RuntimeError: shape mismatch: value tensor of shape [2] ca',
    "put(torch.tensor([True, False]), torch.ones(1))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([True, False]), torch.ones(1, 3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([True, False]), torch.ones(2, 3)*2)":
        'RuntimeError: shape mismatch: value tensor of shape [2, 3]',
    "put(torch.tensor([True, False]), torch.ones(4))":
        'RuntimeError: shape mismatch: value tensor of shape [4] ca',
    "put(torch.tensor([True, False]), [1, 2, 3])":
        "TypeError: can't assign a list to a torch.FloatTensor",
    "put(torch.tensor([True, False]), np.ones(3))": "TypeError: can't assign a n",
    "put(torch.tensor([True, False]), 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put(torch.tensor([True, False]), 1j)": 'RuntimeError: value cannot be converted to type float',
    "put(torch.tensor([True, False]), True)": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(torch.tensor([True, False]), torch.ones(3, dtype=torch.int64))":
        'RuntimeError: Index put requires the source and destinatio',
    "put(torch.tensor([True, False]), torch.ones((), dtype=torch.int64))":
        [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(..., 7)": [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0]],
    "put(..., torch.tensor(7.))": [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0]],
    "put(..., torch.ones(3))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(..., torch.ones(2))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(..., torch.ones(1))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(..., torch.ones(1, 3))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(..., torch.ones(2, 3)*2)": [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]],
    "put(..., torch.ones(4))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(..., [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put(..., np.ones(3))": "TypeError: can't assign a n",
    "put(..., 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put(..., 1j)": 'RuntimeError: value cannot be converted to type',
    "put(..., True)": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(..., torch.ones(3, dtype=torch.int64))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(..., torch.ones((), dtype=torch.int64))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(None, 7)": [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0]],
    "put(None, torch.tensor(7.))": [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0]],
    "put(None, torch.ones(3))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(None, torch.ones(2))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(None, torch.ones(1))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(None, torch.ones(1, 3))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(None, torch.ones(2, 3)*2)": [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]],
    "put(None, torch.ones(4))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(None, [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put(None, np.ones(3))": "TypeError: can't assign a n",
    "put(None, 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put(None, 1j)": 'RuntimeError: value cannot be converted to type',
    "put(None, True)": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(None, torch.ones(3, dtype=torch.int64))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(None, torch.ones((), dtype=torch.int64))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put((0, 0), 7)": [[7.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put((0, 0), torch.tensor(7.))": [[7.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put((0, 0), torch.ones(3))": 'RuntimeError: expand(t',
    "put((0, 0), torch.ones(2))": 'RuntimeError: expand(t',
    "put((0, 0), torch.ones(1))": [[1.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put((0, 0), torch.ones(1, 3))": 'RuntimeError: expand(t',
    "put((0, 0), torch.ones(2, 3)*2)": 'RuntimeError: expand(t',
    "put((0, 0), torch.ones(4))": 'RuntimeError: expand(t',
    "put((0, 0), [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put((0, 0), np.ones(3))": "TypeError: can't assign a n",
    "put((0, 0), 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put((0, 0), 1j)": 'RuntimeError: value cannot be converted to type',
    "put((0, 0), True)": [[1.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put((0, 0), torch.ones(3, dtype=torch.int64))": 'RuntimeError: expand(t',
    "put((0, 0), torch.ones((), dtype=torch.int64))": [[1.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put([0, 1], 7)": [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0]],
    "put([0, 1], torch.tensor(7.))": [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0]],
    "put([0, 1], torch.ones(3))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put([0, 1], torch.ones(2))": 'RuntimeError: shape mismatch: value tensor of shape [2] ca',
    "put([0, 1], torch.ones(1))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put([0, 1], torch.ones(1, 3))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put([0, 1], torch.ones(2, 3)*2)": [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]],
    "put([0, 1], torch.ones(4))": 'RuntimeError: shape mismatch: value tensor of shape [4] ca',
    "put([0, 1], [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put([0, 1], np.ones(3))": "TypeError: can't assign a n",
    "put([0, 1], 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put([0, 1], 1j)": 'RuntimeError: value cannot be converted to type',
    "put([0, 1], True)": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put([0, 1], torch.ones(3, dtype=torch.int64))":
        'RuntimeError: Index put requires the source and destinatio',
    "put([0, 1], torch.ones((), dtype=torch.int64))":
        'RuntimeError: Index put requires the source and destinatio',
    "put(slice(0, 0), 7)": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 0), torch.tensor(7.))": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 0), torch.ones(3))": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 0), torch.ones(2))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(slice(0, 0), torch.ones(1))": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 0), torch.ones(1, 3))": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 0), torch.ones(2, 3)*2)":
        'RuntimeError: The expanded size of the tensor (0) must mat',
    "put(slice(0, 0), torch.ones(4))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(slice(0, 0), [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put(slice(0, 0), np.ones(3))": "TypeError: can't assign a n",
    "put(slice(0, 0), 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put(slice(0, 0), 1j)": 'RuntimeError: value cannot be converted to type',
    "put(slice(0, 0), True)": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 0), torch.ones(3, dtype=torch.int64))": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put(slice(0, 0), torch.ones((), dtype=torch.int64))": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), 7)": [[0.0, 7.0, 2.0], [3.0, 4.0, 7.0]],
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), torch.tensor(7.))":
        [[0.0, 7.0, 2.0], [3.0, 4.0, 7.0]],
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), torch.ones(3))":
        'RuntimeError: shape mismatch: value tensor of shape [3] ca',
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), torch.ones(2))":
        [[0.0, 1.0, 2.0], [3.0, 4.0, 1.0]],
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), torch.ones(1))":
        [[0.0, 1.0, 2.0], [3.0, 4.0, 1.0]],
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), torch.ones(1, 3))":
        'RuntimeError: shape mismatch: value tensor of shape [',
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), torch.ones(2, 3)*2)":
        'RuntimeError: shape mismatch: value tensor of shape [2, 3]',
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), torch.ones(4))":
        'RuntimeError: shape mismatch: value tensor of shape [4] ca',
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), [1, 2, 3])":
        "TypeError: can't assign a list to a torch.FloatTensor",
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), np.ones(3))": "TypeError: can't assign a n",
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), 'a')":
        "TypeError: can't assign a str to a torch.FloatTensor",
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), 1j)":
        'RuntimeError: value cannot be converted to type',
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), True)": [[0.0, 1.0, 2.0], [3.0, 4.0, 1.0]],
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), torch.ones(3, dtype=torch.int64))":
        'RuntimeError: shape mismatch: value tensor of shape [3] ca',
    "put((torch.tensor([0, 1]), torch.tensor([1, 2])), torch.ones((), dtype=torch.int64))":
        'RuntimeError: Index put requires the source and destinatio',
    "put(True, 7)": [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0]],
    "put(True, torch.tensor(7.))": [[7.0, 7.0, 7.0], [7.0, 7.0, 7.0]],
    "put(True, torch.ones(3))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(True, torch.ones(2))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(True, torch.ones(1))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(True, torch.ones(1, 3))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(True, torch.ones(2, 3)*2)": [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]],
    "put(True, torch.ones(4))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put(True, [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put(True, np.ones(3))": "TypeError: can't assign a n",
    "put(True, 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put(True, 1j)": 'RuntimeError: value cannot be converted to type',
    "put(True, True)": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(True, torch.ones(3, dtype=torch.int64))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put(True, torch.ones((), dtype=torch.int64))": [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    "put((None, 0), 7)": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put((None, 0), torch.tensor(7.))": [[7.0, 7.0, 7.0], [3.0, 4.0, 5.0]],
    "put((None, 0), torch.ones(3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put((None, 0), torch.ones(2))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put((None, 0), torch.ones(1))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put((None, 0), torch.ones(1, 3))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put((None, 0), torch.ones(2, 3)*2)":
        'RuntimeError: The expanded size of the tensor (1) must mat',
    "put((None, 0), torch.ones(4))": 'RuntimeError: The expanded size of the tensor (3) must mat',
    "put((None, 0), [1, 2, 3])": "TypeError: can't assign a list to a torch.FloatTensor",
    "put((None, 0), np.ones(3))": "TypeError: can't assign a n",
    "put((None, 0), 'a')": "TypeError: can't assign a str to a torch.FloatTensor",
    "put((None, 0), 1j)": 'RuntimeError: value cannot be converted to type',
    "put((None, 0), True)": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put((None, 0), torch.ones(3, dtype=torch.int64))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put((None, 0), torch.ones((), dtype=torch.int64))": [[1.0, 1.0, 1.0], [3.0, 4.0, 5.0]],
    "put(0, 2.7, Z())": ['int64', [[2, 2, 2], [3, 4, 5]]],
    "put(0, torch.tensor(2.7), Z())": ['int64', [[2, 2, 2], [3, 4, 5]]],
    "put(0, torch.tensor([2.7]), Z())": ['int64', [[2, 2, 2], [3, 4, 5]]],
    "put(0, 3, Z())": ['int64', [[3, 3, 3], [3, 4, 5]]],
    "put(0, torch.ones(3), Z())": ['int64', [[1, 1, 1], [3, 4, 5]]],
    "put(Z()>2, 2.7, Z())": ['int64', [[0, 1, 2], [2, 2, 2]]],
    "put(Z()>2, torch.tensor(2.7), Z())": ['int64', [[0, 1, 2], [2, 2, 2]]],
    "put(Z()>2, torch.tensor([2.7]), Z())": ['int64', [[0, 1, 2], [2, 2, 2]]],
    "put(Z()>2, 3, Z())": ['int64', [[0, 1, 2], [3, 3, 3]]],
    "put(Z()>2, torch.ones(3), Z())": 'RuntimeError: Index put requires the source and destinatio',
    "put(torch.tensor([0]), 2.7, Z())": ['int64', [[2, 2, 2], [3, 4, 5]]],
    "put(torch.tensor([0]), torch.tensor(2.7), Z())":
        'RuntimeError: Index put requires the source and destinatio',
    "put(torch.tensor([0]), torch.tensor([2.7]), Z())":
        'RuntimeError: Index put requires the source and destinatio',
    "put(torch.tensor([0]), 3, Z())": ['int64', [[3, 3, 3], [3, 4, 5]]],
    "put(torch.tensor([0]), torch.ones(3), Z())":
        'RuntimeError: Index put requires the source and destinatio',
}


@pytest.mark.parametrize("expression", EXPECTED)
def test_expression(expression):
    found = outcome(torch, expression)
    assert agree(found, EXPECTED[expression]), found


def test_items_cannot_be_deleted():
    x = torch.ones(2)
    with pytest.raises(TypeError, match="Tensor does not support deleting items"):
        del x[0]


def test_a_late_index_error_names_the_line():
    x = torch.arange(3.0)
    with pytest.raises(IndexError, match=r"index 7 is out of bounds .*test_indexing\.py"):
        x[torch.tensor([0, 7])].tolist()


def test_names_of_the_derivatives():
    x = torch.arange(6.0).reshape(2, 3).clone().requires_grad_() * 1
    names = [y.grad_fn.name() for y in (x[0], x[0:1], x[None], x[...], x[[0]], x[:, 1])]
    assert names == ["SelectBackward0", "SliceBackward0", "UnsqueezeBackward0", "AliasBackward0",
                     "IndexBackward0", "SelectBackward0"]
    x[0] = 1
    assert x.grad_fn.name() == "CopySlices"


def test_indices_of_a_loop_share_a_path():
    x = torch.arange(10.0)
    total = torch.zeros(())
    for i in range(9):
        total = total + x[i] * x[i + 1:].sum() + x[torch.tensor(i)]
    assert total.item() == sum(i * sum(range(i + 1, 10)) + i for i in range(9))


@pytest.mark.parametrize("view", [
    lambda x: x.squeeze(), lambda x: x.view(3, 2), lambda x: x.detach(),
    lambda x: x.narrow(0, 0, 3),
    lambda x: x.expand_as(x), lambda x: x.unsqueeze(0), lambda x: x[:], lambda x: x[0:1]])
@pytest.mark.parametrize("index", [slice(None), ..., None, slice(0, 3)], ids=repr)
def test_a_view_of_any_kind_is_assigned_to_its_base(view: Any, index: Any) -> None:
    for _ in range(3):
        x = torch.arange(6.0).reshape(3, 2)
        x[index] = view(x)
        one_row = view(x).shape[0] == 1 and view(x).ndim == 2
        assert x.tolist() == [[0.0, 1.0]] * 3 if one_row else [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]


@pytest.mark.parametrize(("dtype", "number"), [
    ("uint8", 256), ("uint8", -0.5), ("uint8", 255.5), ("int8", 128), ("int8", float("nan")),
    ("int16", 1e5), ("int32", 2**31), ("int64", float("inf")), ("int64", float("nan"))])
@pytest.mark.parametrize("index", [0, slice(1), (0, 1), [0, 1], "mask", "places"], ids=repr)
def test_a_number_that_an_integer_cannot_hold_is_not_assigned(
        dtype: str, number: float, index: Any) -> None:
    x = torch.ones(2, 2, dtype=getattr(torch, dtype))
    if isinstance(index, str):
        index = x > 0 if index == "mask" else torch.tensor([0, 1])
    for known in (5, 5, 5):   # along a known path too
        x = x * 1
        x[index] = known
        x = x * 1
        with pytest.raises(RuntimeError, match="without overflow"):
            x[index] = number
    x = torch.ones(2, 2, dtype=getattr(torch, dtype))
    x[index] = 3.75
    assert x.max() == 3
    with pytest.raises(RuntimeError, match="without overflow"):
        x.fill_(number)


def test_one_place_alone_is_selected_of_a_scalar() -> None:
    x = torch.tensor(3.0)
    assert x.index_select(0, torch.tensor([0])).tolist() == 3.0
    for places in ([0, 0], []):
        with pytest.raises(RuntimeError, match="Index to scalar can have only 1 value"):
            x.index_select(0, torch.tensor(places, dtype=torch.int64))


def test_a_negative_number_is_scattered_into_small_integers() -> None:
    for _ in range(3):
        x = torch.zeros(2, 2, dtype=torch.uint8)
        x.scatter_(0, torch.tensor([[0, 1]]), -1)
        assert x.tolist() == [[255, 0], [0, 255]]


def test_a_number_of_another_dtype_is_written_where_a_list_of_booleans_holds():
    for k in range(4):
        x = torch.zeros(2, 2)
        x[[True, False]] = torch.tensor(k)
        x[[False, True]] = torch.tensor(True)
        assert x.tolist() == [[k, k], [1.0, 1.0]] and x.dtype == torch.float32


FILLS = {
    "masked_fill": lambda x, v: x.masked_fill(x == 0, v),
    "masked_fill_": lambda x, v: x.masked_fill_(x == 0, value=v),
    "index_fill": lambda x, v: x.index_fill(0, torch.tensor([0, 1]), v),
    "index_fill_": lambda x, v: x.index_fill_(0, torch.tensor([0, 1]), value=v),
    "scatter": lambda x, v: torch.scatter(x, 0, torch.tensor([0, 1]), v),
    "scatter_": lambda x, v: x.scatter_(0, torch.tensor([0, 1]), value=v),
    "pad": lambda x, v: torch.nn.functional.pad(x, (1, 0), value=v)[:2] + x,
}
CANNOT = r"without overflow|Converting complex|must be float"


@pytest.mark.parametrize("name", FILLS)
@pytest.mark.parametrize(("dtype", "numbers"), [
    ("uint8", [256, -0.5, math.nan, 1e30]), ("int8", [128, -129, math.inf, 1 + 2j]),
    ("int32", [2**31, -3e9, math.nan]), ("int64", [1e19, math.inf, 2j]),
    ("float16", [1e5, -1e9, 1j]), ("bfloat16", [1e39]), ("float32", [1e39, 2j])])
def test_a_number_that_a_dtype_cannot_hold_is_not_written(
        name: str, dtype: str, numbers: list[complex]) -> None:
    fill = FILLS[name]
    for k in range(4):
        x = torch.zeros(2, dtype=getattr(torch, dtype))
        assert fill(x, k).tolist() == [k, k] if name != "pad" else fill(x, k).tolist() == [k, 0]
        for number in numbers:
            with pytest.raises((RuntimeError, TypeError), match=CANNOT):
                fill(torch.zeros(2, dtype=x.dtype), number)


def test_a_tensor_that_a_dtype_cannot_hold_is_not_written() -> None:
    for number in (300, math.inf, -129.0):
        for name in ("masked_fill", "masked_fill_", "index_fill", "index_fill_"):
            with pytest.raises(RuntimeError, match="without overflow"):
                FILLS[name](torch.zeros(2, dtype=torch.int8), torch.tensor(number))


def test_infinity_and_what_a_dtype_holds_is_written() -> None:
    for dtype in (torch.float16, torch.float32):
        for number in (-math.inf, math.inf, 65504.0, -3, np.float64(2.5)):
            for fill in list(FILLS.values())[:6]:
                assert fill(torch.zeros(2, dtype=dtype), number).tolist() == [number] * 2
    x = torch.zeros(2, dtype=torch.uint8)
    assert x.masked_fill(x == 0, -1).tolist() == [255, 255]
    assert x.masked_fill(x == 0, 3 + 0j).tolist() == [3, 3]
    x[0] = 2 + 0j
    assert x.tolist() == [2, 0]
    for number, error in ((2**64, OverflowError), (-2**63 - 1, OverflowError)):
        with pytest.raises(error):
            x.masked_fill(x == 0, number)
    with pytest.raises(ValueError, match="Overflow when unpacking"):
        x[0] = 2**63
    with pytest.raises(RuntimeError, match="without overflow"):
        torch.tensor([1, 1e20], dtype=torch.int64)


@pytest.mark.parametrize("index", [
    (None, "mask"), ("mask", None), ("mask", slice(0, 2)), ("mask", 0), (slice(None), "list")])
def test_what_one_mask_takes_is_cast(index: tuple[Any, ...]) -> None:
    mask = [True, False, True]
    given = tuple([mask if i == "list" else torch.tensor(mask) if i == "mask" else i
                   for i in index])
    for k in range(1, 5):
        for value in (torch.tensor(k), torch.tensor([k + 0.5]), torch.tensor(True)):
            x = torch.zeros(3, 3, dtype=torch.int16)
            x[given] = value
            assert x[given].eq(int(value.item())).all() and x.count_nonzero() == x[given].numel()
    with pytest.raises(RuntimeError, match="dtypes match"):
        x[torch.tensor([0, 1])] = torch.tensor(2)
