"""The traceback of an error that nobody caught ends at the user's line: in Python, in its threads
and in IPython, as under ``wengert run``."""

import subprocess
import sys
import textwrap

import pytest

PROGRAM = """\
import wengert as torch

def layer(x):
    return x @ torch.ones(5, 2)

def model(x):
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(3, 4))(x)
"""
NOTEBOOK = """\
import sys, traceback, types

class InteractiveTB:
    def structured_traceback(self, kind, error, tb=None, tb_offset=None, context=5):
        return traceback.format_exception(kind, error, tb)

class Shell:
    InteractiveTB = InteractiveTB()

sys.modules["IPython"] = types.SimpleNamespace(get_ipython=Shell)
"""
SHOWN = """
try:
    {call}
except Exception as error:
    before = error.__traceback__
    print("".join(Shell.InteractiveTB.structured_traceback(type(error), error, before)))
    assert error.__traceback__ is before and len(traceback.extract_tb(before)) > 1
"""


def printed(tmp_path, *parts):
    path = tmp_path / "program.py"
    path.write_text("".join(map(textwrap.dedent, parts)))
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True)
    return done.stdout + done.stderr


CALLS = {"layer(torch.ones(3, 4))": 2, "model(torch.ones(2, 3))": 2,
         "torch.tensor(1.0, requires_grad=True).detach().backward()": 1,
         "torch.ones(2).gather(0, torch.tensor([5])).tolist()": 1}


@pytest.mark.parametrize("call, frames", CALLS.items())
def test_in_python(tmp_path, call, frames):
    text = printed(tmp_path, PROGRAM, call)
    assert text.count("File ") == text.count("program.py\"") == frames, text
    assert text.count("Traceback") == 1


def test_in_a_thread(tmp_path):
    text = printed(tmp_path, PROGRAM, """
        import threading
        thread = threading.Thread(target=layer, args=(torch.ones(3, 4),))
        thread.start()
        thread.join()
        """)
    assert "program.py" in text and "wengert" not in text.replace("import wengert", ""), text


@pytest.mark.parametrize("call, frames", CALLS.items())
def test_in_a_notebook(tmp_path, call, frames):
    text = printed(tmp_path, NOTEBOOK, PROGRAM, SHOWN.format(call=call))
    assert text.count("File ") == text.count("program.py\"") == frames, text


def test_all_frames_on_request(tmp_path):
    text = printed(tmp_path, PROGRAM, "torch.config.full_traceback = True\n",
                   "layer(torch.ones(3, 4))")
    assert text.count("File ") > 4, text


def test_what_others_hook_is_called(tmp_path):
    text = printed(tmp_path, """
        import sys
        sys.excepthook = lambda kind, error, traceback: print("mine", error)
        """, PROGRAM, "layer(torch.ones(3, 4))")
    assert text.startswith("mine mat1 and mat2"), text


def test_errors_of_others_are_shown_whole(tmp_path):
    text = printed(tmp_path, """
        import wengert, json

        def outer():
            try:
                json.loads("{")
            except ValueError as error:
                raise KeyError("k") from error
        outer()
        """)
    assert "json" in text and "direct cause" in text and text.count("Traceback") == 2, text
