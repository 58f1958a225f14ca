"""Each function, method and operator beside PyTorch's, in every kind of argument."""

from __future__ import annotations

import re

import pytest

import surface_calls as calls
import wengert

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

REASONS = {
    r"(Tensor\.new_empty|empty\w*)\(": "memory that nobody has written: zeros here",
    r".*(svd|_lowrank)\(|.*\beigh\(": "vectors have no sign of their own",
    r"(Tensor\.)?(kthvalue|topk)\(.*\[(int64|bool|uint8)": "which of equal elements is not said",
    r"special\.(modified_bessel|spherical_bessel|bessel|scaled_modified|airy|\w+_polynomial)":
        "a derivative here",
    r"(Tensor\.)?cholesky_(inverse|solve)": "no derivative in the triangle that is not read",
    r".*cholesky\w*\(.*complex64": "the derivative in a Hermitian matrix is Hermitian here",
    r"Tensor\.logical_\w+_\(": "PyTorch passes the gradient on as if nothing had been written",
    r"Tensor\.(eq|ne|lt|le|gt|ge|not_equal|less|less_equal|greater|greater_equal)_\(":
        "no gradient, and not zeros, for the other operand of a comparison that writes",
    r"Tensor\.bernoulli_\(X\(3, 4\), H": "no gradient, and not zeros, for the probabilities",
    r"F\.celu\(x, alpha=1\.3\) \[float64": "PyTorch has 1 / alpha in float32",
    r"F\.softsign\(x\) \[complex64": "the derivative of |z| in both of its parts",
    r"(special\.)?(log_)?softmax\(X\(0, 3\), 0\) \[(int64|bool)":
        "integers are refused, empty ones too",
    r"F\.rms_norm\(.*complex64|.*logcumsumexp\(.*complex64": "not for complex numbers",
    r"F\.local_response_norm\(.*int64|.*(avg|lp)_pool\d?d?.*\[(int64|bool)":
        "not for integers",
    r"rnn_(tanh|relu)_cell\(.*int64": "not for integers",
    r"F\.grid_sample\(.*nearest": "no gradient, and not zeros, for the grid",
    r"F\.multilabel_soft_margin_loss\(.*bfloat16": "rounded to bfloat16 less often",
    r"(Tensor\.)?cumprod\(.*m\.float64\) \[complex64": "the derivative of the real part",
    r".*histc\(.*bfloat16": "not for bfloat16",
    r"masked\.(amax|amin|logsumexp|argmax|argmin)\(.*\[(bool|complex64)": "another type of error",
    r"masked\.std\(.*complex64": "the square root of a complex number with a sign of its zero",
    r"(Tensor\.)?as_strided_scatter\(": "the gradient of what is kept, not of what is overwritten",
    r"affine_grid_generator\(.*int64": "not for integers",
    r"grid_sampler\w*\(.*, 1, 1, True\)": "no gradient, and not zeros, for the grid",
    r"masked\.median\(.*bfloat16": "NaN of bfloat16 is not sorted to the end",
    r"native_batch_norm\(.*False, .*float16": "empty statistics in the dtype of the input",
    r"Tensor\.view\(.*m\.int32": "bits are not read as another dtype",
    r".*view_as_complex\(.*float16": "not for half precision",
    r".*matrix_exp\(.*float16": "PyTorch's are other numbers in half precision",
    r"(Tensor\.)?(nan)?median\(x\) \[\w+, empty": "the median of nothing has no history",
    r"(Tensor\.)?as_strided(_copy)?\(.*strided\]":
        "elements beyond those of the view have a gradient",
    r".*lstsq\(": "the empty residuals have no history",
}
"""What differs, by the name, the arguments and the variant; why."""


@pytest.mark.parametrize("name", list(calls.CASES))
def test_calls(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CALLS", 1)
    problems = []
    for case in calls.CASES[name]:
        for variant in calls.variants(case):
            try:
                right = calls.four_calls(torch, case, variant)
            except calls.NotThisKind:
                continue
            found = calls.four_calls(wengert, case, variant)
            problem = calls.beside_torch(found[0], right[0], variant)
            label = f"{case} [{variant}]"
            if problem and not any(re.match(reason, label) for reason in REASONS):
                problems.append(f"{label}: {problem}")
    assert not problems, "\n".join(problems)
