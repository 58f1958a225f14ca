"""Tells languages of made-up names apart with a GRU, names sorted by length and packed."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_sequence, unpack_sequence

torch.manual_seed(5)

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
SYLLABLES = {
    "Amaric": ["ma", "ra", "li", "na", "so", "ta"],
    "Borgish": ["grok", "bard", "urg", "dorn", "tro", "kag"],
    "Cieline": ["eau", "elle", "ieu", "oise", "ain", "lle"],
}
languages = list(SYLLABLES)


def make_name(language):
    syllables = SYLLABLES[language]
    count = torch.randint(1, 4, ()).item()
    picks = torch.randint(len(syllables), (count,))
    name = list("".join(syllables[i] for i in picks))
    if torch.rand(()) < 0.5:   # a misprint
        name[torch.randint(len(name), ()).item()] = ALPHABET[torch.randint(26, ()).item()]
    return "".join(name)


def to_tensor(name):
    return torch.tensor([ALPHABET.index(ch) for ch in name])


data = [(make_name(language), k) for k, language in enumerate(languages) for _ in range(80)]
order = torch.randperm(len(data)).tolist()
train_data, test_data = [data[i] for i in order[:180]], [data[i] for i in order[180:]]
print("some names:", ", ".join(f"{name} ({languages[k]})" for name, k in train_data[:4]))


class GRUClassifier(nn.Module):
    def __init__(self, hidden_size=32, num_layers=2):
        super().__init__()
        self.gru = nn.GRU(len(ALPHABET), hidden_size, num_layers)
        self.out = nn.Linear(hidden_size, len(languages))
        for name, parameter in self.gru.named_parameters():
            if name.startswith("weight_hh"):
                nn.init.orthogonal_(parameter)

    def forward(self, names):
        one_hot = [F.one_hot(to_tensor(name), len(ALPHABET)).float() for name in names]
        packed = pack_sequence(one_hot, enforce_sorted=False)
        output, hidden = self.gru(packed)
        last = torch.stack([sequence[-1] for sequence in unpack_sequence(output)])
        assert torch.allclose(last, hidden[-1])
        return self.out(last)


model = GRUClassifier()
optimizer = torch.optim.RMSprop(model.parameters(), lr=2e-3)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)

for epoch in range(1, 6):
    losses = []
    for start in range(0, len(train_data), 30):
        names, targets = zip(*train_data[start:start + 30])
        logits = model(names)
        loss = F.cross_entropy(logits, torch.tensor(targets))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(model.parameters(), 0.1)
        optimizer.step()
        losses.append(loss.detach())
    scheduler.step()
    print(f"epoch {epoch}: loss {torch.stack(losses).mean().item():.5f}, "
          f"lr {optimizer.param_groups[0]['lr']:.6f}")

model.eval()
with torch.inference_mode():
    names, targets = zip(*test_data)
    log_probs = F.log_softmax(model(names), dim=1)
    loss = F.nll_loss(log_probs, torch.tensor(targets))
    accuracy = (log_probs.argmax(1) == torch.tensor(targets)).double().mean()
print(f"test loss {loss.item():.5f}, accuracy {accuracy.item():.4f}")

for name in ["maralina", "grokdorn", "elleain", "lima", "urgeau"]:
    with torch.no_grad():
        probabilities = F.softmax(model([name]), dim=1).squeeze(0)
    best = probabilities.argmax().item()
    print(f"{name:9s} {languages[best]:8s}", " ".join(f"{p:.5f}" for p in probabilities.tolist()))
