"""Actor-critic with continuous actions: drives points to the origin, several at a time."""

from collections import namedtuple

import torch
from torch import nn
from torch.distributions import Normal

torch.manual_seed(17)

Transition = namedtuple("Transition", ["log_prob", "value", "reward", "entropy"])


class PointEnv:
    """Points with a velocity, pushed by the actions; the reward is closeness to the origin."""

    def __init__(self, num_envs):
        self.num_envs = num_envs

    def reset(self):
        position = 2.0 * torch.rand(self.num_envs) - 1.0
        self.state = torch.stack([position, torch.zeros(self.num_envs)], dim=1)
        return self.state

    def step(self, action):
        position, velocity = self.state.unbind(dim=1)
        push = action.squeeze(1).clamp(-1.0, 1.0)
        velocity = 0.5 * velocity + 0.5 * push
        position = (position + 0.5 * velocity).clamp(-2.0, 2.0)
        self.state = torch.stack([position, velocity], dim=1)
        return self.state, -(position.abs() + 0.05 * push ** 2)


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 32), nn.Tanh())
        self.mean = nn.Linear(32, 1)
        self.log_std = nn.Parameter(torch.full((1,), -0.5))
        self.value = nn.Linear(32, 1)

    def forward(self, state):
        features = self.body(state)
        return Normal(self.mean(features), self.log_std.exp()), self.value(features).squeeze(-1)


def run_episodes(env, model, steps):
    transitions, state = [], env.reset()
    for _ in range(steps):
        dist, value = model(state)
        action = dist.sample()
        state, reward = env.step(action)
        transitions.append(Transition(
            dist.log_prob(action).sum(dim=1), value, reward, dist.entropy().sum(dim=1)))
    return transitions


def update(model, optimizer, transitions, gamma=0.8):
    returns, R = [], torch.zeros_like(transitions[0].reward)
    for transition in reversed(transitions):
        R = transition.reward + gamma * R
        returns.append(R)
    returns = torch.stack(returns[::-1])
    log_probs, values, _, entropy = map(torch.stack, zip(*transitions))

    advantage = returns - values.detach()
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-6)
    policy_loss = -(log_probs * advantage).mean()
    value_loss = nn.functional.smooth_l1_loss(values, returns)
    loss = policy_loss + 0.5 * value_loss - 0.01 * entropy.mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    return policy_loss.item(), value_loss.item(), entropy.mean().item()


env, model = PointEnv(num_envs=16), ActorCritic()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
for iteration in range(1, 41):
    transitions = run_episodes(env, model, steps=8)
    policy_loss, value_loss, entropy = update(model, optimizer, transitions)
    if iteration % 8 == 0:
        reward = torch.stack([t.reward for t in transitions]).sum(dim=0).mean()
        print(f"iteration {iteration:2d}: reward {reward:.5f}, policy loss {policy_loss:.5f}, "
              f"value loss {value_loss:.5f}, entropy {entropy:.5f}")

model.eval()
with torch.no_grad():
    for start in ([1.0, 0.0], [0.1, 0.2], [-1.0, 0.5]):
        dist, value = model(torch.tensor(start))
        print(f"at {start}: push {dist.mean.item():.5f} ± {dist.stddev.item():.5f}, "
              f"value {value.item():.5f}")
