"""Trains a perceptron of two layers on synthetic data, with SGD written out by hand."""

import torch

torch.manual_seed(0)

n_samples, n_inputs, n_hidden = 256, 4, 32

# The data: a smooth function of the inputs, and a little noise.
X = torch.randn(n_samples, n_inputs)
y = torch.sin(X[:, 0]) + 0.5 * X[:, 1] * X[:, 2] + 0.1 * torch.randn(n_samples)

W1 = (torch.randn(n_inputs, n_hidden) / n_inputs ** 0.5).requires_grad_()
b1 = torch.zeros(n_hidden, requires_grad=True)
W2 = (torch.randn(n_hidden, 1) / n_hidden ** 0.5).requires_grad_()
b2 = torch.zeros(1, requires_grad=True)
parameters = [W1, b1, W2, b2]


def model(inputs):
    hidden = torch.tanh(inputs @ W1 + b1)
    return (hidden @ W2 + b2).squeeze(1)


learning_rate = 0.1
batch_size = 64
for epoch in range(1, 101):
    total = 0.0
    for start in range(0, n_samples, batch_size):
        inputs, targets = X[start:start + batch_size], y[start:start + batch_size]
        loss = ((model(inputs) - targets) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter -= learning_rate * parameter.grad
                parameter.grad.zero_()
        total += loss.item() * len(inputs)
    if epoch % 10 == 0:
        print(f"epoch {epoch:3d}  loss {total / n_samples:.6f}")

with torch.no_grad():
    residual = model(X) - y
    print("R²", (1 - residual.var() / y.var()).item())
for parameter in parameters:
    print(tuple(parameter.shape), parameter.norm().item())
