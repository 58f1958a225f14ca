"""captum: integrated gradients, DeepLift, occlusion, saliency, layer attributions.

needs: captum
tolerance: 1e-3
"""
import torch
from captum.attr import DeepLift, IntegratedGradients, LayerConductance, NoiseTunnel, Occlusion, Saliency, ShapleyValueSampling

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3))
x, base = torch.randn(2, 4), torch.zeros(2, 4)
found, delta = IntegratedGradients(model).attribute(x, base, target=1, return_convergence_delta=True, n_steps=20)
print(found.tolist(), delta.shape)
print(DeepLift(model).attribute(x, base, target=0).tolist())
print(Saliency(model).attribute(x, target=2).tolist())
print(Occlusion(model).attribute(x, sliding_window_shapes=(2,), target=0).tolist())
print(LayerConductance(model, model[1]).attribute(x, base, target=1, n_steps=10).tolist())
print(ShapleyValueSampling(model).attribute(x, target=1, n_samples=3).shape)
print(NoiseTunnel(Saliency(model)).attribute(x, nt_samples=2, target=0).shape)
