"""pytorch-metric-learning: losses, miners and distances on a small embedding; nearest neighbours judged.

needs: pytorch-metric-learning
tolerance: 1e-3
"""
import torch
from pytorch_metric_learning import distances, losses, miners, reducers

torch.manual_seed(0)
model = torch.nn.Linear(5, 3)
x, y = torch.randn(12, 5), torch.arange(12) % 3
miner = miners.MultiSimilarityMiner()
for loss_function in (losses.TripletMarginLoss(), losses.ContrastiveLoss(), losses.NTXentLoss(temperature=0.3), losses.CircleLoss(),
                      losses.MultiSimilarityLoss(), losses.SupConLoss(), losses.ArcFaceLoss(3, 3), losses.ProxyAnchorLoss(3, 3),
                      losses.LiftedStructureLoss(), losses.AngularLoss(), losses.SoftTripleLoss(3, 3),
                      losses.TripletMarginLoss(distance=distances.CosineSimilarity(), reducer=reducers.ThresholdReducer(high=0.3))):
    optimizer = torch.optim.SGD(model.parameters(), 0.05)
    for _ in range(2):
        embedded = model(x)
        loss = loss_function(embedded, y, miner(embedded, y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(type(loss_function).__name__, loss.item())
