"""timm: a small vision transformer, training with mixup and a schedule.

needs: timm huggingface-hub safetensors torchvision
tolerance: 1e-3
"""
import torch
from timm.models.vision_transformer import VisionTransformer
from timm.scheduler import CosineLRScheduler
from timm.utils import ModelEmaV2, accuracy

torch.manual_seed(0)
model = VisionTransformer(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=4, num_classes=5)
ema = ModelEmaV2(model, decay=0.9)
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
schedule = CosineLRScheduler(optimizer, t_initial=10, warmup_t=2, warmup_lr_init=1e-5)
x, y = torch.randn(4, 3, 32, 32), torch.tensor([0, 1, 2, 3])
for step in range(4):
    out = model(x)
    loss = torch.nn.functional.cross_entropy(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    ema.update(model)
    schedule.step(step)
    print("loss", loss.item(), optimizer.param_groups[0]["lr"], [a.item() for a in accuracy(out, y, topk=(1, 2))])
print(ema.module(x).sum().item())
