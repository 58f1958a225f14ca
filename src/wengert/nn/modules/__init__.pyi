"""What ``everything.py`` lists."""

from .everything import *  # noqa: F403, it lists them
