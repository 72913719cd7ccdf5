"""What large work is done with beyond two processes (tests/test_figures.py, tests/test_demo.py)."""

import gc

import pytest

from departments.hands import unsearched


def test_python_searches_for_cycles_again_afterwards_if_it_did_before() -> None:
    with unsearched():
        assert not gc.isenabled()
        with unsearched():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(InterruptedError), unsearched():
        raise InterruptedError
    assert gc.isenabled()
