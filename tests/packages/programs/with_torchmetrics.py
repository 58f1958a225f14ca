"""torchmetrics: metrics in a training loop, a collection, sums over batches.

needs: torchmetrics lightning-utilities
"""
import torch
from torchmetrics import AUROC, Accuracy, ConfusionMatrix, F1Score, MeanMetric, MeanSquaredError, MetricCollection
from torchmetrics.functional import pairwise_cosine_similarity, r2_score
from torchmetrics.image import PeakSignalNoiseRatio, StructuralSimilarityIndexMeasure

torch.manual_seed(0)
x = torch.randn(40, 5)
y = (x @ torch.randn(5, 3)).argmax(1)
model = torch.nn.Linear(5, 3)
metrics = MetricCollection({"acc": Accuracy(task="multiclass", num_classes=3),
                            "f1": F1Score(task="multiclass", num_classes=3, average="macro"),
                            "auc": AUROC(task="multiclass", num_classes=3)})
mean, optimizer = MeanMetric(), torch.optim.Adam(model.parameters(), 0.1)
for _epoch in range(3):
    metrics.reset()
    for i in range(0, 40, 10):
        out = model(x[i:i + 10])
        loss = torch.nn.functional.cross_entropy(out, y[i:i + 10])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        metrics.update(out.softmax(1), y[i:i + 10])
        mean.update(loss)
    print({k: v.item() for k, v in metrics.compute().items()}, mean.compute().item())
print(ConfusionMatrix(task="multiclass", num_classes=3)(model(x), y).tolist())
mse = MeanSquaredError()
mse(x[:, 0], x[:, 1])
print((mse + 1).compute().item(), r2_score(x[:, 0], x[:, 1]).item(), pairwise_cosine_similarity(x[:3]).sum().item())
a, b = torch.rand(2, 1, 24, 24), torch.rand(2, 1, 24, 24)
print(PeakSignalNoiseRatio(data_range=1.0)(a, b).item(), StructuralSimilarityIndexMeasure(data_range=1.0)(a, b).item())
