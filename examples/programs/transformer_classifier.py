"""An encoder of the library's own transformer layers classifies sequences, padding masked."""

import math

import torch
import torch.nn as nn

torch.manual_seed(6)

PAD, VOCAB, MAX_LEN = 0, 10, 10


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, dropout=0.1, max_len=50):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(1, max_len, d_model)
        pe[0, :, 0::2] = torch.sin(position * div_term)
        pe[0, :, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe, persistent=False)

    def forward(self, x):
        return self.dropout(x + self.pe[:, :x.size(1)])


class Classifier(nn.Module):
    def __init__(self, d_model=32, nhead=4, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, d_model, padding_idx=PAD)
        self.positions = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward=64, dropout=0.1,
                                           activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, norm=nn.LayerNorm(d_model),
                                             enable_nested_tensor=False)
        self.query = nn.Parameter(torch.randn(1, 1, d_model))
        self.pool = nn.MultiheadAttention(d_model, 2, batch_first=True)
        self.head = nn.Linear(d_model, 2)

    def forward(self, tokens):
        padding = tokens == PAD
        x = self.positions(self.embedding(tokens) * math.sqrt(self.embedding.embedding_dim))
        x = self.encoder(x, src_key_padding_mask=padding)
        query = self.query.expand(len(tokens), -1, -1)
        pooled, weights = self.pool(query, x, x, key_padding_mask=padding)
        return self.head(pooled.squeeze(1)), weights.squeeze(1)


def make_batch(n):
    """Sequences of 3 to 10 tokens; class 1 has more high tokens than low ones."""
    lengths = torch.randint(3, MAX_LEN + 1, (n,))
    tokens = torch.randint(1, VOCAB, (n, MAX_LEN))
    tokens[torch.arange(MAX_LEN) >= lengths.unsqueeze(1)] = PAD
    high, low = (tokens > 5).sum(dim=1), ((tokens > 0) & (tokens < 5)).sum(dim=1)
    return tokens, (high > low).long()


model = Classifier()
print(model.encoder.layers[0])
print("parameters:", sum(p.numel() for p in model.parameters()))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-6)
scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [
    torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=10),
    torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50),
], milestones=[10])

model.train()
for step in range(1, 61):
    tokens, labels = make_batch(32)
    logits, _ = model(tokens)
    loss = criterion(logits, labels)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 10 == 0:
        accuracy = (logits.argmax(1) == labels).float().mean()
        print(f"step {step}: loss {loss.item():.5f}, accuracy {accuracy.item():.4f}, "
              f"lr {scheduler.get_last_lr()[0]:.7f}")
    scheduler.step()

model.train(False)
tokens, labels = make_batch(200)
with torch.no_grad():
    logits, weights = model(tokens)
    print(f"test: loss {criterion(logits, labels).item():.5f}, "
          f"accuracy {(logits.argmax(1) == labels).float().mean().item():.4f}")
    for i in range(2):
        print(tokens[i].tolist(), [round(w, 4) for w in weights[i].tolist()])
    print("attention on padding:", weights[tokens == PAD].sum().item())
    short = tokens[:1, :(tokens[0] != PAD).sum()]
    assert torch.allclose(model(short)[0], logits[:1], atol=1e-5)
