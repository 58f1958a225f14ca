"""Per-sample gradients of a module: which samples pull hardest, and a private step.

The gradient of each sample's loss in all parameters is one `vmap(grad(loss))`, or one call of
`autograd.grad` with a row of the identity for each sample. Differentially private training (Abadi
et al., 2016) clips each to a norm and adds noise to their sum; here the clipped step is taken from
the norms alone.
"""

import argparse

import wengert as torch
from wengert.func import functional_call, grad, vmap


def classifier(features=10, classes=3, width=16):
    nn = torch.nn
    return nn.Sequential(nn.Linear(features, width), nn.ReLU(), nn.Linear(width, classes))


def blobs(count, features=10, classes=3, mislabelled=0.0):
    """Points around a centre for each class, some with the label of another; which those are."""
    centres = 3 * torch.randn(classes, features)
    labels = torch.randint(0, classes, (count,))
    points = centres[labels] + torch.randn(count, features)
    wrong = torch.rand(count) < mislabelled
    return points, torch.where(wrong, (labels + 1) % classes, labels), wrong


def parameters_of(model):
    return {name: p.detach() for name, p in model.named_parameters()}


def sample_loss(model):
    """The loss of one sample as a function of the parameters."""
    def loss(params, x, y):
        return torch.nn.functional.cross_entropy(functional_call(model, params, (x,)), y)
    return loss


def per_sample(model, params, xs, ys):
    """The gradient of each sample's loss, with the samples in front, by name."""
    return vmap(grad(sample_loss(model)), in_dims=(None, 0, 0))(params, xs, ys)


def per_sample_by_autograd(model, xs, ys):
    """The same from one forward pass of the module itself."""
    losses = torch.nn.functional.cross_entropy(model(xs), ys, reduction="none")
    names, params = zip(*model.named_parameters())
    found = torch.autograd.grad(losses, params, torch.eye(len(xs)), is_grads_batched=True)
    return dict(zip(names, found))


def norms(grads):
    """The norm of each sample's gradient, of all parameters together."""
    return torch.stack([g.flatten(1).square().sum(1) for g in grads.values()]).sum(0).sqrt()


def private_step(model, xs, ys, lr=0.5, clip=1.0, noise=0.1):
    """One step with clipped gradients and noise; the norms before."""
    params = parameters_of(model)
    grads = per_sample(model, params, xs, ys)
    sizes = norms(grads)
    factors = (clip / sizes).clamp(max=1.0)
    with torch.no_grad():
        for name, p in model.named_parameters():
            total = torch.einsum("n,n...->...", factors, grads[name])
            total = total + noise * clip * torch.randn_like(total)
            p -= lr * total / len(xs)
    return sizes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    xs, ys, wrong = blobs(256, mislabelled=0.05)
    model = classifier()
    for _ in range(arguments.steps):
        private_step(model, xs, ys)
    sizes = norms(per_sample(model, parameters_of(model), xs, ys))
    right = (model(xs).argmax(1) == ys).float().mean()
    hardest = sizes.argsort(descending=True)[:int(wrong.sum())]
    print(f"{100 * float(right):.1f}% right after {arguments.steps} private steps")
    print(f"of the {len(hardest)} samples that pull hardest {int(wrong[hardest].sum())} have a "
          "wrong label")
