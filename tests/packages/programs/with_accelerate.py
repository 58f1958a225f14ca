"""accelerate: a prepared training loop, accumulation, clipping, saving; empty weights.

needs: accelerate huggingface-hub safetensors
"""
import tempfile

import torch
from accelerate import Accelerator, init_empty_weights, load_checkpoint_and_dispatch
from accelerate.utils import set_seed

set_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
data = torch.utils.data.TensorDataset(torch.randn(16, 6), torch.randn(16, 1))
loader = torch.utils.data.DataLoader(data, batch_size=4, shuffle=True)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
model, optimizer, loader, schedule = accelerator.prepare(model, optimizer, loader, schedule)
for _epoch in range(2):
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = torch.nn.functional.mse_loss(model(x), y)
            accelerator.backward(loss)
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    print("loss", loss.item(), accelerator.gather(loss).shape, accelerator.device, accelerator.num_processes)
folder = tempfile.mkdtemp()
accelerator.save_state(folder)
accelerator.load_state(folder)
accelerator.save_model(model, folder)
with init_empty_weights():
    empty = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
print({p.device.type for p in empty.parameters()}, [tuple(p.shape) for p in empty.parameters()])
full = load_checkpoint_and_dispatch(empty, folder + "/model.safetensors", device_map={"": "cpu"})
x = torch.ones(2, 6)
print(torch.equal(full(x), accelerator.unwrap_model(model)(x)))
