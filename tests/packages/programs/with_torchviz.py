"""torchviz: the graph of a small network as a picture in DOT.

needs: torchviz graphviz
"""
import torch
from torchviz import make_dot

model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
y = model(torch.ones(2, 3)).mean()
dot = make_dot(y, params=dict(model.named_parameters()))
text = dot.source
print(all(name in text for name in ("0.weight", "0.bias", "2.weight", "2.bias", "TanhBackward0", "MeanBackward0")))
print("->" in text, text.startswith("digraph"))
full = make_dot(y, params=dict(model.named_parameters()), show_attrs=True, show_saved=True).source
print(len(full) >= len(text))
