"""Hyperparameters by their gradient: a penalty for each feature of a logistic regression.

For given penalties the weights are a fixed point of a gradient step. That the validation loss
depends on the penalties through those weights follows from the implicit function theorem: its
gradient needs the fixed point alone, not the way to it (`custom_fixed_point`). So a hundred
penalties are learnt by descent where a grid would need a hundred dimensions.
"""

import argparse

import wengert as torch
from wengert.func import custom_fixed_point, grad_and_value


def data(n, features, useful, seed=0):
    """Samples of which only the first features tell the class."""
    generator = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)
    x, weights = draw(n, features), torch.zeros(features, dtype=torch.float64)
    weights[:useful] = 2 * draw(useful).sign()
    return x, (x @ weights + draw(n) > 0).double()


def loss(weights, x, y):
    """The mean negative logarithm of the likelihood."""
    return torch.nn.functional.binary_cross_entropy_with_logits(x @ weights, y)


def step(weights, log_penalties, x, y, rate):
    """A step down the penalised loss."""
    slope = x.T @ (torch.sigmoid(x @ weights) - y) / len(y)
    return weights - rate * (slope + log_penalties.exp() * weights)


def descend(f, weights, tolerance=1e-10, limit=20_000):
    """Steps with momentum until the weights stay where they are."""
    speed = torch.zeros_like(weights)
    for k in range(limit):
        new = f(weights + 0.9 * speed)
        speed, weights = new - weights, new
        if k % 20 == 0 and speed.norm() < tolerance:
            break
    return weights


def fitted(log_penalties, x, y):
    """The weights that the penalised loss is least for, as a function of the penalties."""
    rate = 1 / (x.square().sum(1).mean() / 4 + log_penalties.detach().exp().max())
    return custom_fixed_point(lambda w: step(w, log_penalties, x, y, rate),
                              torch.zeros(x.shape[1], dtype=torch.float64), descend)


def learnt(train, validation, rounds, rate=2.0):
    """Penalties that the validation loss is small for, and the losses on the way."""
    log_penalties = torch.full((train[0].shape[1],), -3.0, dtype=torch.float64)
    slope = grad_and_value(lambda p: loss(fitted(p, *train), *validation))
    losses = []
    for _ in range(rounds):
        gradient, value = slope(log_penalties)
        losses.append(value.item())
        log_penalties = log_penalties - rate * gradient / gradient.norm()
    return log_penalties, losses


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    features, useful = arguments.features, 4
    x, y = data(450, features, useful)
    train, validation, test = [(x[k::3], y[k::3]) for k in range(3)]
    log_penalties, losses = learnt(train, validation, arguments.rounds)
    print(f"validation loss: {losses[0]:.4f} at first, {losses[-1]:.4f} after "
          f"{arguments.rounds} rounds")
    first = fitted(torch.full_like(log_penalties, -3.0), *train)
    print(f"test loss:       {loss(first, *test).item():.4f} at first, "
          f"{loss(fitted(log_penalties, *train), *test).item():.4f}")
    print(f"mean logarithm of a penalty: {log_penalties[:useful].mean().item():.2f} of the useful "
          f"features, {log_penalties[useful:].mean().item():.2f} of the others")


if __name__ == "__main__":
    main()
