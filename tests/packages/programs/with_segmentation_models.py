"""segmentation-models-pytorch: a U-Net on resnet18, two steps of a Dice loss in float64, and scores.

needs: segmentation-models-pytorch torchvision timm huggingface-hub safetensors
"""
import segmentation_models_pytorch as smp
import torch

torch.manual_seed(0)
model = smp.Unet("resnet18", encoder_weights=None, in_channels=3, classes=2, decoder_channels=(32, 16, 8, 8, 8))
model.double()   # normalised over two numbers: in float32 the rounding decides
optimizer = torch.optim.Adam(model.parameters(), 1e-3)
dice, focal = smp.losses.DiceLoss("multiclass"), smp.losses.FocalLoss("multiclass")
x, y = torch.randn(2, 3, 32, 32).double(), torch.randint(0, 2, (2, 32, 32))
for _ in range(2):
    out = model(x)
    loss = dice(out, y) + focal(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
stats = smp.metrics.get_stats(out.argmax(1), y, mode="multiclass", num_classes=2)
print(smp.metrics.iou_score(*stats, reduction="micro").item(), smp.metrics.f1_score(*stats, reduction="macro").item())
