"""word2vec: skip-gram with negative sampling on a small made-up corpus."""

from collections import Counter

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(4)

# Sentences from a grammar: animals eat food, vehicles go places.
slots = [
    (["cat", "dog", "bird", "mouse"], ["eats", "likes"], ["bread", "seed", "cheese", "corn"]),
    (["car", "train", "bus", "ship"], ["reaches", "leaves"], ["town", "port", "station", "bridge"]),
]


def pick(words):
    return words[torch.randint(len(words), (1,)).item()]


sentences = []
for _ in range(150):
    subjects, verbs, objects = slots[torch.randint(2, (1,)).item()]
    sentences.append(["the", pick(subjects), pick(verbs), "the", pick(objects)])

counts = Counter(word for sentence in sentences for word in sentence)
vocab = [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
word_to_ix = {word: i for i, word in enumerate(vocab)}
print("vocabulary:", len(vocab), "most frequent:", vocab[:3])

window = 2
pairs = []
for sentence in sentences:
    ids = [word_to_ix[word] for word in sentence]
    for i, center in enumerate(ids):
        for j in range(max(0, i - window), min(len(ids), i + window + 1)):
            if j != i:
                pairs.append((center, ids[j]))
pairs = torch.tensor(pairs)
frequency = torch.tensor([counts[word] for word in vocab], dtype=torch.float)
noise = frequency.pow(0.75)
noise = noise / noise.sum()
keep = torch.clamp(torch.sqrt(0.05 / (frequency / frequency.sum())), max=1.0)
pairs = pairs[torch.rand(len(pairs)) < keep[pairs[:, 0]]]
print("pairs:", len(pairs))


class SkipGram(nn.Module):
    def __init__(self, vocab_size, embedding_dim):
        super().__init__()
        self.in_embed = nn.Embedding(vocab_size, embedding_dim)
        self.out_embed = nn.Embedding(vocab_size, embedding_dim)
        nn.init.uniform_(self.in_embed.weight, -0.5, 0.5)
        nn.init.uniform_(self.out_embed.weight, -0.5, 0.5)

    def forward(self, center, context, negatives):
        v = self.in_embed(center)                     # (B, D)
        u = self.out_embed(context)                   # (B, D)
        n = self.out_embed(negatives)                 # (B, K, D)
        positive = F.logsigmoid((v * u).sum(dim=1))
        negative = F.logsigmoid(-torch.bmm(n, v.unsqueeze(2)).squeeze(2)).sum(dim=1)
        return -(positive + negative).mean()


model = SkipGram(len(vocab), 12)
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.2)
batch_size, num_negatives = 128, 4

for epoch in range(1, 9):
    order = torch.randperm(len(pairs))
    total, batches = 0.0, 0
    for batch in pairs[order].split(batch_size):
        center, context = batch.unbind(dim=1)
        negatives = torch.multinomial(noise, len(batch) * num_negatives, replacement=True)
        loss = model(center, context, negatives.view(len(batch), num_negatives))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        batches += 1
    print(f"epoch {epoch}: loss {total / batches:.5f}")

embeddings = F.normalize(model.in_embed.weight.detach(), dim=1)
similarity = embeddings @ embeddings.T
for word in ("cat", "train", "bread", "leaves"):
    values, indices = similarity[word_to_ix[word]].topk(4)
    near = [f"{vocab[i]} {v:.4f}" for v, i in zip(values.tolist(), indices.tolist())]
    print(f"{word}: {', '.join(near[1:])}")

groups = {name: embeddings[[word_to_ix[word] for word in words]].mean(dim=0)
          for name, words in (("animals", slots[0][0]), ("vehicles", slots[1][0]))}
gap = torch.dist(groups["animals"], groups["vehicles"])
print(f"distance between animals and vehicles: {gap.item():.5f}")
