"""rotary-embedding-torch: queries and keys turned, along a time and two axes, with learned frequencies.

needs: rotary-embedding-torch einops
"""
import torch
from rotary_embedding_torch import RotaryEmbedding, apply_rotary_emb

torch.manual_seed(0)
rotary = RotaryEmbedding(dim=8, learned_freq=True)
q, k = torch.randn(2, 2, 6, 16, requires_grad=True), torch.randn(2, 2, 6, 16)
for _ in range(4):
    scores = rotary.rotate_queries_or_keys(q) @ rotary.rotate_queries_or_keys(k).transpose(-1, -2)
    loss = scores.softmax(-1)[..., 0].sum()
    grads = torch.autograd.grad(loss, [q, rotary.freqs])
    print(loss.item(), grads[0].norm().item(), grads[1].tolist())
axial = RotaryEmbedding(dim=4, freqs_for="pixel", max_freq=10)
freqs = axial.get_axial_freqs(4, 5)
print(apply_rotary_emb(freqs, torch.ones(1, 4, 5, 16)).sum((0, 3)).tolist())
xpos = RotaryEmbedding(dim=8, use_xpos=True)
print([t.sum().item() for t in xpos.rotate_queries_and_keys(q.detach(), k)])
