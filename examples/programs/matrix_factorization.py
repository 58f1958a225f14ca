"""Recommends by matrix factorisation: embeddings of users and items, with biases."""

import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, Subset

torch.manual_seed(2024)

n_users, n_items, n_ratings, rank = 60, 40, 1500, 3


class Ratings(Dataset):
    """Ratings from 1 to 5 that follow hidden tastes."""

    def __init__(self):
        tastes = torch.randn(n_users, rank)
        traits = torch.randn(n_items, rank)
        scores = 3.0 + 0.8 * tastes @ traits.t() / rank ** 0.5 + 0.4 * torch.randn(n_items)
        pairs = torch.randperm(n_users * n_items)[:n_ratings]
        self.users = torch.div(pairs, n_items, rounding_mode="floor")
        self.items = pairs % n_items
        noise = 0.2 * torch.randn(n_ratings)
        self.ratings = (scores[self.users, self.items] + noise).round().clamp(1, 5)

    def __len__(self):
        return n_ratings

    def __getitem__(self, i):
        return {"user": self.users[i], "item": self.items[i], "rating": self.ratings[i]}


class MatrixFactorization(nn.Module):
    def __init__(self, n_factors=6):
        super().__init__()
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)
        self.user_bias = nn.Embedding(n_users, 1)
        self.item_bias = nn.Embedding(n_items, 1)
        self.mean = nn.Parameter(torch.tensor(3.0))
        for embedding in (self.user_factors, self.item_factors):
            nn.init.normal_(embedding.weight, std=0.1)
        for embedding in (self.user_bias, self.item_bias):
            nn.init.zeros_(embedding.weight)

    def forward(self, user, item):
        dot = (self.user_factors(user) * self.item_factors(item)).sum(dim=1)
        return self.mean + dot + self.user_bias(user).squeeze(1) + self.item_bias(item).squeeze(1)


ratings = Ratings()
train_set = Subset(ratings, range(1200))
test_set = Subset(ratings, range(1200, n_ratings))
sampler = BatchSampler(RandomSampler(train_set), batch_size=60, drop_last=False)
train_loader = DataLoader(train_set, batch_sampler=sampler)
test_loader = DataLoader(test_set, batch_size=len(test_set))
print("ratings:", torch.bincount(ratings.ratings.long(), minlength=6).tolist())

model = MatrixFactorization()
optimizer = torch.optim.Adam([
    {"params": [*model.user_factors.parameters(), *model.item_factors.parameters()],
     "weight_decay": 1e-3},
    {"params": [*model.user_bias.parameters(), *model.item_bias.parameters(), model.mean]},
], lr=0.02)
criterion = nn.MSELoss()

for epoch in range(1, 9):
    model.train()
    squared_error = 0.0
    for batch in train_loader:
        prediction = model(batch["user"], batch["item"])
        loss = criterion(prediction, batch["rating"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        squared_error += loss.item() * len(prediction)
    model.eval()
    with torch.no_grad():
        batch = next(iter(test_loader))
        prediction = model(batch["user"], batch["item"]).clamp(1, 5)
        rmse = criterion(prediction, batch["rating"]).sqrt()
        mae = nn.functional.l1_loss(prediction, batch["rating"])
    if epoch % 2 == 0:
        print(f"epoch {epoch}: train rmse {(squared_error / len(train_set)) ** 0.5:.5f}, "
              f"test rmse {rmse:.5f}, mae {mae:.5f}")

with torch.no_grad():
    print(f"mean {model.mean.item():.5f}")
    user = torch.tensor(7)
    scores = model(user.expand(n_items), torch.arange(n_items))
    seen = ratings.items[:1200][ratings.users[:1200] == user]
    scores[seen] = -torch.inf
    best = scores.topk(4)
    print("for user 7:", best.indices.tolist(), [f"{v:.4f}" for v in best.values.tolist()])
    similar = nn.functional.cosine_similarity(
        model.item_factors.weight[0:1], model.item_factors.weight)
    values, indices = similar.sort(descending=True)
    print("like item 0:", indices[1:4].tolist(), [f"{v:.4f}" for v in values[1:4].tolist()])
