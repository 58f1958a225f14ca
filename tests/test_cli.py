"""`wengert run SCRIPT.py` is `python SCRIPT.py`, except for what `torch` is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

import wengert

pytestmark = pytest.mark.once


@pytest.fixture
def script(tmp_path: Path):
    """Writes a script and returns its path."""

    def write(source: str, name: str = "script.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(source))
        return path

    return write


def python(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, **options)


def wengert_run(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    return python("-m", "wengert", "run", *arguments, **options)


def seen(result: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return result.returncode, result.stdout, result.stderr


# ---- the same as `python SCRIPT.py` ----

SAME_AS_PYTHON = {
    "falls off the end": "print('done')",
    "sys.exit()": "import sys; sys.exit()",
    "sys.exit(int)": "import sys; sys.exit(7)",
    "sys.exit(str)": "import sys; sys.exit('no data')",
    "raise SystemExit(None)": "raise SystemExit(None)",
    "quit()": "quit(3)",
    "os._exit": "import os; os._exit(9)",
    "atexit": "import atexit; atexit.register(print, 'last'); print('first')",
    "the module": """
        print(__name__, __file__, __doc__, __spec__, __package__, __cached__)
        print(sorted(globals()))
        import __main__
        print(__main__.__dict__ is globals(), type(__loader__).__name__)
        """,
    "sys.argv and sys.path[0]": "import sys; print(sys.argv, sys.path[0])",
    "an annotation": "x: int = 3; print(__annotations__)",
    "pickle finds __main__": """
        import pickle
        class Point: pass
        print(type(pickle.loads(pickle.dumps(Point()))) is Point)
        """,
    "uncaught": """
        def inner():
            raise ValueError('bad value')
        def outer():
            inner()
        outer()
        """,
    "uncaught with a cause and a context": """
        def lookup():
            try:
                {}['key']
            except KeyError as error:
                raise ValueError('first') from error
        try:
            lookup()
        except ValueError:
            raise RuntimeError('second')
        """,
    "an exception group": """
        def fail():
            raise ValueError('one')
        try:
            fail()
        except ValueError as error:
            raise ExceptionGroup('several', [error, TypeError('two')])
        """,
    "a note": """
        error = ValueError('noted')
        error.add_note('the note')
        raise error
        """,
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "a syntax error": "x = (1,\ny = 2\n",
    "a missing module": "import no_such_module_anywhere",
    "a missing name in another module": "from os import no_such_name",
    "the user's excepthook": """
        import sys, traceback
        def hook(kind, error, tb):
            print(kind.__name__, error, [frame.name for frame in traceback.extract_tb(tb)])
        sys.excepthook = hook
        1 / 0
        """,
    "an error in a thread": """
        import threading
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        """,
    "a future import": """
        from __future__ import annotations
        def f(x: nothing): ...
        print(f.__annotations__)
        """,
}


@pytest.mark.parametrize("source", [
    pytest.param(source, id=name, marks=[] if k < 2 else pytest.mark.long)
    for k, (name, source) in enumerate(SAME_AS_PYTHON.items())])
def test_same_as_python(script, source: str) -> None:
    path = script(source)
    arguments = (path, "--epochs", "3", "--version", "--", "-x")
    assert seen(wengert_run(*arguments)) == seen(python(*arguments))


def test_relative_path_and_import_from_the_scripts_folder(script, tmp_path: Path) -> None:
    script("value = 41\ndef fail(): raise ValueError(__file__)", "folder/neighbour.py")
    script("""
        import sys, neighbour
        print(__file__, sys.argv, neighbour.value + 1)
        neighbour.fail()
        """, "folder/script.py")
    arguments = (os.path.join("folder", "script.py"), "a b")
    assert seen(wengert_run(*arguments, cwd=tmp_path)) == seen(python(*arguments, cwd=tmp_path))


def test_symbolic_link(script, tmp_path: Path) -> None:
    script("value = 1", "real/neighbour.py")
    path = script("import neighbour, sys; print(sys.path[0], __file__)", "real/script.py")
    link = tmp_path / "link.py"
    link.symlink_to(path)
    assert seen(wengert_run(link)) == seen(python(link))


@pytest.mark.skipif(os.name != "posix", reason="signals are as here on POSIX alone")
def test_interrupted_by_a_signal(script) -> None:
    # Where the tests run in the background, SIGINT is ignored from the start.
    path = script("import os, signal, time; "
                  "signal.signal(signal.SIGINT, signal.default_int_handler); "
                  "os.kill(os.getpid(), signal.SIGINT); time.sleep(30)")
    result = wengert_run(path)
    assert result.returncode == -signal.SIGINT
    assert result.stderr == python(path).stderr


def test_missing_script(tmp_path: Path) -> None:
    path = tmp_path / "nothing.py"
    result, plain = wengert_run(path), python(path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.partition("can't open")[2] == plain.stderr.partition("can't open")[2] != ""


ROW = ("import sys, torch; print(sys.argv[0][-9:], sys.argv[1:], __name__, "
       "float(torch.ones(3).sum()))")


@pytest.mark.long
def test_a_module_a_text_and_standard_input_are_programs(script, tmp_path: Path) -> None:
    script(ROW, "progs/one.py")
    (tmp_path / "progs" / "__init__.py").write_text("")
    (tmp_path / "progs" / "__main__.py").write_text(f"from . import __name__ as p\n{ROW}")
    end = "['-x', '3'] __main__ 3.0\n"
    for arguments, first in [(["-m", "progs.one", "-x", "3"], "ogs/one.py"),
                             (["-m", "progs", "-x", "3"], "_main__.py"),
                             (["-c", ROW, "-x", "3"], "-c"), (["-", "-x", "3"], "-")]:
        done = subprocess.run(
            [sys.executable, "-m", "wengert", "run", *arguments], input=ROW, cwd=tmp_path,
            capture_output=True, text=True, timeout=120)
        assert seen(done) == (0, f"{first[-9:]} {end}", ""), arguments


@pytest.mark.long
def test_a_folder_and_an_archive_with_a_main_are_programs(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text("import part, sys; print(part.x, sys.argv[1:])")
    (tmp_path / "app" / "part.py").write_text("import torch; x = int(torch.ones(2).sum())")
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        for path in (tmp_path / "app").glob("*.py"):
            archive.write(path, path.name)
    for path in tmp_path / "app", tmp_path / "app.zip":
        assert seen(wengert_run(path, "-v")) == (0, "2 ['-v']\n", "")


@pytest.mark.long
def test_what_is_not_there_is_said_as_python_says_it(tmp_path: Path) -> None:
    result = wengert_run(tmp_path)
    assert result.returncode == 1 and "can't find '__main__' module" in result.stderr
    for arguments, code, text in [
            (["-m", "no_such_module_xyz"], 1, "No module named no_such_module_xyz"),
            (["-m", "no_such.module"], 1, "No module named 'no_such'"),
            (["-m"], 2, "argument expected for the -m option"), ([], 2, "needs a SCRIPT.py")]:
        result = wengert_run(*arguments)
        assert result.returncode == code and text in result.stderr and (
            "Traceback" not in result.stderr)


@pytest.mark.long
def test_the_command_line_itself() -> None:
    version = f"wengert {wengert.version.wengert}\n"
    assert seen(python("-m", "wengert", "--version")) == (0, version, "")
    assert python("-m", "wengert").returncode == 2
    assert python("-m", "wengert", "walk").returncode == 2
    assert "SCRIPT.py" in python("-m", "wengert", "run", "--help").stdout


# ---- torch is wengert ----


def test_torch_is_wengert(script) -> None:
    result = wengert_run(script("""
        import sys
        import torch
        import wengert
        assert torch is wengert and sys.modules["torch"] is wengert
        assert torch.__version__ == wengert.__version__
        assert torch.__spec__.name == "wengert" and torch.__name__ == "torch"
        """))
    assert seen(result) == (0, "", "")


def test_submodules_are_the_same_modules_whichever_name_comes_first(script) -> None:
    result = wengert_run(script("""
        import torch.linalg as first
        import wengert.linalg
        import wengert.backends.cudnn
        import torch.backends.cudnn as second
        from torch.backends import cudnn as third
        import torch
        import importlib.util
        assert first is wengert.linalg
        assert second is third is wengert.backends.cudnn
        assert first.__spec__.name == "wengert.linalg"
        assert importlib.util.find_spec("torch.linalg") is first.__spec__
        assert importlib.reload(torch.linalg) is first
        """))
    assert seen(result) == (0, "", "")


def test_only_in_that_process(script) -> None:
    result = wengert_run(script("""
        import subprocess, sys
        child = "import sys; print('wengert' in sys.modules, 'torch' in sys.modules)"
        sys.exit(subprocess.call([sys.executable, "-c", child]))
        """))
    assert seen(result) == (0, "False False\n", "")


# ---- missing names ----


def version() -> str:
    return ".".join(wengert.version.wengert.split(".")[:2])


def last_lines(path: Path, line: str, error: str) -> list[str]:
    return [f'  File "{path}", line {line}', error]


def shown(result: subprocess.CompletedProcess[str]) -> list[str]:
    """The places and the message of a traceback, without the source lines and the markers."""
    return [line for line in result.stderr.splitlines()[1:] if not line.startswith("    ")]


@pytest.mark.parametrize(("source", "error"), [
    ("torch.float3", "AttributeError: torch.float3 is not in wengert {}; "
                     "nearest: torch.float32; see docs/differences.md"),
    ("torch.Float32", "AttributeError: torch.Float32 is not in wengert {}; "
                      "nearest: torch.float32; see docs/differences.md"),
    ("torch.qqqqqq", "AttributeError: torch.qqqqqq is not in wengert {}; "
                     "see docs/differences.md"),
    ("from torch import float3", "ImportError: torch.float3 is not in wengert {}; "
                                 "nearest: torch.float32; see docs/differences.md"),
    ("import torch.qqqqqq", "ModuleNotFoundError: torch.qqqqqq is not in wengert {}; "
                            "see docs/differences.md"),
    ("import torch.qqqqqq.zzz as z", "ModuleNotFoundError: torch.qqqqqq is not in wengert {}; "
                                     "see docs/differences.md"),
    ("from torch.float3 import x", "ModuleNotFoundError: torch.float3 is not in wengert {}; "
                                   "nearest: torch.float32; see docs/differences.md"),
])
def test_a_missing_name_raises_at_the_users_line(script, source: str, error: str) -> None:
    path = script(f"import torch\n\ndef train():\n    {source}\n\ntrain()\n")
    result = wengert_run(path)
    assert result.returncode == 1
    assert shown(result) == [
        f'  File "{path}", line 6, in <module>',
        f'  File "{path}", line 4, in train',
        error.format(version()),
    ]


def test_missing_names_can_be_asked_for(script) -> None:
    result = wengert_run(script("""
        import torch
        assert not hasattr(torch, "qqqqqq")
        assert getattr(torch, "qqqqqq", None) is None
        assert not hasattr(torch, "__wrapped__")
        try:
            from torch import qqqqqq
        except ImportError:
            pass
        try:
            import torch.qqqqqq
        except ModuleNotFoundError as error:
            assert error.name == "torch.qqqqqq"
        """))
    assert seen(result) == (0, "", "")


# ---- tracebacks ----

OURS = """
    import wengert.names.missing
    def users_callback(names):
        raise ValueError("from the user")
    class Names:
        def __iter__(self):
            users_callback(self)
    wengert.names.missing.missing_text("torch", "name", Names())
    """


def test_a_traceback_shows_the_users_frames_alone(script) -> None:
    path = script(OURS)
    assert shown(wengert_run(path)) == [
        f'  File "{path}", line 8, in <module>',
        f'  File "{path}", line 7, in __iter__',
        f'  File "{path}", line 4, in users_callback',
        "ValueError: from the user",
    ]


def test_full_traceback(script) -> None:
    stderr = wengert_run("--full-traceback", script(OURS)).stderr
    assert "missing_text" in stderr
    assert stderr.splitlines()[-1] == "ValueError: from the user"


@pytest.mark.long
def test_a_traceback_shows_no_generated_code_and_no_inner_cause(script) -> None:
    path = script("""
        import torch
        x = torch.ones(2, 3)
        torch.matmul(x, x)
        """)
    assert shown(wengert_run(path))[:1] == [f'  File "{path}", line 4, in <module>']
    assert "<wengert" not in wengert_run(path).stderr
    late = script("""
        import torch
        x = torch.ones(3)
        y = x[torch.tensor([7])]
        print(y)
        """)
    stderr = wengert_run(late).stderr
    assert stderr.startswith("Traceback") and "direct cause" not in stderr
