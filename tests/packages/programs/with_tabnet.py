"""pytorch-tabnet: a classifier of tables trained with early stopping; its importances and masks.

needs: pytorch-tabnet
tolerance: 1e-2
"""
import numpy as np
from pytorch_tabnet.tab_model import TabNetClassifier, TabNetRegressor

rng = np.random.default_rng(0)
x = rng.normal(size=(64, 4)).astype(np.float32)
y = (x[:, 0] > x[:, 1]).astype(np.int64)
model = TabNetClassifier(n_d=4, n_a=4, n_steps=2, seed=0, verbose=0, device_name="cpu")
model.fit(x[:48], y[:48], eval_set=[(x[48:], y[48:])], max_epochs=3, batch_size=16, virtual_batch_size=8)
print(model.history["loss"], model.history["val_0_auc"])
print(model.predict_proba(x[:3]).tolist(), model.feature_importances_.tolist())
model = TabNetRegressor(n_d=4, n_a=4, n_steps=2, seed=0, verbose=0, device_name="cpu")
model.fit(x, x[:, :1] * 2, max_epochs=2, batch_size=32, virtual_batch_size=16)
print(model.history["loss"])
