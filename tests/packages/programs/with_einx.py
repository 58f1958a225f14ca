"""einx: sums, products, softmax and indexing in its notation, and their gradients.

needs: einx
"""
import einx
import torch

torch.manual_seed(0)
x = torch.randn(4, 6, 8, requires_grad=True)
weight = torch.randn(8, 5, requires_grad=True)
print(einx.sum("a [b] c", x).tolist())
pooled = einx.mean("b (s [s2]) c", x, s2=2)
print(pooled.shape, einx.id("a (b c) d -> (b a) (c d)", x, b=2).shape)
attention = einx.softmax("b q [k]", einx.dot("b q [c], b k [c] -> b q k", x, x))
out = einx.dot("b q [k], b [k] c -> b q c", attention, x)
loss = einx.add("b s c, c -> b s c", einx.dot("b s [c], [c] d -> b s d", out, weight), torch.ones(5)).square().mean()
loss.backward()
print(loss.item(), x.grad.sum((1, 2)).tolist(), weight.grad[0].tolist())
print(einx.get_at("[v] c, b -> b c", weight, torch.tensor([1, 0, 7])).tolist())
