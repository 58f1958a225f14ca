"""Views and writes: every alias sees every write, and gradients are those of the program."""

from __future__ import annotations

import pytest

import layout_programs
import wengert as torch
from view_programs import PROGRAMS, plain

EXPECTED = {
    "a_slice": [[[10.0, -1.0, 12.0], [3.0, 4.0, 5.0]], [10.0, -1.0, 12.0]],
    "a_chain_of_views": [[[0.0, 18.0, 4.0], [18.0, 8.0, 10.0]], [[18.0, 18.0], [4.0, 8.0]]],
    "transposes":
        [[[6.0, 2.0, 4.0], [14.0, 8.0, 10.0]], [[6.0, 14.0], [2.0, 8.0], [4.0, 10.0]], [[6.0,
        14.0], [2.0, 8.0], [4.0, 10.0]], [1, 3], [3, 1], [6.0, 2.0, 4.0, 14.0, 8.0, 10.0]],
    "a_permuted_slice":
        [[[[0.0, -1.0, -2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]], [[12.0, -13.0,
        -14.0, 15.0], [16.0, 17.0, 18.0, 19.0], [20.0, 21.0, 22.0, 23.0]]], [[-1.0, -13.0], [-2.0,
        -14.0]], [1, 12], 1],
    "diagonals":
        [[[1.0, 1.0, 2.0, 3.0], [0.0, 1.0, 6.0, 7.0], [8.0, 0.0, 1.0, 11.0]], [1.0, 1.0, 1.0],
        [0.0, 0.0]],
    "parts":
        [[[100.0, 0.0, 2.0], [103.0, 4.0, 5.0], [107.0, 8.0, 9.0], [-110.0, -11.0, -12.0]],
        [[100.0], [103.0], [107.0], [-110.0]], [[0.0, 2.0], [4.0, 5.0], [8.0, 9.0], [-11.0,
        -12.0]], [[100.0, 0.0, 2.0], [103.0, 4.0, 5.0]], [[107.0, 8.0, 9.0], [-110.0, -11.0,
        -12.0]], [[100.0, 0.0, 2.0], [103.0, 4.0, 5.0], [107.0, 8.0, 9.0], [-110.0, -11.0,
        -12.0]]],
    "expanded":
        [[1.0, 2.0, 3.0], [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], [0, 1],
        'unsupported operation: more than one ele', [1.0, 2.0, 3.0]],
    "squeezed": [[[2.0, 4.0, 0.0]], [2.0, 4.0, 0.0], [[2.0], [4.0], [0.0]]],
    "a_reshape_may_be_a_copy":
        [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [1.0, 4.0, 2.0, 5.0, 3.0, 6.0], [1.0, 2.0, 3.0, 4.0,
        5.0, 6.0], 'view size is not compatible with input t'],
    "a_copy_stays_a_copy_after_writes":
        [[[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]], [[0.0, 6.0], [2.0, 8.0], [4.0, 10.0]], [0.0, 0.0,
        0.0, 0.0, 0.0, 0.0], False, True, 'view size is not compatible with input t'],
    "complex_parts": [[2.0, 7.0], [5.0, 5.0]],
    "in_place_shapes":
        [[[[99.0, 3.0], [2.0, 4.0], [3.0, 5.0]]], [99.0, 2.0, 3.0], True, [1, 3, 2], [3, 1, 3], 4],
    "a_base_that_is_gone": [[4.0, 10.0, 12.0], [10.0, 12.0]],
    "reading_between_writes":
        [18.0, 12.0, [[2.0, 4.0, 11.0], [8.0, 4.0, 0.0]], [2.0, 4.0, 11.0], [11.0, 8.0]],
    "copies_do_not_alias":
        [[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], [[1.0, 2.0, 3.0]], [4.0, 5.0, 6.0], [[1.0], [4.0]],
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]],
    "swapped_rows": [[3.0, 4.0, 5.0], [0.0, 1.0, 2.0]],
    "augmented_assignments": [[[11.0, 5.0, 3.0], [3.0, 11.0, 14.0]], 6],
    "versions": [0, 1, 1, 2, 2, 2, 0, 4, 6],
    "leaves_refuse":
        ['a leaf Variable that requires grad is be', 'a view of a leaf Variable that requires ',
        'a view of a leaf Variable that requires ', 'a leaf Variable that requires grad is be',
        'a view of a leaf Variable that requires ', 'a leaf Variable that requires grad is be',
        'no error'],
    "leaves_are_written_without_grad": [[5.0, 2.0, 3.0], [10.0, 4.0, 6.0], True, True],
    "views_of_leaves":
        [[[0.0, 10.0, 20.0], [3.0, 4.0, 5.0]], [0.0, 10.0, 20.0], [[0.0, 20.0, 40.0], [0.0, 0.0,
        0.0]]],
    "detached_aliases":
        [[1.0, 3.0, 5.0], [1.0, 3.0, 5.0], False, [1.0, 2.0, 3.0], [3.0, 7.0, 11.0]],
    "a_detached_view_of_a_result": [[5.0, 2.0, 4.0], [2.0, 2.0, 2.0], True],
    "writes_without_grad_to_a_result": [[0.0, 0.0, 4.0], [0.0, 0.0, 16.0]],
    "a_view_taken_before_a_write": [[[3.0, 3.0, 3.0], [0.0, 0.0, 0.0]], True],
    "a_write_through_a_view":
        [[[0.0, 1.0, 4.0], [3.0, 4.0, 5.0]], [[0.0, 2.0, 16.0], [6.0, 8.0, 10.0]], [0.0, 2.0,
        16.0]],
    "a_constant_takes_part":
        [[[0.0, 1.0, 2.0], [0.0, 2.0, 4.0]], [0.0, 8.0, 16.0], True, True, False],
    "rows_from_rows":
        [[[0.0, 0.0, 0.0], [3.0, 4.0, 5.0], [15.0, 18.0, 21.0], [42.0, 48.0, 54.0]], [[0.0, 0.0,
        0.0], [120.0, 140.0, 160.0], [228.0, 264.0, 300.0], [252.0, 288.0, 324.0]]],
    "rows_from_a_parameter":
        [[[6.0, 8.0, 10.0], [6.0, 8.0, 10.0]], [[0.0, 0.0, 0.0], [48.0, 64.0, 80.0]]],
    "masks":
        [[[7.0, 7.0, 7.0], [0.0, 0.0, 0.0]], [[7.0, 7.0, 7.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0]]],
    "gradients_with_reading_between":
        [5.0, [[0.0, 2.0, 8.0], [0.0, 16.0, 25.0]], [0.0, 2.0, 8.0], [0.0, 16.0, 25.0], [[0.0,
        4.0, 8.0], [0.0, 8.0, 10.0]]],
    "in_place_shapes_have_gradients": [[[0.0], [2.0], [4.0]], [0.0, 8.0, 16.0]],
    "an_overwritten_value_has_gradient_zero": [[3.0, 3.0, 3.0], [0.0, 0.0, 0.0]],
    "index_tensors":
        [[[10.0, 1.0, 2.0], [3.0, 20.0, 5.0]], [[0.0, 2.0, 4.0], [12.0, 0.0, 20.0]], [20.0, 80.0]],
    "picked_by_mask": [[9.0, 16.0, 25.0], [[0.0, 0.0, 0.0], [6.0, 8.0, 10.0]]],
    "an_index_that_is_a_tensor":
        [[3.0, 4.0, 5.0], [[-0.0, -3.0, 2.0], [-4.0, -15.0, 6.0]], [-4.0, -15.0, 6.0], [-3.0,
        -15.0], [[-0.0, -3.0], [-4.0, -15.0]], 3, 0],
    "an_index_that_is_a_tensor_in_memory_of_numpy":
        [[[0.0, 1.0, 2.0], [7.0, 6.0, 70.0]], [7.0, 6.0, 70.0], 70.0, [[0.0, 1.0, 2.0], [7.0, 6.0,
        70.0]]],
    "an_index_that_is_a_tensor_has_gradients": [[0.0, 3.0, 5.0], 3.0, [0.0, 68.0, 0.0]],
    "a_view_whose_leaf_nobody_holds":
        [True, [[15.0, 55.0], [15.0, 55.0], [15.0, 55.0], [60.0, 220.0], [27.0, 91.0], [3.75,
        13.75], [3.0, 5.0], [3.0, 5.0], [3.0, 5.0], [12.0, 20.0], [9.0, 14.0], [0.75, 1.25],
        [15.0, 55.0], [15.0, 55.0], [15.0, 55.0], [60.0, 220.0], [27.0, 91.0], [3.75, 13.75],
        [10.0, 30.0], [10.0, 30.0], [10.0, 30.0], [40.0, 120.0], [18.0, 54.0], [2.5, 7.5],
        [30.0, 110.0], [30.0, 110.0], [30.0, 110.0], [30.0, 110.0], [30.0, 110.0], [30.0,
        110.0]]],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    for _ in range(3):   # the known path and the optimised program too
        assert plain(PROGRAMS[name](torch)) == EXPECTED[name]


@pytest.mark.parametrize("of, name", [
    *[(layout_programs.of_result, name) for name in layout_programs.RESULTS],
    *[(layout_programs.of_gradients, name) for name in layout_programs.LOSSES]])
def test_a_layout_is_the_same_each_time(of, name):
    first = of(torch, name, True)
    for k in range(7):   # pending or computed, interpreted or compiled
        assert of(torch, name, k % 2 == 0) == first
    for strides, contiguous, flat in first if of is layout_programs.of_gradients else [first]:
        assert flat or not contiguous, strides


def test_a_write_to_an_empty_part_of_an_expanded_tensor_changes_nothing():
    x = torch.arange(3.0).expand(2, 3)
    part = x[1:-1]
    assert part.shape == (0, 3)
    part[..., 1:] = 5.0
    part.add_(1.0)
    assert x.tolist() == [[0.0, 1.0, 2.0]] * 2 and part.shape == (0, 3)
