"""NumPy says nothing inside, and what it said before outside."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from wengert.engine import quiet as module
from wengert.engine.quiet import quiet


@pytest.mark.parametrize("block", [quiet, module._errstate])
def test_warnings_are_off_inside_and_as_they_were_outside(block) -> None:
    zero = np.zeros(2)
    with np.errstate(all="raise"):
        with block(), warnings.catch_warnings():
            warnings.simplefilter("error")
            assert np.isnan(zero / zero).all()
            with block():
                assert np.isinf(np.log(zero)).all()
            assert np.isinf(1 / zero).all()
        with pytest.raises(FloatingPointError):
            zero / zero
        with pytest.raises(ValueError), block():
            raise ValueError
        assert np.geterr() == dict.fromkeys(("divide", "over", "under", "invalid"), "raise")
