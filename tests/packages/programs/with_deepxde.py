"""deepxde: a differential equation solved by a network, Adam and then L-BFGS.

needs: deepxde
tolerance: 1e-2
"""
import os

os.environ["DDE_BACKEND"] = "pytorch"
import deepxde as dde
import numpy as np
import torch

dde.config.set_random_seed(0)


def residual(x, y):
    return dde.grad.hessian(y, x) + np.pi ** 2 * torch.sin(np.pi * x)


line = dde.geometry.Interval(-1, 1)
data = dde.data.PDE(line, residual, dde.icbc.DirichletBC(line, lambda x: 0, lambda _, on: on), 16, 2,
                    train_distribution="uniform", solution=lambda x: np.sin(np.pi * x), num_test=20)
model = dde.Model(data, dde.nn.FNN([1] + [10] * 2 + [1], "tanh", "Glorot uniform"))
model.compile("adam", lr=1e-3, metrics=["l2 relative error"], verbose=0)
history, _ = model.train(iterations=30, display_every=10, verbose=0)
print(np.array(history.loss_train).tolist())
print(model.predict(np.array([[0.0], [0.5]])).shape)
