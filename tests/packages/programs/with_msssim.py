"""pytorch-msssim: structural similarity of images, made larger by gradients.

needs: pytorch-msssim
tolerance: 1e-3
"""
import torch
from pytorch_msssim import MS_SSIM, SSIM, ms_ssim, ssim

torch.manual_seed(0)
target, image = torch.rand(1, 1, 32, 32), torch.rand(1, 1, 32, 32, requires_grad=True)
measure = SSIM(data_range=1.0, channel=1, win_size=7)
optimizer = torch.optim.Adam([image], 5e-2)
for _ in range(6):
    loss = 1 - measure(image, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
print(ssim(image, target, data_range=1.0, nonnegative_ssim=True, size_average=False).tolist())
large = torch.rand(1, 3, 96, 96, requires_grad=True)
value = ms_ssim(large, large.detach().flip(-1), data_range=1.0, win_size=5, weights=[0.2, 0.3, 0.5])
value.backward()
print(value.item(), large.grad.norm().item(), MS_SSIM(data_range=1.0, win_size=5)(large, large).item())
