"""ptflops: multiplications and parameters of a network, counted by layers and by functions.

needs: ptflops
"""
import torch
from ptflops import get_model_complexity_info

model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU(),
                            torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten(), torch.nn.Linear(32, 4))
print(get_model_complexity_info(model, (3, 16, 16), backend="pytorch", as_strings=False, print_per_layer_stat=False))
print(get_model_complexity_info(model, (3, 16, 16), backend="pytorch", as_strings=True, print_per_layer_stat=False))
get_model_complexity_info(torch.nn.GRU(4, 6, batch_first=True), (5, 4), backend="pytorch", print_per_layer_stat=True)
