"""The names of ``wengert`` and its modules: what is listed is there, and nothing else."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from types import ModuleType

import pytest

import namespace
import wengert as torch

pytestmark = pytest.mark.once

MODULES = [torch, torch.autograd, torch.cuda, torch.linalg, torch.nn, torch.nn.functional,
           torch.random, torch.testing]
OWN_MODULES = [f"wengert.{path.stem}" for path in sorted(namespace.ROOT.iterdir())
               if path.suffix in ("", ".py") and not path.stem.startswith("__")]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_what_is_listed_is_there(module):
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert len(set(module.__all__)) == len(module.__all__)


def test_the_files_are_what_the_table_makes():
    for path, text in namespace.files().items():
        assert (namespace.ROOT / path).read_text(encoding="utf-8") == text, (
            f"{path}: run python -m tests.namespace")


def test_nothing_else_is_public():
    extra = {name for name, value in vars(torch).items() if not name.startswith("_")
             and name not in torch.__all__ and not isinstance(value, ModuleType)}
    assert extra == set()
    assert {name for name in dir(torch) if not name.startswith("__")} == set(torch.__all__)
    assert not {"engine", "functions", "tensors", "names"} & set(dir(torch))


def test_no_name_depends_on_the_order_of_imports():
    code = "import wengert as torch\nbefore = {n: getattr(torch, n) for n in torch.__all__}\n"
    code += "".join(f"import {name}\n" for name in OWN_MODULES)
    code += "assert [n for n in before if getattr(torch, n) is not before[n]] == []"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_submodules_that_are_not_listed_are_our_own():
    for name, value in vars(torch).items():
        if isinstance(value, ModuleType) and not name.startswith("_"):
            assert value.__name__.startswith("wengert."), name


def test_import_of_everything():
    space: dict[str, object] = {}
    exec("from wengert import *", space)
    assert space["tensor"] is torch.tensor and callable(torch.tensor)
    assert space["float"] is torch.float32 and space["bool"] is torch.bool


def test_functions_explain_themselves():
    assert torch.add.__name__ == "add" and "input" in str(torch.add.__doc__)
    undocumented = [name for name in torch.__all__ if callable(getattr(torch, name))
                    and not getattr(torch, name).__doc__]
    assert undocumented == []


def test_functions_and_dtypes_are_values():
    assert copy.deepcopy(torch.relu) is torch.relu
    assert pickle.loads(pickle.dumps(torch.float32)) is torch.float32
    assert pickle.loads(pickle.dumps(torch.Size([2]))) == torch.Size([2])
    assert pickle.loads(pickle.dumps(torch.ones(2).max(0))).values.item() == 1.0


def test_missing_names():
    with pytest.raises(AttributeError, match=r"torch\.nn\.functional\.relu7 is not in wengert"):
        torch.nn.functional.relu7  # noqa: B018
    with pytest.raises(AttributeError, match=r"torch\.__food__ is not in wengert"):
        torch.__food__  # noqa: B018
    with pytest.raises(ImportError, match=r"torch\.__food__ is not in wengert"):
        from wengert import __food__  # noqa: F401
    with pytest.raises(AttributeError, match=r"torch\.adds is not in wengert.*nearest: torch\.add"):
        torch.adds  # noqa: B018


@pytest.mark.parametrize("name", ["accelerator", "cpu", "hub", "mps", "onnx", "xpu"])
def test_modules_made_at_their_first_use(name):
    code = (f"import wengert.{name} as a\nimport wengert\nfrom wengert import {name} as b\n"
            f"assert a is b is wengert.{name} and a.__all__ and a.__doc__")
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match=rf"torch\.{name}\.food is not in wengert"):
        getattr(torch, name).food  # noqa: B018


def test_no_cuda():
    assert not torch.cuda.is_available() and torch.cuda.device_count() == 0
    with pytest.raises(RuntimeError, match="no CUDA"):
        torch.cuda.current_device()
    assert not torch.ones(1).is_cuda and torch.ones(1).is_cpu


def test_scipy_and_llvmlite_come_later():
    code = "import sys, wengert; sys.exit(any(m in sys.modules for m in ('scipy', 'llvmlite')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# torch.testing

def test_assert_close():
    check = torch.testing.assert_close
    check(torch.ones(2), torch.ones(2) + 1e-7)
    check([1.0, torch.zeros(1)], [1.0 + 1e-9, torch.zeros(1)])
    check({"a": 1}, {"a": 1})
    check(torch.tensor([float("nan")]), torch.tensor([float("nan")]), equal_nan=True)


@pytest.mark.parametrize(("actual", "expected", "words"), [
    ("torch.ones(2)", "torch.tensor([1.0, 2.0])",
     r"Tensor-likes are not close!\n\nMismatched elements: 1 / 2 \(50.0%\)\n"
     r"Greatest absolute difference: 1.0 at index \(1,\) \(up to 1e-05 allowed\)"),
    ("torch.ones(2)", "torch.ones(3)", "The values for attribute 'shape' do not match"),
    ("torch.ones(2)", "torch.ones(2).double()", "The values for attribute 'dtype' do not match"),
    ("torch.tensor(1)", "torch.tensor(2)", "Scalars are not equal!"),
    ("1.0", "1.5", "Scalars are not close!\n\nExpected 1.5 but got 1.0."),
    ("[1.0, 2.0]", "[1.0]", "The length of the sequences mismatch: 2 != 1"),
    ("[1.0, 2.0]", "[1.0, 3.0]", r"The failure occurred for item \[1\]"),
])
def test_assert_close_fails(actual, expected, words):
    with pytest.raises(AssertionError, match=words):
        torch.testing.assert_close(eval(actual), eval(expected))


# torch.nn.functional

def test_in_place_activations():
    x = torch.tensor([-1.0, 2.0])
    assert torch.nn.functional.relu(x, inplace=True) is x and x.tolist() == [0, 2]
    y = torch.nn.functional.leaky_relu(torch.tensor([-1.0]), 0.5)
    assert y.tolist() == [-0.5]


def test_linalg_norms():
    x = torch.tensor([[3.0, -4.0], [0.0, 2.0]])
    norm, inf = torch.linalg.norm, float("inf")
    assert [round(norm(x, k).item(), 4) for k in ("fro", 1, -1, inf, -inf)] == [5.3852, 6, 3, 7, 2]
    assert norm(x, 1, dim=0).tolist() == [3, 6]
    values = torch.linalg.svdvals(x)
    assert [norm(x, k).item() for k in ("nuc", 2, -2)] == pytest.approx(
        [values.sum().item(), values[0].item(), values[1].item()])
    with pytest.raises(RuntimeError, match="not supported"):
        norm(x, 3)
