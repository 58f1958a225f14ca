"""normflows: a flow of masked affine layers and one of splines, trained and sampled.

needs: normflows
tolerance: 1e-3
"""
import normflows as nf
import torch

for kind in ("affine", "spline"):
    torch.manual_seed(0)
    steps = []
    for _ in range(2):
        if kind == "affine":
            steps += [nf.flows.AffineCouplingBlock(nf.nets.MLP([1, 8, 2], init_zeros=True)), nf.flows.Permute(2, mode="swap")]
        else:
            steps += [nf.flows.AutoregressiveRationalQuadraticSpline(2, 1, 8), nf.flows.LULinearPermute(2)]
    model = nf.NormalizingFlow(nf.distributions.base.DiagGaussian(2), steps)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    target = nf.distributions.TwoMoons()
    for _ in range(3):
        loss = model.forward_kld(target.sample(16))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(kind, loss.item())
    z, log_q = model.sample(3)
    print(z.tolist(), log_q.tolist())
