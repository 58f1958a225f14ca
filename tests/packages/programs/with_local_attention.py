"""local-attention: attention in windows, a small language model of them.

needs: local-attention hyper-connections einops torch-einops-utils
tolerance: 1e-3
"""
import torch
from local_attention import LocalAttention
from local_attention.transformer import LocalTransformer

torch.manual_seed(0)
q, k, v = (torch.randn(1, 2, 12, 8, requires_grad=True) for _ in range(3))
attention = LocalAttention(dim=8, window_size=4, causal=True, look_backward=1, autopad=True)
out = attention(q, k, v, mask=torch.ones(1, 12).bool())
print(out.sum().item(), [g.norm().item() for g in torch.autograd.grad(out.square().sum(), [q, k, v])])
model = LocalTransformer(num_tokens=10, dim=16, depth=1, heads=2, dim_head=8, local_attn_window_size=4, max_seq_len=16, causal=True)
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
x = torch.randint(0, 10, (2, 13))
for _ in range(3):
    loss = model(x, return_loss=True)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
