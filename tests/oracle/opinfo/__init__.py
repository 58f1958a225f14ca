"""PyTorch's own samples of its operations, run on Wengert: ``python -m tests.oracle.opinfo``.

The samples are those of ``torch.testing._internal.common_methods_invocations.op_db``, which needs
the package expecttest beside PyTorch. ``samples.py`` turns an entry into calls, ``checks.py`` has
the columns of the table, ``scope.py`` what is not to be expected, ``table.py`` the page.
"""
