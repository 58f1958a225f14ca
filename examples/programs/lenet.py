"""LeNet on synthetic images of shapes, in the manner of the MNIST script that everybody has."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return F.log_softmax(self.fc3(x), dim=1)


def make_images(n):
    """Squares, disks, crosses and stripes at random places, under noise."""
    rows, columns = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    images, labels = torch.empty(n, 1, 28, 28), torch.randint(0, 4, (n,))
    for i in range(n):
        cy, cx = (8 + 12 * torch.rand(2)).tolist()
        dy, dx = rows - cy, columns - cx
        kind = labels[i].item()
        if kind == 0:
            image = ((dy.abs() < 5) & (dx.abs() < 5)).float()
        elif kind == 1:
            image = (dy ** 2 + dx ** 2 < 30).float()
        elif kind == 2:
            image = ((dy.abs() < 2) | (dx.abs() < 2)).float()
        else:
            image = ((dy + dx) % 6 < 3).float()
        images[i, 0] = image
    images += 0.3 * torch.randn_like(images)
    return (images - images.mean()) / images.std(), labels


def train(args, model, loader, optimizer, epoch):
    model.train()
    for batch_idx, (data, target) in enumerate(loader):
        optimizer.zero_grad()
        output = model(data)
        loss = F.nll_loss(output, target)
        loss.backward()
        optimizer.step()
        if batch_idx % args.log_interval == 0:
            print(f"Train Epoch: {epoch} [{batch_idx * len(data)}/{len(loader.dataset)} "
                  f"({100.0 * batch_idx / len(loader):.0f}%)]	Loss: {loss.item():.6f}")


def test(model, loader):
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for data, target in loader:
            output = model(data)
            test_loss += F.nll_loss(output, target, reduction="sum").item()
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(target.view_as(pred)).sum().item()
    test_loss /= len(loader.dataset)
    print(f"Test set: average loss {test_loss:.4f}, "
          f"accuracy {correct}/{len(loader.dataset)}")


def main():
    parser = argparse.ArgumentParser(description="LeNet on shapes")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=0.03)
    parser.add_argument("--gamma", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-interval", type=int, default=4)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader = DataLoader(TensorDataset(*make_images(480)), batch_size=args.batch_size,
                              shuffle=True)
    test_loader = DataLoader(TensorDataset(*make_images(128)), batch_size=64)

    model = LeNet().to(device)
    optimizer = optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    scheduler = StepLR(optimizer, step_size=1, gamma=args.gamma)
    for epoch in range(1, args.epochs + 1):
        train(args, model, train_loader, optimizer, epoch)
        test(model, test_loader)
        scheduler.step()
    for name, parameter in model.named_parameters():
        print(f"{name:14s} {parameter.detach().norm():.5f}")


if __name__ == "__main__":
    main()
