"""torchinfo: a summary of a network with its shapes, parameters and multiplications.

needs: torchinfo
"""
import torch
from torchinfo import summary

model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(),
                            torch.nn.Linear(8 * 15 * 15, 10))
found = summary(model, input_size=(2, 3, 32, 32), verbose=0, col_names=("input_size", "output_size", "num_params", "mult_adds"))
print(str(found))
print(found.total_params, found.trainable_params, found.total_mult_adds)
lstm = torch.nn.LSTM(4, 8, num_layers=2)
print(summary(lstm, input_data=torch.randn(5, 2, 4), verbose=0).total_params)
