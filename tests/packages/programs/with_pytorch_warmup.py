"""pytorch-warmup: four ways to warm up, beside schedules of PyTorch's.

needs: pytorch-warmup
"""
import pytorch_warmup as warmup
import torch

x = torch.ones(3, 2)
for kind, more in ((warmup.LinearWarmup, {"warmup_period": 4}), (warmup.ExponentialWarmup, {"warmup_period": 4}),
                   (warmup.UntunedLinearWarmup, {}), (warmup.RAdamWarmup, {})):
    torch.manual_seed(0)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, betas=(0.9, 0.9))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
    warm = kind(optimizer, **more)
    for _ in range(6):
        loss = (model(x) - 3).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with warm.dampening():
            schedule.step()
        print(kind.__name__, loss.item(), optimizer.param_groups[0]["lr"])
