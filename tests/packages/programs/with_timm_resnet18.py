"""timm: resnet18, training steps, features, a model's configuration.

needs: timm huggingface-hub safetensors torchvision
tolerance: 1e-3
"""
import timm
import timm.loss
import timm.optim
import torch

torch.manual_seed(0)
model = timm.create_model("resnet18", pretrained=False, num_classes=10)
x, y = torch.randn(2, 3, 64, 64), torch.tensor([3, 7])
optimizer = timm.optim.create_optimizer_v2(model, opt="adamw", lr=1e-3, weight_decay=0.05)
for _ in range(3):
    loss = timm.loss.LabelSmoothingCrossEntropy(0.1)(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item())
model.eval()
with torch.no_grad():
    print(model.forward_features(x).shape, model(x).shape)
print(sum(p.numel() for p in model.parameters()), model.default_cfg["input_size"])
features = timm.create_model("resnet18", features_only=True)
print([f.shape for f in features(x)])
