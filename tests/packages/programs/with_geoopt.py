"""geoopt: optimisation on the sphere, Stiefel matrices and the Poincaré ball.

needs: geoopt
tolerance: 1e-3
"""
import geoopt
import torch

torch.manual_seed(0)
matrix = torch.randn(4, 4)
matrix = matrix @ matrix.T
point = geoopt.ManifoldParameter(torch.randn(4), manifold=geoopt.Sphere())
with torch.no_grad():
    point.proj_()
optimizer = geoopt.optim.RiemannianAdam([point], lr=0.1)
for _ in range(6):
    loss = -(point @ matrix @ point)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), point.norm().item())
stiefel = geoopt.Stiefel()
frame = geoopt.ManifoldParameter(stiefel.random_naive(4, 2), manifold=stiefel)
optimizer = geoopt.optim.RiemannianSGD([frame], lr=0.02, momentum=0.5)
for _ in range(5):
    loss = -(frame.T @ matrix @ frame).trace()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
ball = geoopt.PoincareBall(c=1.0)
a, b = ball.expmap0(torch.randn(3, 2) * 0.3), ball.expmap0(torch.randn(3, 2) * 0.3)
print(type(frame).__name__, ball.dist(a, b).tolist(), ball.mobius_add(a, b).tolist())
