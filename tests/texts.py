"""The graph and kernel texts of the corpus, as hashes: ``python -m tests.texts [PROGRAM ...]``.

A change that only moves things leaves every line of what this prints as it is. Each program runs in
a process of its own, in the tier ``llvm``, where all that it computes is compiled; hashed are the
texts of the graphs that are compiled (without the user's lines) and of the kernels that come of
them, each text once, in the order of the alphabet.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
SLOW = {"dcgan", "neural_ode", "reinforce", "actor_critic", "optimizers", "transformer_lm",
        "seq2seq_attention", "physics_informed", "lstm_classifier", "gru_classifier", "char_rnn"}
CORPUS = [path for folder in ("examples", "examples/programs", "tests/cases")
          for path in sorted((ROOT / folder).glob("*.py")) if path.stem not in SLOW]

WATCHED = r"""
import hashlib, importlib, sys
import wengert
from wengert.cli import main

def find(*names):
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            pass
    raise SystemExit(f"none of {names} is there")

print_graph = find("wengert.engine.text", "wengert.graph_text").print_graph
program = find("wengert.engine.backends.cpu.program", "wengert.engine.backends.llvm.program",
               "wengert.backends.llvm.program")
compiler = find("wengert.engine.backends.cpu.compiler", "wengert.engine.backends.llvm.compiler",
                "wengert.backends.llvm.compiler")
script, *dump = sys.argv[1:]   # a program has arguments of its own
graphs, kernels = set(), set()
compile_graph, address = program.Compiled.__init__, compiler.Compiler.address

def noting_graph(self, graph, *rest, **more):
    graphs.add(print_graph(graph, lines=False))
    compile_graph(self, graph, *rest, **more)

def noting_kernel(self, text, *rest, **more):
    kernels.add(text)
    return address(self, text, *rest, **more)

program.Compiled.__init__ = noting_graph
compiler.Compiler.address = noting_kernel
try:
    main(["run", script])
except SystemExit as end:
    if end.code not in (None, 0):
        raise
finally:
    def hashed(texts):
        return hashlib.sha256("\0".join(sorted(texts)).encode()).hexdigest()[:16]
    print(f"\n{len(graphs)} graphs {hashed(graphs)}, {len(kernels)} kernels {hashed(kernels)}")
    if dump:
        with open(dump[0], "w") as file:
            file.write("\n\n".join([*sorted(graphs), *sorted(kernels)]))
"""


def line_of(path: Path) -> str:
    """The line for one program."""
    environment = {**os.environ, "WENGERT_TIER": "llvm", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", WATCHED, str(path)], cwd=ROOT,
                          env=environment, capture_output=True, text=True)
    end = done.stdout.strip().rpartition("\n")[2]
    if done.returncode:
        end = "failed: " + done.stderr.strip().rpartition("\n")[2]
    return f"{path.relative_to(ROOT)}: {end}"


def main() -> None:
    programs = [Path(name).resolve() for name in sys.argv[1:]] or CORPUS
    lines = []
    with ThreadPoolExecutor(os.cpu_count()) as several:
        for line in several.map(line_of, programs):
            print(line, flush=True)
            lines.append(line)
    print(hashlib.sha256("\n".join(lines).encode()).hexdigest())


if __name__ == "__main__":
    main()
