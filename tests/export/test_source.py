"""``torch.export.source``: what a function computes, its source computes without Wengert."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import wengert as torch
from wengert.export import source
from wengert.export.traced import traced

from .programs import PROGRAMS, Net, likelihood, loop_with_if, polynomial

pytestmark = pytest.mark.once
COMPILERS = {
    "c": ("gcc", "c", ["-std=c99", "-O0", "-Wall", "-Wextra", "-Werror"]),
    "fortran": ("gfortran", "f90", ["-std=f2008", "-O0", "-Wall", "-Wno-maybe-uninitialized"])}
OF = ["value", "gradient", "hvp"]


@pytest.fixture(autouse=True)
def in_double() -> Any:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def drawn(name: str) -> tuple[Any, ...]:
    """The arguments of a program."""
    rng = np.random.default_rng(sorted(PROGRAMS).index(name))
    return PROGRAMS[name].args(lambda *shape: torch.tensor(rng.normal(size=shape)))


def wanted(f: Any, args: tuple[Any, ...], of: str) -> Any:
    """What Wengert computes."""
    if of == "value":
        return f(*args)
    if of == "gradient":
        return torch.func.grad(f)(*args)
    if of == "hessian":
        return torch.func.hessian(f)(*args)
    return torch.func.jvp(lambda x: torch.func.grad(f)(x, *args[1:]), args[:1],
                          (torch.ones_like(args[0]),))[1]


def close(found: Any, want: Any, message: str = "") -> None:
    """To twelve digits of the largest element: what is added up loses those of its largest part."""
    np.testing.assert_allclose(found, want, 0, 1e-12 * max(np.max(np.abs(want)), 1e-3), True,
                               message)


def cases() -> list[tuple[str, str]]:
    return [(name, of) for name, program in PROGRAMS.items() for of in OF
            if of != "hvp" or program.hessian]


SECOND_ORDER = ("likelihood", "loop_with_if", "system", "table")
COMPILED = [(name, of) for name, of in cases() if of != "hvp" or name in SECOND_ORDER]


def given(args: tuple[Any, ...], of: str) -> list[Any]:
    arrays = [arg.numpy() for arg in args]
    return arrays + ([np.ones(arrays[0].shape)] if of == "hvp" else [])


@pytest.mark.parametrize("name, of", cases())
def test_python(name: str, of: str) -> None:
    args = drawn(name)
    text = source(PROGRAMS[name].f, *args, of=of)
    assert "import wengert" not in text
    module: dict[str, Any] = {}
    exec(text, module)
    found = module[name + ("" if of == "value" else f"_{of}")](*given(args, of))
    close(found, wanted(PROGRAMS[name].f, args, of).numpy())


@pytest.fixture(scope="module", params=[pytest.param(language, marks=pytest.mark.long)
                                        for language in sorted(COMPILERS)])
def compiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A language, and all programs in it in one library."""
    language = request.param
    compiler, suffix, flags = COMPILERS[language]
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    torch.set_default_dtype(torch.float64)
    folder = tmp_path_factory.mktemp(language)
    texts = {f"{name}_{of}": source(PROGRAMS[name].f, *drawn(name), of=of, language=language)
             for name, of in COMPILED}
    texts["root"] = source(lambda a: torch.linalg.cholesky(a).sum(), torch.eye(2),
                           language=language, name="root")
    texts["hessian"] = source(polynomial, *drawn("polynomial"), of="hessian", language=language,
                              name="again")
    return language, library(folder, texts, compiler, suffix, flags)


