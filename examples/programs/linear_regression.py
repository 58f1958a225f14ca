"""Linear regression with mini-batches from a DataLoader, checked against least squares."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(42)

true_w = torch.tensor([2.0, -3.4, 0.7, 1.1])
true_b = 4.2
X = torch.randn(1000, 4)
y = X @ true_w + true_b + 0.05 * torch.randn(1000)

dataset = TensorDataset(X, y.unsqueeze(1))
train_set, val_set = random_split(dataset, [800, 200])
train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
val_loader = DataLoader(val_set, batch_size=100)
print(f"{len(train_set)} training and {len(val_set)} validation samples, "
      f"{len(train_loader)} batches per epoch")


class LinearRegression(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        self.linear = nn.Linear(num_features, 1)
        nn.init.normal_(self.linear.weight, mean=0.0, std=0.01)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return self.linear(x)


@torch.no_grad()
def evaluate(model, loader, criterion):
    model.eval()
    total, count = 0.0, 0
    for inputs, targets in loader:
        total += criterion(model(inputs), targets).item() * len(inputs)
        count += len(inputs)
    model.train()
    return total / count


model = LinearRegression(X.shape[1])
print(model)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.03)

print(f"before: validation loss {evaluate(model, val_loader, criterion):.5f}")
for epoch in range(5):
    running_loss = 0.0
    for i, (inputs, targets) in enumerate(train_loader):
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        if i % 10 == 0:
            print(f"  batch {i:2d}: first target {targets[0].item():.4f}, loss {loss.item():.6f}")
    print(f"epoch {epoch + 1}: training loss {running_loss / len(train_loader):.6f}, "
          f"validation loss {evaluate(model, val_loader, criterion):.6f}")

w = model.linear.weight.data.reshape(-1)
print("estimated w:", [round(v, 4) for v in w.tolist()])
print("estimated b:", round(model.linear.bias.item(), 4))

# The closed form on the same training data.
A = torch.stack([torch.cat([inputs, torch.ones(1)]) for inputs, _ in train_set])
b = torch.stack([target for _, target in train_set])
solution = torch.linalg.solve(A.T @ A, A.T @ b)
print("normal equations:", [round(v, 4) for v in solution.flatten().tolist()])
