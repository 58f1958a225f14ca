"""safetensors: a model's state saved and loaded, parts of a file, many dtypes.

needs: safetensors
"""
import os
import tempfile

import torch
from safetensors import safe_open
from safetensors.torch import load, load_file, load_model, save, save_file, save_model

torch.manual_seed(0)
folder = tempfile.mkdtemp()
path = os.path.join(folder, "model.safetensors")
model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
save_file(model.state_dict(), path, metadata={"format": "pt"})
back = load_file(path)
print(sorted(back), all(torch.equal(back[k], v) for k, v in model.state_dict().items()))
with safe_open(path, framework="pt", device="cpu") as file:
    print(file.metadata(), sorted(file.keys()))
    part = file.get_slice("0.weight")
    print(part.get_shape(), part[1:, :2].tolist(), file.get_tensor("0.bias").tolist())
tensors = {str(d): torch.arange(6).to(d).reshape(2, 3) for d in (
    torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.uint8, torch.int16, torch.int32, torch.bool)}
for name, each in sorted(load(save(tensors)).items()):
    print(name, each.dtype, each.float().tolist())
other = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
tied = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
tied[1].weight = tied[0].weight
save_model(tied, path)
print(load_model(tied, path), tied[1].weight is tied[0].weight)
optimizer = torch.optim.SGD(other.parameters(), 0.1)
other.load_state_dict(back)
other(torch.ones(2, 4) * torch.tensor([[1.0], [2.0]])).pow(2).sum().backward()
optimizer.step()
print(other[0].weight.tolist())