def library(folder: Path, texts: dict[str, str], compiler: str, suffix: str,
            flags: list[str]) -> ctypes.CDLL:
    """The functions of all texts."""
    files = []
    for name, text in texts.items():
        files.append(folder / f"{name}.{suffix}")
        files[-1].write_text(text)
    done = subprocess.run([compiler, *flags, "-shared", "-fPIC", "-o", "all.so", *map(str, files),
                           "-lm"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return ctypes.CDLL(str(folder / "all.so"))


def call(compiled: Any, name: str, arrays: list[Any], shape: tuple[int, ...]) -> Any:
    """What a compiled function fills its one result with."""
    language, functions = compiled
    order = "C" if language == "c" else "F"
    kept, passed = [], []
    for array in arrays:
        if array.ndim:
            kept.append(np.require(array, requirements=[order, "A"]))
            passed.append(kept[-1].ctypes.data_as(ctypes.c_void_p))
        else:
            passed.append(ctypes.c_double(float(array)))
    out = np.full(shape, np.nan, order=order)
    functions[name](*passed, out.ctypes.data_as(ctypes.c_void_p))
    return out


@pytest.mark.parametrize("name, of", COMPILED)
def test_compiled(compiled: Any, name: str, of: str) -> None:
    args = drawn(name)
    want = wanted(PROGRAMS[name].f, args, of).numpy()
    found = call(compiled, name + ("" if of == "value" else f"_{of}"), given(args, of), want.shape)
    close(found, want)


def test_hessian(compiled: Any) -> None:
    [x] = drawn("polynomial")
    want = wanted(polynomial, (x,), "hessian").numpy()
    np.testing.assert_allclose(call(compiled, "again_hessian", [x.numpy()], (4, 4)), want, 1e-12)
    module: dict[str, Any] = {}
    exec(source(polynomial, x, of="hessian"), module)
    np.testing.assert_allclose(module["polynomial_hessian"](x.numpy()), want, 1e-12)


def test_a_loop_stays_a_loop() -> None:
    [x] = drawn("loop_with_if")
    for language, word in (("python", "for "), ("c", "for (int"), ("fortran", "do ")):
        text = source(loop_with_if, x, of="gradient", language=language)
        assert word in text
        assert text.count("tanh(") < 15, language   # of 40, in lines and in comments


def test_names_and_lines_are_those_of_the_program() -> None:
    text = source(likelihood, *drawn("likelihood"), of="gradient")
    assert "    l = np.linalg.cholesky(k)\n" in text
    assert "# line " in text and ": k = torch.exp(theta[0])" in text
    assert "# derivative of line " in text


def test_a_module_is_a_function_of_its_parameters_and_buffers() -> None:
    net, x = Net().double().eval(), torch.randn(5, 3)
    module: dict[str, Any] = {}
    exec(source(net, x, of="gradient"), module)
    loss = net(x)
    loss.backward()
    state = {k.replace(".", "_"): v.detach().numpy() for k, v in net.state_dict().items()}
    names = [each.name for each in traced(net, (x,), "gradient", 0, None).inputs]
    found = module["net_gradient"](*[state.get(n, x.numpy()) for n in names])
    for (name, p), g in zip(net.named_parameters(), found, strict=True):
        close(g, p.grad.numpy(), name)


def test_a_matrix_without_a_factorisation(compiled: Any) -> None:
    def root(a):
        return torch.linalg.cholesky(a).sum()

    a = np.array([[1.0, 2.0], [2.0, 1.0]])
    for language, line in (("c", " * A matrix without"), ("fortran", "! A matrix without")):
        assert line in source(root, torch.eye(2), language=language)
        assert line not in source(polynomial, torch.ones(2), language=language)
    module: dict[str, Any] = {}
    exec(source(root, torch.eye(2)), module)
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        module["root"](a)
    assert np.isnan(call(compiled, "root", [a], ()))


def test_single_precision_and_what_is_closed_over() -> None:
    scale = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float32)

    def f(x):
        return (scale * torch.sin(x)).sum()

    x = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float32)
    text = source(f, x, of="gradient")
    assert "[1.0, 2.0, 4.0]" in text and "float32[3]" in text
    module: dict[str, Any] = {}
    exec(text, module)
    found = module["f_gradient"](x.numpy())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, torch.func.grad(f)(x).numpy(), 1e-6)
    assert "typedef float real;" in source(f, x, language="c")
    assert "wp = c_float" in source(f, x, language="fortran")


def test_an_infinite_partial_meets_a_zero_cotangent() -> None:
    def f(x):
        return torch.sqrt(torch.relu(x)).sum()

    x = torch.tensor([-1.0, 0.0, 4.0])
    module: dict[str, Any] = {}
    exec(source(f, x, of="gradient"), module)
    np.testing.assert_array_equal(module["f_gradient"](x.numpy()), torch.func.grad(f)(x).numpy())


def test_structures_of_arguments_and_results() -> None:
    def f(point, pair):
        return {"sum": point["x"] + pair[0], "product": point["y"] * pair[1]}

    args = {"x": torch.ones(2), "y": torch.ones(2)}, (torch.ones(2), torch.tensor(3.0))
    text = source(f, *args)
    assert "def f(point_x, point_y, pair_0, pair_1):" in text
    module: dict[str, Any] = {}
    exec(text, module)
    first, second = module["f"](np.ones(2), np.ones(2), np.ones(2), 3.0)
    np.testing.assert_array_equal(first, [2, 2])
    np.testing.assert_array_equal(second, [3, 3])


def test_errors() -> None:
    x = torch.ones(3)
    with pytest.raises(ValueError, match="language is one of python, c, fortran, not 'rust'"):
        source(polynomial, x, language="rust")
    with pytest.raises(ValueError, match="of is one of value, gradient"):
        source(polynomial, x, of="jacobian")
    with pytest.raises(RuntimeError, match=r"the value of a tensor is needed, at test_source\.py"):
        source(lambda x: x if x.sum() > 0 else -x, x)
    with pytest.raises(NotImplementedError, match="complex"):
        source(lambda x: torch.fft.fft(x).abs(), x)
    with pytest.raises(NotImplementedError, match="float32 and float64"):
        source(lambda x: x.float().sin().double(), x)
    with pytest.raises(NotImplementedError, match="is not written in Python yet"):
        source(lambda x: torch.median(x), x)
    with pytest.raises(NotImplementedError, match="no elements"):
        source(polynomial, torch.ones(0), language="c")
    with pytest.raises(NotImplementedError, match="export is not in wengert"):
        torch.export.export(polynomial, (x,))
    assert torch.equal(x, torch.ones(3))
