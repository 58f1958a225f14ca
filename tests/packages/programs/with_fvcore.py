"""fvcore: parameters counted, a focal loss, a smooth loss, batch normalisation made exact, schedules.

needs: fvcore iopath yacs portalocker termcolor
"""
import torch
from fvcore.common.param_scheduler import CompositeParamScheduler, CosineParamScheduler, LinearParamScheduler
from fvcore.nn import giou_loss, parameter_count, parameter_count_table, sigmoid_focal_loss, smooth_l1_loss
from fvcore.nn.precise_bn import update_bn_stats

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.BatchNorm1d(6), torch.nn.Linear(6, 2))
print(dict(parameter_count(model)))
print(parameter_count_table(model))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
x, y = torch.randn(8, 4), torch.randint(0, 2, (8, 2)).float()
for _ in range(4):
    out = model(x)
    loss = sigmoid_focal_loss(out, y, alpha=0.25, reduction="mean") + smooth_l1_loss(out, y, beta=0.1, reduction="mean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
update_bn_stats(model, [x, x + 1], 2)
print(model[1].running_mean.tolist(), model[1].running_var.tolist())
boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0]], requires_grad=True)
value = giou_loss(boxes, torch.tensor([[1.0, 1.0, 3.0, 3.0]]), reduction="sum")
value.backward()
schedule = CompositeParamScheduler([LinearParamScheduler(0, 1), CosineParamScheduler(1, 0)], ["rescaled"] * 2, [0.2, 0.8])
print(value.item(), boxes.grad.tolist(), [schedule(i / 5) for i in range(5)])
