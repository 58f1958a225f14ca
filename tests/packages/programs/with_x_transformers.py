"""x-transformers: a decoder with rotary embeddings and gates trained; a sequence generated; an encoder.

needs: x-transformers einops einx loguru torch-einops-utils
tolerance: 1e-3
"""
import torch
from x_transformers import AutoregressiveWrapper, Decoder, Encoder, TransformerWrapper

torch.manual_seed(0)
model = AutoregressiveWrapper(TransformerWrapper(
    num_tokens=16, max_seq_len=12,
    attn_layers=Decoder(dim=16, depth=2, heads=2, attn_dim_head=8, rotary_pos_emb=True, ff_glu=True, use_rmsnorm=True)))
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
x = torch.randint(0, 16, (4, 12))
for _ in range(5):
    loss = model(x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item())
model.eval()
print(model.generate(x[:2, :3], 5, temperature=0.0).tolist())
encoder = TransformerWrapper(num_tokens=16, max_seq_len=12, attn_layers=Encoder(dim=16, depth=1, heads=2, attn_dim_head=8, alibi_pos_bias=True))
print(encoder(x, mask=x > 2).mean().item())
