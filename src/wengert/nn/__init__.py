"""``torch.nn``: modules, parameters, and the functions of neural networks.

The modules are in :mod:`wengert.nn.modules`, a family to a file; the functions in
:mod:`wengert.nn.functional`; first values in :mod:`wengert.nn.init`.
"""

from ..names.missing import answer_missing_names

answer_missing_names(__name__, later=(
    "attention", "functional", "init", "modules", "parallel", "parameter", "utils"),
    whole="everything")
