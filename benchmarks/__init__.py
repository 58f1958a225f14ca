"""Questions about speed and memory, a file each, asked of Wengert and of its peers.

``python -m benchmarks`` asks all of them, ``python -m benchmarks recording`` one. A question is a
module with a function ``run(quick)`` that prints its tables; its programs are cases that
``worker.py`` runs, one process per peer (``peers.py``). Start with ``recording.py``.
"""
