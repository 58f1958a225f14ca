"""What a type checker sees of Wengert: a user's program that is right, and one that is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

pytest.importorskip("mypy")
ROOT = Path(__file__).parent.parent

RIGHT = '''\
import wengert as torch
import wengert.nn.functional as F
from wengert import Tensor, nn
from wengert.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.norm = nn.LayerNorm(8)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.first(x)))


x = torch.randn(3, 4, requires_grad=True)
reveal_type(x)                                           # Tensor
reveal_type(torch.sin(x))                                # Tensor
reveal_type(torch.cat([x, x], dim=1))                    # Tensor
reveal_type(torch.add(x, 1.5, alpha=2))                  # Tensor
reveal_type(torch.where(x > 0, x, 0.0))                  # Tensor
reveal_type(torch.zeros(2, 3, dtype=torch.float64))      # Tensor
reveal_type(torch.max(x))                                # Tensor
reveal_type(torch.max(x, 1).indices)                     # Tensor
reveal_type(torch.relu_(x))                              # Tensor
reveal_type(torch.xlogy(2.0, x).lerp(x, 0.5))            # Tensor
reveal_type(x.split(split_size=2)[0])                    # Tensor
reveal_type(torch.atleast_2d([x, x]))                    # Tensor
reveal_type(torch.float32)                               # DType
reveal_type(torch.allclose(x, x))                        # bool
reveal_type(torch.linalg.inv(x @ x.T))                   # Tensor
reveal_type(torch.linalg.svd(x).S)                       # Tensor
reveal_type(torch.special.erf(x))                        # Tensor
reveal_type(x.sum(dim=0, keepdim=True))                  # Tensor
reveal_type(x.sum((0, 1), dtype=torch.float64))          # Tensor
reveal_type(x.topk(2).values)                            # Tensor
reveal_type(x.view(-1, 2).permute(1, 0).exp_())          # Tensor
reveal_type(x.to("cpu").to(torch.float64))               # Tensor
reveal_type(x.shape)                                     # Size
reveal_type(x.size(0))                                   # int
reveal_type(x.grad)                                      # Tensor | None
reveal_type(x.requires_grad)                             # bool
reveal_type(x[0, 1:])                                    # Tensor
reveal_type([row for row in x][0])                       # Tensor
reveal_type(-x + 1 - 2 * x / x ** 2)                     # Tensor
reveal_type(x == x)                                      # Tensor
reveal_type(F.cross_entropy(x, torch.tensor([1, 2, 3]))) # Tensor
reveal_type(F.max_pool2d(x, 2))                          # Tensor
reveal_type(nn.Linear(4, 2))                             # Linear
reveal_type(nn.Linear(4, 2)(x))                          # Tensor
reveal_type(nn.Linear(4, 2).weight)                      # Parameter
reveal_type(nn.CrossEntropyLoss()(x, x))                 # Tensor
reveal_type(Net()(x))                                    # Tensor
reveal_type(torch.optim.SGD(Net().parameters(), lr=0.1)) # SGD
reveal_type(DataLoader(TensorDataset(x), 2))             # DataLoader[tuple[Any, ...]]
reveal_type(torch.compile(Net()))                        # Net
reveal_type(torch.explain(x))                            # Explanation
reveal_type(torch.explain(Net())(x).svg("net.svg"))      # str
reveal_type(torch.explain.gradient(x, x).paths[0].text)  # str
reveal_type(torch.why(x.grad).reasons)                   # list[str]
reveal_type(torch.derivative("log").arguments[0].formula) # str
reveal_type(torch.summary(Net(), x).total_mult_adds)     # int
available: bool = torch.xpu.is_available()
with torch.no_grad():
    x -= 0.1 * x
x.sum().backward()
'''

WRONG = '''\
import wengert as torch
import wengert.nn.functional as F
from wengert import nn

x = torch.ones(3)
torch.sin("x")                                  # arg-type
torch.sin(x, axes=1)                            # call-arg
torch.cat([x], dimension=1)                     # call-arg
torch.add(x, "y")                               # arg-type
torch.mm(x)                                     # call-arg
torch.sine(x)                                   # attr-defined
x.sum(dim="rows")                               # arg-type
x.sum(keepdims_=True)                           # call-arg
x.summ()                                        # attr-defined
x + "y"                                         # arg-type
F.cross_entropy(x, "target")                    # arg-type
F.cross_entropy(x, x, reduce_="mean")           # call-arg
nn.Linear(4, 2)("x")                            # arg-type
nn.Linear(4, 2)(x, x)                           # call-arg
nn.Linear("a", 2)                               # arg-type
y: int = torch.exp(x)                           # assignment
torch.explain(x).picture()                      # attr-defined
torch.explain("x")                              # call-overload
torch.manual_seed(0).sample()                   # attr-defined
'''


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[int, str, str]]]:
    """What mypy says of each program: line, kind, text."""
    folder = tmp_path_factory.mktemp("typed")
    for name, text in (("right", RIGHT), ("wrong", WRONG)):
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    done = subprocess.run(   # with the settings, and so the cache, of `make check`
        [sys.executable, "-m", "mypy", "--no-pretty", str(folder / "right.py"),
         str(folder / "wrong.py")], cwd=ROOT, capture_output=True, text=True, check=False)
    found: dict[str, list[tuple[int, str, str]]] = {"right": [], "wrong": []}
    for line in done.stdout.splitlines():
        match = re.fullmatch(r".*?(right|wrong)\.py:(\d+): (\w+): (.*)", line)
        if match:
            found[match[1]].append((int(match[2]), match[3], match[4]))
    assert found["right"], done.stdout + done.stderr
    return found


def short(text: str) -> str:
    """A revealed type without the modules."""
    named = re.sub(r"\b\w[\w.]*\.(?=\w)", "", text)
    return named.partition('"')[2].rstrip('"')


@pytest.mark.long
def test_a_program_that_is_right(said: dict[str, list[tuple[int, str, str]]]) -> None:
    assert [line for line in said["right"] if line[1] == "error"] == []
    types = {line: short(text) for line, _, text in said["right"]}
    expected = {i: line.partition("#")[2].strip() for i, line in enumerate(RIGHT.splitlines(), 1)
                if line.startswith("reveal_type")}
    assert types == expected and len(expected) > 30


@pytest.mark.long
def test_a_program_that_is_wrong(said: dict[str, list[tuple[int, str, str]]]) -> None:
    found = {line: text.rpartition("[")[2].rstrip("]") for line, kind, text in said["wrong"]
             if kind == "error"}
    expected = {i: line.partition("#")[2].strip() for i, line in enumerate(WRONG.splitlines(), 1)
                if "#" in line}
    assert found == expected
