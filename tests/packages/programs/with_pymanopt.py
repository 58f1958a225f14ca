"""pymanopt: an eigenvector found on the sphere, a subspace on Stiefel matrices, with torch's gradients.

needs: pymanopt
tolerance: 1e-3
"""
import numpy as np
import pymanopt
import torch

rng = np.random.default_rng(0)
np.random.seed(0)
matrix = rng.normal(size=(5, 5))
matrix = torch.from_numpy(matrix + matrix.T)
sphere = pymanopt.manifolds.Sphere(5)


@pymanopt.function.pytorch(sphere)
def cost(x):
    return -(x @ matrix @ x)


for optimizer in (pymanopt.optimizers.ConjugateGradient(verbosity=0), pymanopt.optimizers.TrustRegions(verbosity=0)):
    found = optimizer.run(pymanopt.Problem(sphere, cost), initial_point=np.ones(5) / 5 ** 0.5)
    print(type(optimizer).__name__, found.cost, np.abs(found.point).tolist())
print(np.linalg.eigvalsh(matrix.numpy())[-1])
