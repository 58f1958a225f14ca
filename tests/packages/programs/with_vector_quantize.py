"""vector-quantize-pytorch: codebooks learned by moving averages, residual and finite scalar codes.

needs: vector-quantize-pytorch einops einx
tolerance: 1e-3
"""
import torch
from vector_quantize_pytorch import FSQ, LFQ, ResidualVQ, VectorQuantize

torch.manual_seed(0)
encoder, decoder = torch.nn.Linear(4, 6), torch.nn.Linear(6, 4)
codes = VectorQuantize(dim=6, codebook_size=8, decay=0.8, commitment_weight=1.0)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 1e-2)
x = torch.randn(2, 10, 4)
for _ in range(4):
    quantized, indices, commitment = codes(encoder(x))
    loss = (decoder(quantized) - x).square().mean() + commitment.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), indices[0].tolist())
quantized, indices, losses = ResidualVQ(dim=6, num_quantizers=2, codebook_size=8)(encoder(x))
print(quantized.shape, indices.shape, losses.sum().item())
print(FSQ(levels=[5, 3])(torch.randn(2, 3, 2))[1].tolist(), LFQ(codebook_size=8, dim=3)(torch.randn(2, 3, 3)).indices.tolist())
