"""``import functorch`` where this file is found: ``wengert.functorch``."""

import sys
from importlib import import_module

from wengert import functorch

import_module("torch")   # Wengert, by the folder beside this file
sys.modules[__name__] = functorch
