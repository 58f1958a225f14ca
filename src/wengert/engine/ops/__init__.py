"""The table of primitives, ``graph.TABLE``: a module enters its rows when it is imported.

Here are those of which most programs are made, and those that the rules for batches make. Others
come with the first function that needs them; ``explain/derivations.py`` has all of them loaded.
"""

from __future__ import annotations

from . import complex_numbers, contract, elementwise, fused, indexing, reduce, scan, structural
