"""Softmax regression on four blobs, with a scheduler, a confusion matrix and per-class scores."""

import torch
import torch.nn.functional as F
from torch import nn, optim

torch.manual_seed(1)

num_classes, num_features, per_class = 4, 8, 150
centers = 1.5 * torch.randn(num_classes, num_features)
X = torch.cat([center + torch.randn(per_class, num_features) for center in centers])
y = torch.arange(num_classes).repeat_interleave(per_class)

order = torch.randperm(len(X))
X, y = X[order], y[order]
split = int(0.8 * len(X))
X_train, y_train, X_test, y_test = X[:split], y[:split], X[split:], y[split:]

mean, std = X_train.mean(dim=0), X_train.std(dim=0)
X_train = (X_train - mean) / std
X_test = (X_test - mean) / std

model = nn.Linear(num_features, num_classes)
nn.init.xavier_uniform_(model.weight)
optimizer = optim.SGD(model.parameters(), lr=0.5, weight_decay=1e-3)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)

batch_size = 64
for epoch in range(1, 31):
    permutation = torch.randperm(split)
    epoch_loss, correct = 0.0, 0
    for indices in permutation.split(batch_size):
        logits = model(X_train[indices])
        loss = F.cross_entropy(logits, y_train[indices], label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item() * len(indices)
        correct += (logits.argmax(dim=1) == y_train[indices]).sum().item()
    scheduler.step()
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d}  loss {epoch_loss / split:.5f}  "
              f"accuracy {correct / split:.4f}  lr {scheduler.get_last_lr()[0]:.5f}")

model.eval()
with torch.no_grad():
    logits = model(X_test)
    probabilities = F.softmax(logits, dim=-1)
    log_loss = F.nll_loss(F.log_softmax(logits, dim=-1), y_test)
    predictions = probabilities.argmax(dim=-1)

print(f"test loss {log_loss:.5f}, accuracy {(predictions == y_test).float().mean():.4f}")

confusion = torch.zeros(num_classes, num_classes, dtype=torch.long)
for truth, prediction in zip(y_test, predictions):
    confusion[truth, prediction] += 1
print(confusion)

hits = confusion.diag().float()
precision = hits / confusion.sum(dim=0).clamp(min=1)
recall = hits / confusion.sum(dim=1).clamp(min=1)
for k in range(num_classes):
    print(f"class {k}: precision {precision[k]:.4f}, recall {recall[k]:.4f}")

top, index = probabilities.topk(2, dim=-1)
print("mean margin of the best over the second:", f"{(top[:, 0] - top[:, 1]).mean():.5f}")
entropy = torch.distributions.Categorical(logits=logits).entropy()
print("mean entropy:", f"{entropy.mean():.5f}", "largest:", f"{entropy.max():.5f}")
for name, parameter in model.named_parameters():
    print(name, tuple(parameter.shape), f"{parameter.norm().item():.5f}")
