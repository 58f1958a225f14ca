"""``import torch`` in the processes that a program on Wengert starts: Wengert.

The folder above is on their ``PYTHONPATH``; ``install_as_torch`` puts it there.
"""

from wengert.as_torch import install_as_torch

install_as_torch()
