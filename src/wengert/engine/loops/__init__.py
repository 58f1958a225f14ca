"""From a graph to loops, for no target in particular.

``fuse.py`` says which nodes share a loop (``groups.py``, ``paths.py``, ``places.py``,
``recompute.py``); ``plan.py`` what such a loop is: the space that it goes over, what it reads and
writes where (``nest.py``), how often it walks a row, and what each walk computes, keeps and adds
up. A backend writes its text from the plan, and a profile prints it. ``docs/kernels.md`` follows
one example.
"""
