"""Classifies sequences of unequal length with a bidirectional LSTM over packed batches.

A sequence is of class 1 when its last token is greater than its first.
"""

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

PAD, VOCAB = 0, 12


class Sequences(Dataset):
    def __init__(self, n):
        self.items = []
        for _ in range(n):
            length = torch.randint(4, 13, (1,)).item()
            tokens = torch.randint(1, VOCAB, (length,))
            label = int(tokens[-1] > tokens[0])
            self.items.append((tokens, label))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def collate(batch):
    sequences, labels = zip(*batch)
    lengths = torch.tensor([len(s) for s in sequences])
    padded = pad_sequence(sequences, batch_first=True, padding_value=PAD)
    return padded, lengths, torch.tensor(labels, dtype=torch.float32)


class LSTMClassifier(nn.Module):
    def __init__(self, embedding_dim=16, hidden_dim=24):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, embedding_dim, padding_idx=PAD)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, num_layers=1, batch_first=True,
                            bidirectional=True)
        self.dropout = nn.Dropout(0.1)
        self.fc = nn.Linear(4 * hidden_dim, 1)

    def forward(self, tokens, lengths):
        embedded = self.embedding(tokens)
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        output, (h, _) = self.lstm(packed)
        output, _ = pad_packed_sequence(output, batch_first=True,
                                        padding_value=float("-inf"))
        pooled = output.max(dim=1).values
        last = torch.cat([h[-2], h[-1]], dim=1)
        return self.fc(self.dropout(torch.cat([pooled, last], dim=1))).squeeze(1)


def main():
    torch.manual_seed(11)
    train_loader = DataLoader(Sequences(320), batch_size=32, shuffle=True, collate_fn=collate)
    test_loader = DataLoader(Sequences(100), batch_size=50, collate_fn=collate)

    model = LSTMClassifier()
    print(model)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    for epoch in range(5):
        model.train()
        total, steps, tokens_seen = 0.0, 0, 0
        for tokens, lengths, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(tokens, lengths), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            total += loss.item()
            steps += 1
            tokens_seen += lengths.sum().item()

        model.eval()
        correct, test_loss = 0, 0.0
        with torch.no_grad():
            for tokens, lengths, labels in test_loader:
                logits = model(tokens, lengths)
                test_loss += criterion(logits, labels).item()
                correct += ((logits > 0).float() == labels).sum().item()
        print(f"epoch {epoch + 1}: {tokens_seen} tokens, train loss {total / steps:.5f}, "
              f"test loss {test_loss / len(test_loader):.5f}, accuracy {correct}/100")

    padding = model.embedding.weight[PAD]
    print("the padding's embedding stays", padding.abs().sum().item())
    for name, parameter in model.lstm.named_parameters():
        print(f"{name:22s} {tuple(parameter.shape)} {parameter.norm().item():.5f}")


if __name__ == "__main__":
    main()
