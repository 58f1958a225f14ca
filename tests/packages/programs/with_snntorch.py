"""snntorch: a network of leaky spiking neurons trained with a surrogate gradient.

needs: snntorch
tolerance: 1e-3
"""
import snntorch as snn
import torch
from snntorch import spikegen, surrogate
from snntorch import functional as SF

torch.manual_seed(0)
spike = surrogate.fast_sigmoid(slope=25)
first, second = torch.nn.Linear(6, 12), torch.nn.Linear(12, 2)
leaky, out = snn.Leaky(beta=0.9, spike_grad=spike), snn.Synaptic(alpha=0.8, beta=0.7, spike_grad=spike)
parameters = [*first.parameters(), *second.parameters()]
optimizer = torch.optim.Adam(parameters, 5e-3)
x, y = torch.rand(5, 6), torch.tensor([0, 1, 0, 1, 1])
spikes = spikegen.rate(x, num_steps=6)
print(spikes.sum().item())
for _ in range(4):
    membrane, (current, last) = leaky.init_leaky(), out.init_synaptic()
    fired = []
    for step in spikes:
        spiked, membrane = leaky(first(step), membrane)
        spiked, current, last = out(second(spiked), current, last)
        fired.append(spiked)
    loss = SF.ce_count_loss()(torch.stack(fired), y) + last.square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
