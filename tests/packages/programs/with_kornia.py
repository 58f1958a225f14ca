"""kornia: filters, geometry and colours of images, differentiated; a homography fitted.

needs: kornia kornia-rs
tolerance: 1e-3
"""
import kornia as K
import torch

torch.manual_seed(0)
x = torch.rand(1, 3, 16, 16, requires_grad=True)
for name, f in (("blur", lambda x: K.filters.gaussian_blur2d(x, (5, 5), (1.5, 1.5))), ("sobel", K.filters.sobel),
                ("canny", lambda x: K.filters.canny(x)[0]), ("hsv", K.color.rgb_to_hsv), ("lab", K.color.rgb_to_lab),
                ("rotate", lambda x: K.geometry.rotate(x, torch.tensor([30.0]))), ("harris", K.feature.harris_response),
                ("resize", lambda x: K.geometry.resize(x, (9, 7))), ("median", lambda x: K.filters.median_blur(x, 3)),
                ("opening", lambda x: K.morphology.opening(x, torch.ones(3, 3))), ("equalize", lambda x: K.enhance.adjust_gamma(x, 2.0))):
    y = f(x)
    grad, = torch.autograd.grad(y.sum(), x)
    print(name, y.sum().item(), grad.norm().item())
points = torch.rand(1, 4, 2)
print(K.geometry.get_perspective_transform(points, points + 0.1 * torch.rand(1, 4, 2)).tolist())
angle = torch.tensor([0.1], requires_grad=True)
optimizer = torch.optim.Adam([angle], 1e-1)
target = K.geometry.rotate(x.detach(), torch.tensor([5.0]))
for _ in range(4):
    loss = (K.geometry.rotate(x.detach(), angle) - target).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), angle.item())
