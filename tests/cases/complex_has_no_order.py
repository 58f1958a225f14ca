"""What complex numbers do not have raises, and writes nothing."""
import torch

z = torch.tensor([3 + 4j, -1j])
NONE = {
    "cummax": lambda: z.cummax(0), "cummin": lambda: z.cummin(0), "max": lambda: z.max(),
    "min": lambda: z.min(), "amax": lambda: z.amax(), "median": lambda: z.median(),
    "kthvalue": lambda: z.kthvalue(1), "mode": lambda: z.mode(), "sign": lambda: z.sign(),
    "signbit": lambda: z.signbit(), "clamp": lambda: z.clamp(0),
    "hardtanh": lambda: torch.nn.functional.hardtanh(z),
    "searchsorted": lambda: torch.searchsorted(z, z),
}
for name, call in NONE.items():
    try:
        call()
    except NotImplementedError:
        continue
    raise AssertionError(f"{name} of complex numbers")

for write in (z.abs_, z.absolute_, lambda: torch._foreach_abs_([z])):
    try:
        write()
    except RuntimeError as error:
        assert "In-place abs is not supported for complex tensors" in str(error), error
    else:
        raise AssertionError("abs_ of complex numbers")
assert z.tolist() == [3 + 4j, -1j] and z.abs().tolist() == [5.0, 1.0]
