"""Knowledge distillation: a student learns from a frozen teacher's softened outputs."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)

NUM_CLASSES = 5


class DeepNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Linear(10, 96), nn.LayerNorm(96), nn.SiLU(),
            nn.Linear(96, 96), nn.LayerNorm(96), nn.SiLU(),
        )
        self.classifier = nn.Sequential(nn.Dropout(0.1), nn.Linear(96, NUM_CLASSES))

    def forward(self, x):
        return self.classifier(self.features(x))


class LightNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(10, 12), nn.Hardswish())
        self.classifier = nn.Linear(12, NUM_CLASSES)

    def forward(self, x):
        return self.classifier(self.features(x))


def make_data(n):
    x = torch.randn(n, 10)
    score = torch.stack([(x[:, k] * x[:, k + 1]) + x[:, k + 4] for k in range(NUM_CLASSES)], dim=1)
    return TensorDataset(x, score.argmax(dim=1))


train_loader = DataLoader(make_data(640), batch_size=64, shuffle=True)
test_loader = DataLoader(make_data(256), batch_size=128, shuffle=False)


def train(model, epochs, learning_rate):
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.AdamW(model.parameters(), lr=learning_rate)
    model.train()
    for epoch in range(epochs):
        running_loss = 0.0
        for inputs, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        print(f"Epoch {epoch + 1}/{epochs}, Loss: {running_loss / len(train_loader):.5f}")


def train_knowledge_distillation(teacher, student, epochs, learning_rate, T, soft_weight):
    ce_loss = nn.CrossEntropyLoss()
    kl_loss = nn.KLDivLoss(reduction="batchmean")
    optimizer = optim.AdamW(student.parameters(), lr=learning_rate)
    teacher.eval()
    student.train()
    for epoch in range(epochs):
        running_loss = 0.0
        for inputs, labels in train_loader:
            optimizer.zero_grad()
            with torch.no_grad():
                teacher_logits = teacher(inputs)
            student_logits = student(inputs)
            soft_targets = F.softmax(teacher_logits / T, dim=-1)
            soft_prob = F.log_softmax(student_logits / T, dim=-1)
            soft_loss = kl_loss(soft_prob, soft_targets) * T ** 2
            loss = soft_weight * soft_loss + (1 - soft_weight) * ce_loss(student_logits, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        print(f"Epoch {epoch + 1}/{epochs}, Loss: {running_loss / len(train_loader):.5f}")


@torch.inference_mode()
def test(model):
    model.eval()
    correct, total, loss = 0, 0, 0.0
    for inputs, labels in test_loader:
        outputs = model(inputs)
        loss += F.cross_entropy(outputs, labels, reduction="sum").item()
        correct += (outputs.max(1)[1] == labels).sum().item()
        total += labels.size(0)
    return f"accuracy {100 * correct / total:.2f}%, loss {loss / total:.5f}"


teacher = DeepNN()
torch.manual_seed(9)
student = LightNN()
torch.manual_seed(9)
twin = LightNN()
print("norms of the students' first layers:", student.features[0].weight.norm().item(),
      twin.features[0].weight.norm().item())
print(f"teacher: {sum(p.numel() for p in teacher.parameters())} parameters, "
      f"student: {sum(p.numel() for p in student.parameters())}")

train(teacher, epochs=8, learning_rate=3e-3)
print("teacher:", test(teacher))
train(student, epochs=4, learning_rate=1e-2)
print("student alone:", test(student))
teacher.requires_grad_(False)
train_knowledge_distillation(teacher, twin, epochs=4, learning_rate=1e-2, T=2.0, soft_weight=0.6)
print("student with teacher:", test(twin))
assert all(p.grad is None or not p.requires_grad for p in teacher.parameters())
