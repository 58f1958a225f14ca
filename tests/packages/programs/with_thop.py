"""thop: operations and parameters of networks counted, with a rule of one's own.

needs: thop
"""
import torch
from thop import clever_format, profile


class Scaled(torch.nn.Module):
    def forward(self, x):
        return x * 2


def count(layer, x, y):
    layer.total_ops += y.numel()


model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), Scaled(),
                            torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(8, 4))
rule = {Scaled: count}
operations, parameters = profile(model, inputs=(torch.randn(1, 3, 16, 16),), custom_ops=rule, verbose=False)
print(operations, parameters, clever_format([operations, parameters], "%.2f"))
print(profile(torch.nn.LSTM(4, 6), inputs=(torch.randn(5, 2, 4),), verbose=False))
