"""``wengert.install_as_torch()``: Wengert is torch wherever a package looks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import wengert
from wengert.as_torch import CHILDREN


def run(source: str, *arguments: str, cwd: Path | None = None) -> str:
    done = subprocess.run([sys.executable, *arguments, "-c", source], capture_output=True,
                          text=True, timeout=120, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


LOOKS = """
import wengert
wengert.install_as_torch()
import importlib.metadata, importlib.util, pickle, sys, torch, torch.nn.functional as F
assert torch is wengert and sys.modules["torch"] is torch and torch.__name__ == "torch"
assert importlib.metadata.version("torch") == wengert.version.matched
assert importlib.util.find_spec("torch") is not None
x = torch.ones(2)
assert type(x).__module__ == "torch" and repr(type(x)) == "<class 'torch.Tensor'>"
for found, path in [(torch.dtype, "torch.dtype"), (torch.device, "torch.device"),
                    (torch.Size, "torch.Size"), (torch.tanh, "torch.tanh"),
                    (torch.nn.Linear, "torch.nn.modules.linear.Linear"),
                    (torch.nn.Parameter, "torch.nn.parameter.Parameter"),
                    (F.gelu, "torch.nn.functional.gelu"),
                    (torch.optim.Adam, "torch.optim.adam.Adam"),
                    (torch.distributions.Normal, "torch.distributions.normal.Normal")]:
    assert f"{found.__module__}.{found.__qualname__}" == path, (found.__module__, path)
    assert pickle.loads(pickle.dumps(found)) is found
assert torch.nn.functional.__name__ == "torch.nn.functional"
model = pickle.loads(pickle.dumps(torch.nn.Linear(2, 2)))
assert type(model) is torch.nn.Linear and model(x).shape == (2,)
wengert.install_as_torch()
assert wengert.config.__module__.startswith("wengert")
"""


def test_where_packages_look() -> None:
    assert run(LOOKS) == ""


def test_an_alias_gives_a_function_no_other_name() -> None:
    assert run("""
import wengert
wengert.install_as_torch()
import torch
for name in dir(torch):
    getattr(torch, name)
for name in "mm lt gt ge outer atan2 asin movedim vstack mul trunc".split():
    found = getattr(torch, name)
    assert found.__name__ == name and found.__module__ == "torch", (name, found.__name__)
""") == ""


def test_the_processes_that_a_program_starts_have_it_too() -> None:
    assert run("""
import subprocess, sys, wengert
wengert.install_as_torch()
child = ("from importlib.metadata import version; v = version('torch'); import torch, torch.nn;"
         "import wengert; print(v, torch is wengert, torch.__name__)")
print(subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout)
""") == f"{wengert.version.matched} True torch\n\n"


def test_functorch_is_found_beside_it() -> None:
    assert run(f"""
import sys
sys.path.insert(0, {str(CHILDREN)!r})
import functorch, torch
print(torch.version.wengert is not None, functorch.vmap is torch.vmap)
""").split() == ["True", "True"]


WORKERS = """
import multiprocessing, wengert
wengert.install_as_torch()
import torch
from torch.utils.data import DataLoader, TensorDataset

if __name__ == "__main__":
    data = TensorDataset(torch.arange(6.), torch.arange(6.) ** 2)
    for kind in "fork", "spawn":
        loader = DataLoader(data, 2, num_workers=2, multiprocessing_context=kind)
        print(torch.cat([y for _, y in loader]).tolist())
"""


def test_workers_of_a_loader(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text(WORKERS)
    done = subprocess.run([sys.executable, tmp_path / "prog.py"], capture_output=True, text=True,
                          timeout=120)
    assert (done.stdout, done.returncode) == ("[0.0, 1.0, 4.0, 9.0, 16.0, 25.0]\n" * 2, 0), done


def test_what_multiprocessing_starts(tmp_path: Path) -> None:
    """A child reads the script again, and has the parent's ``sys.path``."""
    (tmp_path / "prog.py").write_text("""
import torch
import torch.multiprocessing as mp

def told(rank, text):
    print(text, rank, torch.version.wengert is not None)

if __name__ == "__main__":
    mp.spawn(told, ("rank",), nprocs=1)
""")
    done = subprocess.run([sys.executable, "-m", "wengert", "run", tmp_path / "prog.py"],
                          capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("rank 0 True\n", 0), done


def test_pytest_takes_it_as_a_plugin(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import torch")
    (tmp_path / "test_it.py").write_text(
        "import torch\ndef test(): assert type(torch.ones(1)).__module__ == 'torch'")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "wengert.as_torch",
                           "-p", "no:cacheprovider", str(tmp_path)],
                          capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_pytorch_itself_is_not_replaced() -> None:
    out = run("""
import sys, types
sys.modules["torch"] = types.ModuleType("torch")
import wengert
try:
    wengert.install_as_torch()
except RuntimeError as error:
    print(error)
""")
    assert out.startswith("PyTorch itself is imported already")


def test_the_folder_of_children_says_the_version_that_is_matched() -> None:
    found, = Path(CHILDREN).glob("torch-*.dist-info")
    assert found.name == f"torch-{wengert.version.matched}.dist-info"
    assert f"Version: {wengert.version.matched}\n" in (found / "METADATA").read_text()
