"""Graph convolution on a graph of communities: messages along edges, gathered by index_add."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(12345)

NUM_NODES, NUM_CLASSES, NUM_FEATURES = 120, 3, 8


def make_graph():
    """Nodes of three communities; edges are likelier within one."""
    labels = torch.arange(NUM_NODES) % NUM_CLASSES
    same = labels.unsqueeze(0) == labels.unsqueeze(1)
    probability = torch.where(same, 0.12, 0.015)
    adjacency = torch.triu(torch.rand(NUM_NODES, NUM_NODES) < probability, diagonal=1)
    source, target = adjacency.nonzero(as_tuple=True)
    edge_index = torch.stack([torch.cat([source, target]), torch.cat([target, source])])
    features = torch.randn(NUM_NODES, NUM_FEATURES) + 0.5 * F.one_hot(labels, NUM_FEATURES)
    return features, edge_index, labels


class GCNConv(nn.Module):
    """D^-1/2 (A + I) D^-1/2 X W, edge by edge."""

    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.lin = nn.Linear(in_channels, out_channels, bias=False)
        self.bias = nn.Parameter(torch.empty(out_channels))
        self.reset_parameters()

    def reset_parameters(self):
        self.lin.reset_parameters()
        self.bias.data.zero_()

    def forward(self, x, edge_index):
        n = x.size(0)
        loops = torch.arange(n).expand(2, n)
        row, col = torch.cat([edge_index, loops], dim=1)
        degree = torch.zeros(n).scatter_add_(0, col, torch.ones(col.numel()))
        norm = degree.rsqrt()
        messages = self.lin(x)[row] * (norm[row] * norm[col]).unsqueeze(1)
        out = torch.zeros(n, messages.size(1)).index_add(0, col, messages)
        return out + self.bias

    def extra_repr(self):
        return f"{self.lin.in_features}, {self.lin.out_features}"


class GCN(nn.Module):
    def __init__(self, hidden_channels=16):
        super().__init__()
        self.conv1 = GCNConv(NUM_FEATURES, hidden_channels)
        self.conv2 = GCNConv(hidden_channels, NUM_CLASSES)

    def forward(self, x, edge_index):
        x = self.conv1(x, edge_index).relu()
        x = F.dropout(x, p=0.5, training=self.training)
        return self.conv2(x, edge_index)


x, edge_index, labels = make_graph()
order = torch.randperm(NUM_NODES)
train_mask = torch.zeros(NUM_NODES, dtype=torch.bool)
train_mask[order[:30]] = True
test_mask = ~train_mask
print(f"{NUM_NODES} nodes, {edge_index.size(1) // 2} edges, {train_mask.sum()} labelled")
print("degrees:", torch.bincount(edge_index[1], minlength=NUM_NODES).float().mean().item())

model = GCN()
print(model)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=5e-4)
criterion = nn.CrossEntropyLoss()


def train():
    model.train()
    optimizer.zero_grad()
    out = model(x, edge_index)
    loss = criterion(out[train_mask], labels[train_mask])
    loss.backward()
    optimizer.step()
    return loss


def test():
    model.eval()
    with torch.no_grad():
        pred = model(x, edge_index).argmax(dim=1)
    return [(pred[mask] == labels[mask]).sum().item() / mask.sum().item()
            for mask in (train_mask, test_mask)]


for epoch in range(1, 61):
    loss = train()
    if epoch % 10 == 0:
        train_acc, test_acc = test()
        print(f"Epoch: {epoch:02d}, Loss: {loss:.5f}, Train: {train_acc:.4f}, "
              f"Test: {test_acc:.4f}")

with torch.no_grad():
    hidden = model.conv1(x, edge_index).relu()
    means = torch.zeros(NUM_CLASSES, hidden.size(1)).index_add_(0, labels, hidden)
    means /= torch.bincount(labels).unsqueeze(1)
print("norms of the classes' means:", " ".join(f"{v:.5f}" for v in means.norm(dim=1).tolist()))
