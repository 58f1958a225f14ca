"""A neural ODE: learns the field of a spiral by Euler and Runge-Kutta steps through time."""

import torch
from torch import nn

torch.manual_seed(0)

true_A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])
true_y0 = torch.tensor([[1.5, 0.0]])


class TrueDynamics(nn.Module):
    def forward(self, t, y):
        return torch.mm(y ** 3, true_A)


class ODEFunc(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2, hidden),
            nn.Tanh(),
            nn.Linear(hidden, 2),
        )
        for m in self.net.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, mean=0, std=0.1)
                nn.init.constant_(m.bias, val=0)

    def forward(self, t, y):
        return self.net(y ** 3)


def euler_step(func, t, dt, y):
    return y + dt * func(t, y)


def rk4_step(func, t, dt, y):
    k1 = func(t, y)
    k2 = func(t + dt / 2, y + dt / 2 * k1)
    k3 = func(t + dt / 2, y + dt / 2 * k2)
    k4 = func(t + dt, y + dt * k3)
    return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def odeint(func, y0, t, step):
    ys = [y0]
    for i in range(len(t) - 1):
        ys.append(step(func, t[i], t[i + 1] - t[i], ys[-1]))
    return torch.stack(ys)


t = torch.linspace(0.0, 2.0, 101)
with torch.no_grad():
    true_y = odeint(TrueDynamics(), true_y0, t, rk4_step)
    coarse = odeint(TrueDynamics(), true_y0, t, euler_step)
print(f"the end of the spiral: {true_y[-1, 0].tolist()}")
print(f"error of Euler's method: {(coarse - true_y).norm(dim=-1).max():.5f}")


def get_batch(batch_size=16, batch_time=6):
    starts = torch.randperm(len(t) - batch_time)[:batch_size]
    batch_y0 = true_y[starts]
    batch_y = torch.stack([true_y[starts + i] for i in range(batch_time)])
    return batch_y0, t[:batch_time], batch_y


func = ODEFunc()
optimizer = torch.optim.Adam(func.parameters(), lr=1e-2)
for iteration in range(1, 101):
    optimizer.zero_grad()
    batch_y0, batch_t, batch_y = get_batch()
    step = rk4_step if iteration > 50 else euler_step
    pred_y = odeint(func, batch_y0, batch_t, step)
    loss = torch.mean((pred_y - batch_y) ** 2)
    loss.backward()
    optimizer.step()
    if iteration % 20 == 0:
        with torch.no_grad():
            pred_y = odeint(func, true_y0, t, rk4_step)
            total = torch.mean(torch.abs(pred_y - true_y))
        print(f"iter {iteration:3d} | batch loss {loss.item():.6f} | total loss {total.item():.6f}")

# The gradient with respect to the start, through all the steps.
y0 = true_y0.clone().requires_grad_(True)
end = odeint(func, y0, t, euler_step)[-1]
(sensitivity,) = torch.autograd.grad(end.pow(2).sum(), y0)
print("end:", [round(v, 4) for v in end[0].tolist()],
      "sensitivity:", [round(v, 4) for v in sensitivity[0].tolist()])
