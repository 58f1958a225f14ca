"""torchtuples: a network fitted with its training loop, callbacks and a range of learning rates.

needs: torchtuples
"""
import numpy as np
import torch
import torchtuples as tt

torch.manual_seed(0)
np.random.seed(0)
x = np.random.randn(64, 4).astype("float32")
y = np.tanh(x.sum(1, keepdims=True)).astype("float32")
net = tt.practical.MLPVanilla(4, [8, 8], 1, batch_norm=True, dropout=0.0)
model = tt.Model(net, torch.nn.MSELoss(), tt.optim.AdamWR(0.02, cycle_eta_multiplier=0.8))
log = model.fit(x, y, batch_size=16, epochs=4, verbose=False, shuffle=False,
                callbacks=[tt.callbacks.EarlyStopping(patience=10)], val_data=(x, y))
print(log.to_pandas().values.tolist()[-1])
print(model.predict(x)[:3].flatten().tolist())
