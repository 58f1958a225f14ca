"""``import torch`` where this file is found: Wengert.

It is in the processes that a program on Wengert starts, whose ``PYTHONPATH`` has the folder above,
and where the distribution is installed that ``wengert stand-in`` makes.
"""

from wengert.as_torch import install_as_torch

stands_for_wengert = True
install_as_torch()
