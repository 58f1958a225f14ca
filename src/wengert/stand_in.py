"""A distribution of the name ``torch`` that is Wengert, so that pip need not bring PyTorch along.

:func:`build` writes a wheel, and a file of constraints that has pip take it for ``torch``;
``wengert stand-in FOLDER`` calls it. Where it is installed, ``import torch`` is Wengert in every
program, and packages that require torch find it. It is for one's own environments: the name belongs
to PyTorch, and nothing of it is to be published.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

from . import version
from .as_torch import CHILDREN

_DESCRIPTION = "Wengert under the name torch: import torch gives Wengert."
_WHEEL = "Wheel-Version: 1.0\nGenerator: wengert\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_MODULES = ("torch/__init__.py", "functorch.py")
_WHEN = (1980, 1, 1, 0, 0, 0)
"""The date of the files in the archive: the same Wengert writes the same bytes."""


def build(folder: str | Path) -> tuple[Path, Path]:
    """Write the wheel and the constraints to a folder, made if it is missing; the two files.

    >>> wheel, constraints = build("stand-in")                          # doctest: +SKIP
    >>> wheel.name                                                      # doctest: +SKIP
    'torch-2.13.0+wengert-py3-none-any.whl'
    """
    where = Path(folder).resolve()
    where.mkdir(parents=True, exist_ok=True)
    name = f"torch-{version.__version__}"
    wheel = where / f"{name}-py3-none-any.whl"
    metadata = (f"Metadata-Version: 2.1\nName: torch\nVersion: {version.__version__}\n"
                f"Summary: {_DESCRIPTION}\nRequires-Dist: wengert\n")
    files = {**{path: Path(CHILDREN, path).read_bytes() for path in _MODULES},
             f"{name}.dist-info/METADATA": metadata.encode(),
             f"{name}.dist-info/WHEEL": _WHEEL.encode()}
    record = f"{name}.dist-info/RECORD"
    listed = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in files.items()]
    files[record] = "\n".join([*listed, f"{record},,", ""]).encode()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, _WHEN), data)
    constraints = where / "constraints.txt"
    constraints.write_text(f"torch @ {wheel.as_uri()}\n", encoding="utf-8")
    return wheel, constraints


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


__all__ = ["build"]
