"""torch-geometric: graph convolutions and attention trained on a batch of small graphs.

needs: torch-geometric xxhash aiohttp
tolerance: 1e-3
"""
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GATConv, GCNConv, GINConv, SAGEConv, global_add_pool, global_mean_pool
from torch_geometric.utils import add_self_loops, degree, to_dense_adj

torch.manual_seed(0)
graphs = [Data(x=torch.randn(n, 4), edge_index=torch.tensor([[*range(n)], [*range(1, n), 0]]), y=torch.tensor([n % 2])) for n in (4, 5, 6, 3)]


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList([GCNConv(4, 8), SAGEConv(8, 8), GATConv(8, 4, heads=2),
                                           GINConv(torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU()))])
        self.head = torch.nn.Linear(16, 2)

    def forward(self, data):
        x = data.x
        for layer in self.layers:
            x = layer(x, data.edge_index).relu()
        return self.head(torch.cat([global_mean_pool(x, data.batch), global_add_pool(x, data.batch)], 1))


model = Net()
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
for _ in range(2):
    for data in DataLoader(graphs, batch_size=2):
        loss = torch.nn.functional.cross_entropy(model(data), data.y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item())
batch = Batch.from_data_list(graphs)
print(degree(batch.edge_index[0]).tolist(), add_self_loops(batch.edge_index)[0].shape, to_dense_adj(graphs[0].edge_index).sum().item())
