"""The compiler: a graph as fused loops in machine code, by llvmlite.

``program.py`` turns a graph into a callable, after the passes of ``pipeline.py``; what is worth a
kernel here is in ``policy.py``. ``loops.py`` writes a loop plan (``engine/loops/``) as LLVM IR,
with ``walk.py`` for its walks over a row, ``elementwise.py`` for what is computed in them and
``inline_math.py`` for the functions; ``own.py`` writes the loops of single nodes: products,
transposes, concatenations, windows. ``kernel.py`` is what all of these are. ``compiler.py`` makes
machine code of the text; ``disk.py`` keeps it, ``loader.py`` puts it into memory, ``host.py`` names
the processor. ``split.py`` shares a loop among threads. ``objects.py`` knows where CPython and
NumPy keep what a kernel reads.
"""
