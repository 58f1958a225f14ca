"""``import functorch`` where this file is found: ``wengert.functorch``."""

import sys

import torch  # noqa: F401   (Wengert, by the folder beside this file)

from wengert import functorch

sys.modules[__name__] = functorch
