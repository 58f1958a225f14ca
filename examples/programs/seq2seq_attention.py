"""Sequence to sequence with additive attention: learns to write digits backwards.

The decoder is a GRU cell that looks at the encoder's states; it is fed the right token at some of
its steps (teacher forcing) and its own guess at the others.
"""

import random

import torch
import torch.nn as nn
import torch.nn.functional as F

random.seed(0)
torch.manual_seed(0)

SOS, EOS, FIRST = 0, 1, 2
NUM_DIGITS, LENGTH = 6, 5
VOCAB = FIRST + NUM_DIGITS


def make_batch(n):
    source = torch.randint(FIRST, VOCAB, (n, LENGTH))
    target = torch.cat([source.flip(1), torch.full((n, 1), EOS)], dim=1)
    return source, target


class Encoder(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, hidden)
        self.gru = nn.GRU(hidden, hidden, batch_first=True)

    def forward(self, source):
        return self.gru(self.embedding(source))


class BahdanauAttention(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.Wa = nn.Linear(hidden, hidden, bias=False)
        self.Ua = nn.Linear(hidden, hidden, bias=False)
        self.Va = nn.Linear(hidden, 1, bias=False)

    def forward(self, query, keys):
        scores = self.Va(torch.tanh(self.Wa(query).unsqueeze(1) + self.Ua(keys)))
        weights = F.softmax(scores.squeeze(2), dim=-1)
        context = torch.bmm(weights.unsqueeze(1), keys).squeeze(1)
        return context, weights


class Decoder(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, hidden)
        self.attention = BahdanauAttention(hidden)
        self.cell = nn.GRUCell(2 * hidden, hidden)
        self.out = nn.Linear(hidden, VOCAB)

    def forward(self, encoder_outputs, encoder_hidden, steps, target=None):
        batch = encoder_outputs.size(0)
        token = torch.full((batch,), SOS, dtype=torch.long)
        hidden = encoder_hidden.squeeze(0)
        outputs, attentions = [], []
        for t in range(steps):
            context, weights = self.attention(hidden, encoder_outputs)
            step_input = torch.cat([self.embedding(token), context], dim=1)
            hidden = self.cell(step_input, hidden)
            logits = self.out(hidden)
            outputs.append(logits)
            attentions.append(weights)
            if target is not None and random.random() < 0.8:
                token = target[:, t]
            else:
                token = logits.topk(1).indices.squeeze(-1).detach()
        return torch.stack(outputs, dim=1), torch.stack(attentions, dim=1)


hidden = 32
encoder, decoder = Encoder(hidden), Decoder(hidden)
encoder_optimizer = torch.optim.Adam(encoder.parameters(), lr=8e-3)
decoder_optimizer = torch.optim.Adam(decoder.parameters(), lr=8e-3)
criterion = nn.NLLLoss()

plot_losses, plot_loss_total = [], 0.0
for iteration in range(1, 121):
    source, target = make_batch(32)
    encoder_optimizer.zero_grad()
    decoder_optimizer.zero_grad()
    encoder_outputs, encoder_hidden = encoder(source)
    logits, _ = decoder(encoder_outputs, encoder_hidden, LENGTH + 1, target)
    loss = criterion(F.log_softmax(logits, dim=-1).view(-1, VOCAB), target.view(-1))
    loss.backward()
    encoder_optimizer.step()
    decoder_optimizer.step()
    plot_loss_total += loss.item()
    if iteration % 20 == 0:
        plot_losses.append(plot_loss_total / 20)
        plot_loss_total = 0.0
        print(f"iteration {iteration:3d}: loss {plot_losses[-1]:.5f}")

encoder.eval()
decoder.eval()
with torch.no_grad():
    source, target = make_batch(100)
    logits, attention = decoder(*encoder(source), LENGTH + 1)
    guesses = logits.argmax(-1)
    print("right tokens:", f"{(guesses == target).float().mean():.4f}",
          "right sequences:", f"{(guesses == target).all(dim=1).float().mean():.4f}")
    for i in range(3):
        print(source[i].tolist(), "->", guesses[i].tolist())
    print("attention of the first example:")
    for row in attention[0]:
        print("  " + " ".join(f"{w:.3f}" for w in row))
