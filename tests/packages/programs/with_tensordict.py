"""tensordict: dicts of tensors stacked, indexed and moved; a module of named inputs trained.

needs: tensordict pyvers cloudpickle
"""
import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule, TensorDictSequential

torch.manual_seed(0)
data = TensorDict({"x": torch.randn(8, 3), "more": {"y": torch.randn(8, 1)}}, batch_size=[8])
print(data[2:4].shape, data["more", "y"].shape, torch.stack([data, data]).batch_size, data.reshape(2, 4).batch_size)
model = TensorDictSequential(
    TensorDictModule(torch.nn.Linear(3, 6), in_keys=["x"], out_keys=["hidden"]),
    TensorDictModule(lambda h: h.tanh(), in_keys=["hidden"], out_keys=["hidden"]),
    TensorDictModule(torch.nn.Linear(6, 1), in_keys=["hidden"], out_keys=["z"]))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(5):
    out = model(data.clone())
    loss = (out["z"] - data["more", "y"]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
parameters = TensorDict.from_module(model[0])
print(sorted(map(str, parameters.keys(True, True))), (data + 1)["x"].sum().item(), data.apply(lambda t: t * 2)["x"].sum().item())
