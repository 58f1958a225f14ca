"""A perceptron with batch norm and dropout, trained with early stopping on a validation set."""

import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Spirals(Dataset):
    """Three arms of a spiral in the plane, with noise."""

    def __init__(self, per_class, noise, generator):
        points, labels = [], []
        for label in range(3):
            r = torch.linspace(0.1, 1.0, per_class)
            angle = 4.0 * r + label * 2.0944
            angle = angle + noise * torch.randn(per_class, generator=generator)
            points.append(torch.stack([r * torch.sin(angle), r * torch.cos(angle)], dim=1))
            labels.append(torch.full((per_class,), label, dtype=torch.int64))
        self.points = torch.cat(points)
        self.labels = torch.cat(labels)

    def __len__(self):
        return len(self.points)

    def __getitem__(self, index):
        return self.points[index], self.labels[index]


class Net(nn.Module):
    def __init__(self, hidden=64, dropout=0.2):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, 3),
        )

    def forward(self, x):
        return self.layers(x)


def evaluate(model, loader, criterion):
    model.eval()
    loss, correct, count = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x)
            loss += criterion(out, y).item() * y.size(0)
            correct += out.argmax(1).eq(y).sum().item()
            count += y.size(0)
    return loss / count, correct / count


def main():
    torch.manual_seed(7)
    generator = torch.Generator().manual_seed(123)
    train_loader = DataLoader(Spirals(100, 0.2, generator), batch_size=32, shuffle=True,
                              drop_last=True)
    val_loader = DataLoader(Spirals(50, 0.2, generator), batch_size=150)

    model = Net()
    print(model)
    print("parameters:", sum(p.numel() for p in model.parameters() if p.requires_grad))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

    best_loss, best_state, patience, waited = float("inf"), None, 4, 0
    for epoch in range(1, 16):
        model.train()
        total = 0.0
        for x, y in train_loader:
            optimizer.zero_grad(set_to_none=True)
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        val_loss, val_accuracy = evaluate(model, val_loader, criterion)
        print(f"epoch {epoch:2d} | train {total / len(train_loader):.5f} | "
              f"val {val_loss:.5f} | accuracy {val_accuracy:.3f}")
        if val_loss < best_loss:
            best_loss, waited = val_loss, 0
            best_state = copy.deepcopy(model.state_dict())
        else:
            waited += 1
            if waited == patience:
                print("stopped early")
                break

    model.load_state_dict(best_state)
    val_loss, val_accuracy = evaluate(model, val_loader, criterion)
    print(f"best: loss {val_loss:.5f}, accuracy {val_accuracy:.3f}")
    norm = model.layers[1]
    print("batches seen by the norm:", norm.num_batches_tracked.item())
    print(f"running mean {norm.running_mean.norm():.5f}, var {norm.running_var.mean():.5f}")


if __name__ == "__main__":
    main()
