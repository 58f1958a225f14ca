"""Two functions take the same path: a late error names the line of the one that ran, or says that
its line is that of the one that recorded the path first."""
import traceback

import torch

index = torch.tensor([7])


def first(x):
    y = x.exp()
    return torch.index_select(y, 0, index)


def second(x):
    y = x.exp()
    return torch.index_select(y, 0, index)


for function in (first, second, first, second):
    try:
        function(torch.ones(3)).sum().item()
    except (IndexError, RuntimeError) as error:
        text = "".join(traceback.format_exception(error))
    else:
        raise AssertionError("no error")
    if "wengert" in torch.__version__:
        line = function.__code__.co_firstlineno + 2
        here = f"lines_of_the_function_that_ran.py:{line}"
        assert f"recorded at {here}" in text or "first recorded at" in text, text
