"""Logistic regression: two clouds of points, with minibatches drawn anew in every epoch."""

import torch
import torch.nn.functional as F

torch.manual_seed(0)

n_per_class, n_features = 250, 3

# The data: two overlapping clouds around two centres.
X = torch.cat([
    torch.randn(n_per_class, n_features) + torch.tensor([1.0, -0.5, 2.0]),
    torch.randn(n_per_class, n_features) - torch.tensor([1.0, -0.5, -1.0]),
])
y = torch.cat([torch.ones(n_per_class), torch.zeros(n_per_class)])

w = torch.zeros(n_features, requires_grad=True)
b = torch.zeros((), requires_grad=True)

learning_rate = 0.1
batch_size = 50
for epoch in range(1, 21):
    total = 0.0
    for batch in torch.randperm(len(X)).split(batch_size):
        logits = X[batch] @ w + b
        loss = F.binary_cross_entropy_with_logits(logits, y[batch])
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
            b -= learning_rate * b.grad
        w.grad = None
        b.grad = None
        total += loss.item() * len(batch)
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d}  loss {total / len(X):.6f}")

with torch.no_grad():
    probability = torch.sigmoid(X @ w + b)
    correct = (probability > 0.5) == (y == 1)
print("weights", w)
print("bias", b.item())
print("accuracy", correct.float().mean().item())
