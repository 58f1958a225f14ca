"""Programs of the packages that import torch, run on Wengert: ``python -m tests.packages``."""
