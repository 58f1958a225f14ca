"""What programs set and ask at their beginning: versions, backends, threads, precision, devices,
mixed precision, scripting."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

import wengert as torch


def test_versions():
    assert torch.__version__ == "2.13.0+wengert" == torch.version.__version__
    assert torch.__version__ >= (2, 2) and torch.__version__ >= "2.9" and torch.__version__ < "3"
    assert not torch.__version__ < "2.13" and torch.__version__ != "2.13.0"
    assert torch.version.cuda is None and torch.version.wengert == "0.1.0"
    assert torch.__version__.split("+")[0].split(".")[:2] == ["2", "13"]


def test_backends():
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.deterministic = False
    assert torch.backends.cudnn.benchmark is True
    with torch.backends.cudnn.flags(benchmark=False):
        assert torch.backends.cudnn.benchmark is False
    assert torch.backends.cudnn.benchmark is True and torch.backends.cudnn.version() is None
    torch.backends.cudnn.benchmark = False
    asked = [torch.backends.mps.is_available(), torch.backends.mps.is_built(),
             torch.backends.cudnn.is_available(), torch.backends.cuda.is_built(),
             torch.backends.mkl.is_available(), torch.backends.openmp.is_available()]
    assert asked == [False] * 6
    torch.backends.cuda.enable_flash_sdp(False)
    assert not torch.backends.cuda.flash_sdp_enabled()
    torch.backends.cuda.enable_flash_sdp(True)


SCRIPT = """
import sys
import torch, torch.backends.cudnn as cudnn
import torch.backends.mps
from torch.backends import cuda
from torch.cuda.amp import GradScaler, autocast
from torch.distributions import Categorical
from torch.distributions.normal import Normal
import torch.distributions as dist
import torch.functional, torch.hub
from torch import mps
from torch.nn.modules.activation import MultiheadAttention
from torch.nn.parallel import DistributedDataParallel
from torch.optim.adamw import AdamW
assert AdamW is torch.optim.AdamW and torch.functional.norm is torch.norm
assert not mps.is_available() and torch.hub is sys.modules["wengert.hub"]
cudnn.benchmark = True
assert torch.backends.cudnn is cudnn and torch.backends.cudnn.benchmark
assert dist.Normal is Normal
print(torch.__name__, torch.backends.mps.is_available())
"""


def test_imports_of_a_script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    done = subprocess.run([sys.executable, "-m", "wengert", "run", str(path)], check=False,
                          capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("False\n")


def test_threads_precision_determinism():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
    with pytest.raises(RuntimeError, match="set_num_threads expects a positive integer"):
        torch.set_num_threads(0)
    with pytest.raises(TypeError, match="expects an int"):
        torch.set_num_threads(1.5)
    torch.set_float32_matmul_precision("high")
    assert torch.get_float32_matmul_precision() == "high"
    with pytest.raises(RuntimeError, match="expected one of highest, high, medium"):
        torch.set_float32_matmul_precision("low")
    torch.set_float32_matmul_precision("highest")
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_deterministic_debug_mode() == 1
    torch.set_deterministic_debug_mode("default")
    assert not torch.are_deterministic_algorithms_enabled()


def test_type_names():
    assert torch.typename(torch.ones(1)) == "torch.FloatTensor" == torch.ones(1).type()
    assert torch.typename(3) == "int"
    torch.set_default_tensor_type(torch.DoubleTensor)
    try:
        assert torch.tensor(1.0).dtype is torch.float64
        torch.set_default_tensor_type("torch.FloatTensor")
        assert torch.tensor(1.0).dtype is torch.float32
        with pytest.raises(TypeError, match="invalid type object"):
            torch.set_default_tensor_type("torch.Wide")
    finally:
        torch.set_default_dtype(torch.float32)


def test_devices_answer_none():
    assert not (torch.cuda.is_available() or torch.mps.is_available() or torch.xpu.is_available())
    assert torch.cuda.device_count() == torch.mps.device_count() == 0
    assert torch.cuda.memory_reserved() == 0
    torch.cuda.manual_seed_all(1)
    torch.cuda.reset_peak_memory_stats()
    assert torch.accelerator.current_accelerator() is None
    assert torch.accelerator.memory_allocated() == torch.accelerator.max_memory_reserved(0) == 0
    assert torch.accelerator.memory_stats() == {}
    torch.accelerator.empty_cache()
    with torch.accelerator.device_index(None), pytest.raises(RuntimeError, match="Wengert has no"):
        torch.accelerator.device_index(0)
    for refuse in (torch.accelerator.get_memory_info, torch.cuda.Event,
                   torch.cuda.get_device_capability, torch.mps.synchronize,
                   torch.accelerator.current_device_index):
        with pytest.raises(RuntimeError, match="Wengert has no"):
            refuse()


@pytest.mark.parametrize("synchronize", [torch.cpu.synchronize, torch.accelerator.synchronize])
def test_synchronize_computes_what_waits(synchronize):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (w * 3).exp()
    z = torch.ones(2) + 1
    synchronize()
    for each in (y, z):
        assert each._buf is not None, "still waits"
    assert z.tolist() == [2, 2]
    y.sum().backward()   # what backward needs was kept
    assert torch.allclose(w.grad, 3 * y)
    synchronize("cpu")
    synchronize()        # where nothing waits
    for call in (lambda: torch.ones(1).cuda(), lambda: torch.zeros(2, device="cuda"),
                 lambda: torch.nn.Linear(1, 1).to("cuda"), lambda: torch.cuda.set_device(0)):
        with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
            call()
    with pytest.raises(RuntimeError, match="no CUDA backend"):
        synchronize("cuda")


def test_synchronize_within_a_transform_leaves_the_recording():
    def cube(x):
        y = x ** 3
        torch.cpu.synchronize()
        return y * 2

    x = torch.tensor(2.0)
    assert torch.func.grad(cube)(x).item() == 24
    assert torch.func.grad(torch.func.grad(cube))(x).item() == 24
    assert torch.func.jvp(cube, (x,), (torch.ones(()),))[1].item() == 24
    step = torch.compile(cube)
    assert [step(x).item() for _ in range(3)] == [16, 16, 16]


def test_the_cpu_is_there():
    assert torch.cpu.is_available() and torch.cpu.is_initialized()
    assert torch.cpu.device_count() == 1 and torch.cpu.current_device() == "cpu"
    torch.cpu.set_device("cpu")
    assert not torch.accelerator.is_available() and torch.accelerator.device_count() == 0


def test_mixed_precision_for_another_device_does_nothing():
    with pytest.warns(UserWarning, match="CUDA is not available"):
        scaler = torch.amp.GradScaler("cuda")
    with pytest.warns(UserWarning, match="CUDA is not available"):
        block = torch.autocast("cuda", dtype=torch.float16)
    with block:
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float32
    x = torch.ones(2)
    assert scaler.scale(x) is x and not scaler.is_enabled() and scaler.get_scale() == 1
    with torch.autocast("cpu", enabled=False):
        assert not torch.is_autocast_enabled()


class Plain:
    """As much of an optimizer as the scaler needs."""

    def __init__(self, p):
        self.param_groups = [{"params": [p]}]

    def step(self):
        (p,) = self.param_groups[0]["params"]
        with torch.no_grad():
            p -= p.grad


def test_the_scaler_scales_on_the_cpu():
    p = torch.tensor([2.0], requires_grad=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=1)
    optimizer = Plain(p)
    scaler.scale((p * 0.5).sum()).backward()
    assert p.grad.item() == 4
    scaler.step(optimizer)
    scaler.update()
    assert p.item() == 1.5 and scaler.get_scale() == 16
    p.grad = torch.tensor([float("inf")])
    assert scaler.step(optimizer) is None
    scaler.update()
    assert p.item() == 1.5 and scaler.get_scale() == 8
    other = torch.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    assert other.get_scale() == 8


def test_scripting_passes_through():
    torch.jit._warned.clear()
    with pytest.warns(UserWarning, match="records programs as they run"):
        @torch.jit.script
        def f(x):
            return x * 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.jit.trace(f, torch.ones(1)) is f
    assert f(torch.ones(1)).item() == 2 and not torch.jit.is_scripting()

    class Model:
        @torch.jit.export
        def g(self):
            return 1

        @torch.jit.ignore
        def h(self):
            return 2

        @torch.jit.ignore(drop=True)
        def i(self):
            return 3

    assert Model().g() + Model().h() + Model().i() == 6
    for refuse in (lambda: torch.jit.load("x"), lambda: torch.hub.load("a", "b")):
        with pytest.raises(NotImplementedError, match="is not in wengert"):
            refuse()


def test_stances_of_the_compiler_change_nothing():
    square = torch.compile(lambda x: x * x)

    @torch.compiler.set_stance("force_eager")
    def decorated(x):
        return square(x)
    for n in (1.0, 2.0, 3.0):
        with torch.compiler.set_stance("fail_on_recompile"):
            assert square(torch.tensor(n)) == decorated(torch.tensor(n)) == n * n
    torch.compiler.set_stance("default", force_backend="eager")
    with pytest.raises(RuntimeError, match="non-default stance"):
        torch.compiler.set_stance("force_eager", force_backend="eager")
    with pytest.raises(RuntimeError, match=r"invalid torch.compile stance 'fast'"):
        torch.compiler.set_stance("fast")
    assert torch.compiler.nested_compile_region(square) is square
