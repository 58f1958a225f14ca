"""efficientnet-pytorch: the smallest of its networks, two training steps and its features.

In float64: normalising over the four values that a channel has in the last layers makes a thousandth
of float32's rounding.

needs: efficientnet-pytorch
tolerance: 1e-3
"""
import torch
from efficientnet_pytorch import EfficientNet

torch.manual_seed(0)
model = EfficientNet.from_name("efficientnet-b0", num_classes=4, image_size=32, drop_connect_rate=0.1, dropout_rate=0.1).double()
optimizer = torch.optim.SGD(model.parameters(), 1e-2)
x, y = torch.randn(4, 3, 32, 32, dtype=torch.float64), torch.tensor([0, 1, 2, 3])
for _ in range(2):
    loss = torch.nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
model.eval()
print(model.extract_features(x).shape, sum(p.numel() for p in model.parameters()))
