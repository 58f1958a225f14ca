"""deepxde: a differential equation solved by a network, Adam and then L-BFGS.

The interval is not symmetric about 0: there the gradient of the biases would be 0, what is computed
of it rounding, and Adam would make steps of that.

needs: deepxde
"""
import os

os.environ["DDE_BACKEND"] = "pytorch"
import deepxde as dde
import numpy as np
import torch

dde.config.set_random_seed(0)
dde.config.set_default_float("float64")


def residual(x, y):
    return dde.grad.hessian(y, x) + np.pi ** 2 * torch.sin(np.pi * x)


line = dde.geometry.Interval(-1, 2)
data = dde.data.PDE(line, residual, dde.icbc.DirichletBC(line, lambda x: 0, lambda _, on: on), 16, 2,
                    train_distribution="uniform", solution=lambda x: np.sin(np.pi * x), num_test=20)
model = dde.Model(data, dde.nn.FNN([1] + [10] * 2 + [1], "tanh", "Glorot uniform"))
model.compile("adam", lr=1e-3, metrics=["l2 relative error"], verbose=0)
history, _ = model.train(iterations=30, display_every=10, verbose=0)
print(np.array(history.loss_train).tolist())
print(model.predict(np.array([[0.0], [0.5]])).shape)
dde.optimizers.set_LBFGS_options(maxiter=200)
model.compile("L-BFGS", verbose=0)
history, _ = model.train(display_every=10, verbose=0)
print(np.array(history.loss_train)[-1].sum() < 1e-5)
