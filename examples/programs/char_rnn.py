"""A recurrent network of characters: trained on a few verses, then it continues a prompt."""

import torch
from torch import nn

text = """the rain goes over the hill and the hill goes under the rain
the wind goes over the sea and the sea goes under the wind
the sun goes over the field and the field goes under the sun
""" * 3

chars = sorted(set(text))
stoi = {ch: i for i, ch in enumerate(chars)}
itos = {i: ch for ch, i in stoi.items()}
data = torch.tensor([stoi[ch] for ch in text])
print(f"{len(data)} characters, {len(chars)} of them different")


class CharRNN(nn.Module):
    def __init__(self, vocab_size, embedding_dim, hidden_size, num_layers=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.rnn = nn.RNN(embedding_dim, hidden_size, num_layers, batch_first=True, dropout=0.1)
        self.head = nn.Linear(hidden_size, vocab_size)

    def forward(self, x, hidden=None):
        out, hidden = self.rnn(self.embedding(x), hidden)
        return self.head(out), hidden


def batches(data, batch_size, seq_len):
    """Contiguous streams, so that the hidden state can be carried on."""
    length = (len(data) - 1) // batch_size
    inputs = data[:batch_size * length].view(batch_size, length)
    targets = data[1:batch_size * length + 1].view(batch_size, length)
    for start in range(0, length - seq_len + 1, seq_len):
        yield inputs[:, start:start + seq_len], targets[:, start:start + seq_len]


@torch.no_grad()
def generate(model, prompt, length, temperature=None):
    model.eval()
    hidden, result = None, prompt
    x = torch.tensor([[stoi[ch] for ch in prompt]])
    for _ in range(length):
        logits, hidden = model(x, hidden)
        logits = logits[0, -1]
        if temperature is None:
            index = logits.argmax()
        else:
            probabilities = torch.softmax(logits / temperature, dim=-1)
            index = torch.multinomial(probabilities, num_samples=1)
        result += itos[index.item()]
        x = index.view(1, 1)
    model.train()
    return result


torch.manual_seed(1337)
model = CharRNN(len(chars), embedding_dim=16, hidden_size=48)
print(model)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

for epoch in range(1, 21):
    hidden, total, count = None, 0.0, 0
    for x, y in batches(data, batch_size=4, seq_len=20):
        if hidden is not None:
            hidden = hidden.detach()
        logits, hidden = model(x, hidden)
        loss = criterion(logits.reshape(-1, len(chars)), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
        count += 1
    if epoch % 4 == 0:
        print(f"epoch {epoch:2d}  loss {total / count:.5f}  perplexity "
              f"{torch.tensor(total / count).exp().item():.4f}  gradient norm {norm:.4f}")

print("likely:", generate(model, "the rain ", 60))
print("sampled:", generate(model, "the s", 40, temperature=0.5))
print("hidden norms:", " ".join(f"{h.norm():.4f}" for h in hidden))
