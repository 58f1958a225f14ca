"""What `import wengert` leaves unloaded, so that it stays quick; `benchmarks imports` times it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.once

LATER = ("scipy", "llvmlite", "ml_dtypes", "numpy.random", "difflib", "dataclasses", "secrets",
         "multiprocessing", "asyncio", "torch", "pathlib", "importlib.resources", "urllib",
         "tempfile", "shutil", "decimal", "fractions", "wengert.func", "wengert.testing",
         "wengert.backends", "wengert.nn.attention", "wengert.nn.utils.prune",
         "wengert.nn.utils.parametrize", "wengert.autograd.functional", "wengert.autograd.jets",
         "wengert.optim", "wengert.distributions", "wengert.fft", "wengert.special", "wengert.fx",
         "wengert.export", "wengert.interop", "wengert.distributed", "wengert.onnx", "onnx",
         "tqdm", "numpy.typing", "wengert.nn", "wengert.linalg", "wengert.amp", "wengert.cuda",
         "wengert.compiler", "wengert.serialization", "wengert.utils", "wengert.explain",
         "wengert.profiling", "wengert.autograd.function", "wengert.autograd.graph",
         "wengert.functions.decompositions", "wengert.functions.order", "wengert.functions.neural",
         "wengert.functions.special", "wengert.engine.ops.bessel", "wengert.engine.ops.conv")
"""Loaded when first used, or never."""
MOST = 183
"""So many of this package's own modules are loaded at once. What is new is found when first asked
for: a name of the root unless ``names/table.py`` has its module in ``AT_ONCE``, a method of Tensor
that is an operation, a module by ``lazy`` or in ``answer_missing_names(..., later=)``."""

LOADED = """
import json, sys
import numpy
before = set(sys.modules)
import wengert
print(json.dumps([sorted(before), sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules that a fresh process has loaded by `import wengert`, NumPy's own left out."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True,
                          check=True)
    before, after = json.loads(done.stdout)
    return set(after) - set(before)


@pytest.mark.parametrize("package", LATER)
def test_import_leaves_it_unloaded(package: str, loaded: set[str]) -> None:
    assert not [name for name in loaded if name == package or name.startswith(f"{package}.")]


def test_few_modules_are_loaded(loaded: set[str]) -> None:
    own = [name for name in loaded if name.partition(".")[0] == "wengert"]
    assert len(own) <= MOST, sorted(own)
    others = {name.partition(".")[0] for name in loaded} - {"wengert", "numpy"}
    assert len(others) <= 30, sorted(others)


COLLECTED = """
import gc
import numpy
before, threshold = gc.get_stats()[0]["collections"], gc.get_threshold()
import wengert
print(gc.get_stats()[0]["collections"] - before, gc.get_threshold() == threshold)
"""


def test_python_seldom_looks_for_garbage_meanwhile() -> None:
    done = subprocess.run([sys.executable, "-c", COLLECTED], capture_output=True, text=True,
                          check=True)
    times, as_before = done.stdout.split()
    assert int(times) <= 1 and as_before == "True"


ASKED_AT_ONCE = """
import importlib, random, sys, threading
import wengert as torch
names = [("torch", torch, name) for name in torch.__all__]
names += [("Tensor", torch.Tensor, name) for name in dir(torch.Tensor)]
found, begin = [], threading.Barrier(8)
def ask(seed):
    mine = random.Random(seed).sample(names, len(names))
    paths = random.Random(seed).sample(["functional", "init", "modules.linear", "parameter",
                                        "utils.parametrize", "modules.container"], 6)
    begin.wait()
    if seed % 2:   # as by a statement
        [importlib.import_module(f"wengert.nn.{path}") for path in paths]
    found.append({(place, name): getattr(home, name) for place, home, name in mine})
threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
sys.setswitchinterval(1e-5)
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(found) == 8
for key in found[0]:   # methods of the class and the like are made at each look
    each = [getattr(one[key], "__func__", one[key]) for one in found]
    assert all(one is each[0] or one == each[0] for one in each), key
"""


def test_threads_that_ask_for_the_same_find_the_same() -> None:
    subprocess.run([sys.executable, "-c", ASKED_AT_ONCE], check=True)


BY_THEMSELVES = """
import copy, pickle
import wengert as torch
x = torch.tensor([[3.0, 1.0], [2.0, 5.0]], requires_grad=True)
assert torch.return_types.topk and torch.return_types.linalg_eigh and torch.return_types.mode
assert x.cholesky_inverse is not None and "det" in dir(torch.Tensor)
assert pickle.loads(pickle.dumps(torch.einsum)) is torch.einsum
assert copy.copy(torch.erfinv) is torch.erfinv
assert torch.autograd.function.Function is torch.autograd.Function
assert torch.linalg.matrix_norm(x, "nuc") > 6 and torch.ops.aten.logdet(x).shape == ()
class Kept(torch.Tensor): pass
assert type(x.as_subclass(Kept).median()) is Kept and type(torch.erf(x.as_subclass(Kept))) is Kept
(x.logdet() + torch.kthvalue(x, 1)[0].sum()).backward()
assert x.grad.shape == (2, 2)
"""


def test_what_was_not_loaded_is_as_ever() -> None:
    subprocess.run([sys.executable, "-c", BY_THEMSELVES], check=True)


def test_a_hint_knows_what_is_not_loaded() -> None:
    code = "import wengert\ntry: wengert.relu6\nexcept AttributeError as e: print(e)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "nearest: torch.nn.functional.relu6" in done.stdout


@pytest.mark.parametrize("many", [False, True])
def test_python_does_not_look_at_modules_again(many: bool) -> None:
    """In a program that has just begun; one that has much may drop it yet."""
    before = "kept = [[] for _ in range(200_000)]; " if many else ""
    found = subprocess.run(
        [sys.executable, "-c", f"import gc; {before}import wengert; print(gc.get_freeze_count())"],
        capture_output=True, text=True, check=True)
    assert (int(found.stdout) > 10_000) is not many


GRADIENTS = """
import sys
import wengert as torch
x = torch.ones(3)
assert torch.func.grad(lambda x: (x * x).sum())(x).tolist() == [2, 2, 2]
assert torch.func.vmap(lambda x: x + 1)(x).tolist() == [2, 2, 2]
print(*sys.modules)
for name in torch.func.__all__:
    assert getattr(torch.func, name) is not None and name in dir(torch.func)
from wengert.func import jet, jvp, laplacian, rearrange
"""


def test_gradients_of_functions_load_no_other_transforms() -> None:
    done = subprocess.run([sys.executable, "-c", GRADIENTS], capture_output=True, text=True,
                          check=True)
    assert {f"wengert.{name}" for name in (
        "autograd.jets", "autograd.laplacian", "autograd.functional", "autograd.forward_mode",
        "engine.transforms.taylor", "engine.transforms.diagonal")}.isdisjoint(done.stdout.split())


INVERSE = """
import sys
import wengert as torch
x = torch.eye(3) * 2
assert torch.linalg.inv(x)[0, 0] == 0.5 and torch.linalg.solve(x, x)[1, 1] == 1
print(*sys.modules)
assert torch.linalg.cond(x) == 1 and torch.linalg.norm(x, 1) == 2
assert torch.linalg.lu_factor_ex(x)[0][0, 0] == 2 and torch.linalg.matrix_rank(x) == 3
for name in torch.linalg.__all__:
    assert getattr(torch.linalg, name) is not None and name in dir(torch.linalg)
from wengert.linalg import *
assert svdvals(x).tolist() == [2, 2, 2] and lstsq(x, x).solution[0, 0] == 1
"""


def test_an_inverse_loads_no_other_factorisations() -> None:
    done = subprocess.run([sys.executable, "-c", INVERSE], capture_output=True, text=True,
                          check=True)
    assert {f"wengert.{name}" for name in (
        "engine.blas", "engine.ops.spectra", "engine.ops.factors",
        "functions.factors")}.isdisjoint(done.stdout.split())


SAVING = """
import io, sys
import wengert as torch
file = io.BytesIO()
torch.save({"x": torch.ones(3)}, file)
file.seek(0)
assert torch.load(file)["x"].sum() == 3
print(*sys.modules)
import argparse
options, file = argparse.Namespace(rate=0.5), io.BytesIO()
torch.save(options, file)
file.seek(0)
assert torch.load(file, weights_only=False) == options
"""


def test_a_file_of_tensors_loads_no_parser_of_arguments() -> None:
    done = subprocess.run([sys.executable, "-c", SAVING], capture_output=True, text=True,
                          check=True)
    assert {"argparse", "gettext"}.isdisjoint(done.stdout.split())


ASKING = """
import sys
import wengert as torch
before = set(sys.modules)
assert not hasattr(torch, "xpuu") and not hasattr(torch.autograd, "food")
assert getattr(torch.cpu, "qqqq", None) is None
import wengert.autograd.function
left = {name for name in set(sys.modules) - before if name.endswith(("linalg", "decompositions"))}
assert not left, left
"""


def test_asking_for_a_name_that_is_not_here_loads_nothing_to_say_so() -> None:
    subprocess.run([sys.executable, "-c", ASKING], check=True)


WATCHED = """
import sys
import wengert as torch
before = set(sys.modules)
{begin}
new = set(sys.modules) - before
assert len(new) <= {most} and not [name for name in new if "functions." in name and
                                   "sparse" not in name], new
{then}
"""
WATCHING = {
    "a subclass": ("class Kept(torch.Tensor): pass", 1, """
x = torch.ones(2, 2).as_subclass(Kept)
import wengert.functions.special as special   # as a file that uses it without a public name
from wengert.tensors.recorded import function
assert type(function(special.igamma)(x + 1, x)) is Kept
assert type(torch.linalg.inv(x + 3 * torch.eye(2))) is Kept and type(x.kthvalue(1)[0]) is Kept
assert type(torch.nn.functional.gelu(x)) is Kept and type(x.logdet()) is Kept
class Counts(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        seen.append(func.__name__)
        return func(*args, **(kwargs or {}))
seen = []
with Counts():
    torch.special.erfcx(torch.ones(1)), torch.logspace(0, 1, 2), torch.ones(2).kthvalue(1)
assert seen == ["ones", "special_erfcx", "logspace", "ones", "kthvalue"], seen
"""),
    "mixed precision": ("with torch.autocast('cpu', torch.bfloat16): pass", 3, """
x = torch.ones(2, 2)
with torch.autocast("cpu", torch.bfloat16):
    import wengert.functions.linear as products
    from wengert.tensors.recorded import function
    assert function(products.bmm)(x[None], x[None]).dtype is torch.bfloat16
    assert torch.conv1d(x[None], x[None]).dtype is torch.bfloat16
    assert torch.nn.Linear(2, 2)(x).dtype is torch.bfloat16
    y = torch.eye(2, dtype=torch.bfloat16)
    assert y.prod().dtype is torch.float32 and torch.linalg.inv(y).dtype is torch.float32
    assert y.inverse().dtype is torch.float32 and torch.cdist(y, y).dtype is torch.float32
"""),
    "sparse tensors": ("s = torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (3,))", 12, """
assert (s * 2).to_dense().tolist() == [2, 4, 0] and torch.sparse.sum(s).item() == 3
assert torch.sqrt(s * s).to_dense().tolist() == [1, 2, 0]
"""),
}


@pytest.mark.parametrize("name", WATCHING)
def test_functions_that_look_at_their_arguments_are_not_loaded_for_it(name: str) -> None:
    begin, most, then = WATCHING[name]
    subprocess.run([sys.executable, "-c", WATCHED.format(begin=begin, most=most, then=then)],
                   check=True)


WITHOUT_SCIPY = """
import sys
import wengert as torch
from wengert.engine.ops import accurate
x = torch.linspace(-4, 4, 33, requires_grad=True)
def values():
    found = [torch.nn.functional.gelu(x), x.erf(), x.erfc()]
    return torch.stack([*found, *torch.autograd.grad(found[0].sum(), x)]).detach().double()
by_libm = values()
torch.matrix_exp(torch.eye(3))
assert "scipy" not in sys.modules
accurate.FEW_ERRORS = 0
assert (values() - by_libm).abs().max() < 3e-7 and "scipy" not in sys.modules
"""


def test_rounded_values_of_the_error_function_do_without_scipy() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_SCIPY], check=True)
