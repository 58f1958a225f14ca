"""piq: losses of the quality of images, and their gradients.

needs: piq torchvision
tolerance: 1e-3
"""
import piq
import torch

torch.manual_seed(0)
target, image = torch.rand(1, 3, 48, 48), torch.rand(1, 3, 48, 48).requires_grad_()
for name, measure in (("ssim", lambda a, b: piq.ssim(a, b, data_range=1.0)), ("psnr", piq.psnr), ("tv", lambda a, b: piq.total_variation(a)),
                      ("gmsd", piq.gmsd), ("mdsi", piq.mdsi), ("haarpsi", piq.haarpsi), ("vif", piq.vif_p), ("fsim", piq.fsim),
                      ("vsi", piq.vsi), ("srsim", piq.srsim), ("dss", piq.dss), ("multi-scale gmsd", piq.multi_scale_gmsd)):
    value = measure(image, target)
    grad, = torch.autograd.grad(value.sum(), image)
    print(name, value.mean().item(), grad.norm().item())
loss = piq.SSIMLoss(kernel_size=7, data_range=1.0)
optimizer = torch.optim.Adam([image], 1e-2)
for _ in range(3):
    value = loss(image.clamp(0, 1), target)
    optimizer.zero_grad()
    value.backward()
    optimizer.step()
    print(value.item())
