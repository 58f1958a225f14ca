"""The compiler: a graph as fused loops in machine code, by llvmlite.

``program.py`` turns a graph into a callable; ``kernel.py`` writes the loops of one group of nodes
as LLVM IR, with ``elementwise.py`` for what is computed in them and ``inline_math.py`` for the
functions; ``own.py`` those of single nodes: products, transposes, concatenations, windows.
``compiler.py`` makes machine code of the text; ``disk.py`` keeps it, ``loader.py`` puts it into
memory, ``host.py`` names the processor. ``split.py`` shares a loop among threads. ``objects.py``
knows where CPython and NumPy keep what a kernel reads.
"""
