"""torch-lr-finder: a range of learning rates tried on a small network, and its weights restored.

needs: torch-lr-finder
"""
import torch
from torch.utils.data import DataLoader, TensorDataset
from torch_lr_finder import LRFinder

torch.manual_seed(0)
x = torch.randn(64, 4)
data = DataLoader(TensorDataset(x, x.sum(1, keepdim=True).tanh()), batch_size=8, shuffle=True)
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
before = model[0].weight.sum().item()
finder = LRFinder(model, torch.optim.SGD(model.parameters(), 1e-4), torch.nn.MSELoss(), device="cpu")
finder.range_test(data, end_lr=1, num_iter=20, step_mode="exp", diverge_th=1000)
print(finder.history["lr"][-1], finder.history["loss"][::5])
finder.reset()
print(model[0].weight.sum().item() == before)
