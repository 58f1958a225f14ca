"""linformer: attention of linear cost, a language model trained on pairs.

needs: linformer
"""
import torch
from linformer import LinformerLM, LinformerSelfAttention

torch.manual_seed(0)
model = LinformerLM(num_tokens=12, dim=16, seq_len=8, depth=2, heads=2, k=4, one_kv_head=True, share_kv=True)
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
x = torch.randint(0, 12, (4, 8))
for _ in range(5):
    loss = torch.nn.functional.cross_entropy(model(x).flatten(0, 1), (x + 1).flatten() % 12)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
print(LinformerSelfAttention(dim=16, seq_len=8, heads=4, k=2)(torch.ones(1, 8, 16), torch.ones(1, 8, 16)).sum().item())
