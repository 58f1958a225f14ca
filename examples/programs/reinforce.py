"""REINFORCE on a corridor: the policy's log-probabilities, weighted by the returns."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical

torch.manual_seed(543)


class Corridor:
    """Walk to the right end. A step costs, and the wind blows back now and then."""

    def __init__(self, length=6, limit=20):
        self.length, self.limit = length, limit

    def reset(self):
        self.position, self.steps = 0, 0
        return self.observe()

    def observe(self):
        x = self.position / self.length
        return torch.tensor([1.0, x, x * x])

    def step(self, action):
        move = 1 if action == 1 else -1
        if torch.rand(()).item() < 0.1:
            move = -1
        self.position = max(0, self.position + move)
        self.steps += 1
        arrived = self.position >= self.length
        reward = 5.0 if arrived else -0.2
        return self.observe(), reward, arrived or self.steps >= self.limit


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(3, 16)
        self.dropout = nn.Dropout(p=0.1)
        self.affine2 = nn.Linear(16, 2)
        self.saved_log_probs = []
        self.rewards = []

    def forward(self, x):
        x = F.relu(self.dropout(self.affine1(x)))
        return F.softmax(self.affine2(x), dim=-1)


policy = Policy()
optimizer = optim.Adam(policy.parameters(), lr=2e-2)
eps = torch.finfo(torch.float32).eps


def select_action(state):
    probs = policy(state.unsqueeze(0))
    m = Categorical(probs)
    action = m.sample()
    policy.saved_log_probs.append(m.log_prob(action))
    return action.item()


def finish_episode():
    R, returns = 0.0, []
    for r in policy.rewards[::-1]:
        R = r + 0.95 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + eps)
    policy_loss = []
    for log_prob, R in zip(policy.saved_log_probs, returns):
        policy_loss.append(-log_prob * R)
    optimizer.zero_grad()
    loss = torch.cat(policy_loss).sum()
    loss.backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.saved_log_probs[:]
    return loss.item()


env = Corridor()
running_reward = 0.0
for i_episode in range(1, 41):
    state, ep_reward, done = env.reset(), 0.0, False
    while not done:
        action = select_action(state)
        state, reward, done = env.step(action)
        policy.rewards.append(reward)
        ep_reward += reward
    running_reward = 0.1 * ep_reward + 0.9 * running_reward
    steps = env.steps
    loss = finish_episode()
    if i_episode % 5 == 0:
        print(f"Episode {i_episode}\tsteps: {steps}\tLast reward: {ep_reward:.2f}\t"
              f"Average reward: {running_reward:.4f}\tloss: {loss:.5f}")

policy.eval()
with torch.no_grad():
    for position in range(env.length):
        env.position = position
        print(f"at {position}: goes right with probability {policy(env.observe())[1]:.5f}")
