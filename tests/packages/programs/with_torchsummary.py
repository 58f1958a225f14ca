"""torchsummary: a table of a network's layers, shapes and parameters.

needs: torchsummary
"""
import torch
from torchsummary import summary

model = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
                            torch.nn.Flatten(), torch.nn.Linear(4 * 13 * 13, 10))
summary(model, (1, 28, 28), device="cpu")
