"""``torch.nn.modules``: the modules, a family to a file; :class:`Module` is in ``module.py``."""

from ...names.missing import answer_missing_names

answer_missing_names(__name__, whole="everything")
