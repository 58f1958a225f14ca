"""stable-baselines3: PPO and DQN on CartPole, a few updates; saved and loaded.

needs: stable-baselines3 gymnasium
tolerance: 1e-2
"""
import os
import tempfile

import torch
from stable_baselines3 import DQN, PPO

torch.set_num_threads(1)
model = PPO("MlpPolicy", "CartPole-v1", n_steps=64, batch_size=32, n_epochs=2, seed=0, device="cpu")
model.learn(128)
print(sum(p.abs().sum().item() for p in model.policy.parameters()))
path = os.path.join(tempfile.mkdtemp(), "model")
model.save(path)
again = PPO.load(path, device="cpu")
observation, _ = model.get_env().envs[0].reset(seed=1)
print(model.predict(observation, deterministic=True)[0] == again.predict(observation, deterministic=True)[0])
dqn = DQN("MlpPolicy", "CartPole-v1", learning_starts=20, seed=0, device="cpu", buffer_size=200)
dqn.learn(80)
print(sum(p.abs().sum().item() for p in dqn.policy.parameters()))
