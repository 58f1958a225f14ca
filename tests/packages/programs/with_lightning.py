"""lightning: a Trainer with validation, logging, callbacks and checkpoints.

needs: lightning pytorch-lightning lightning-utilities torchmetrics
"""
import logging
import tempfile
import warnings

import torch

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
import lightning as L
from lightning.pytorch.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger

L.seed_everything(0, verbose=False)


class Regression(L.LightningModule):
    def __init__(self, width=8, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.net = torch.nn.Sequential(torch.nn.Linear(4, width), torch.nn.Tanh(), torch.nn.Linear(width, 1))

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, index):
        loss = torch.nn.functional.mse_loss(self(batch[0]), batch[1])
        self.log("train", loss, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch, index):
        self.log("val", torch.nn.functional.mse_loss(self(batch[0]), batch[1]), prog_bar=True)

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), self.hparams.lr)
        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)]


x = torch.randn(32, 4)
data = torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True))
folder = tempfile.mkdtemp()
checkpoint = ModelCheckpoint(folder, monitor="val", save_top_k=1)
trainer = L.Trainer(max_epochs=4, accelerator="cpu", devices=1, enable_progress_bar=False, enable_model_summary=False,
                    logger=CSVLogger(folder), callbacks=[checkpoint, EarlyStopping("val", patience=3),
                                                         LearningRateMonitor()],
                    log_every_n_steps=1, gradient_clip_val=1.0, deterministic=True)
model = Regression()
trainer.fit(model, torch.utils.data.DataLoader(data, 8, shuffle=True), torch.utils.data.DataLoader(data, 16))
print({k: v.item() for k, v in sorted(trainer.callback_metrics.items())}, trainer.global_step)
best = Regression.load_from_checkpoint(checkpoint.best_model_path)
print(dict(best.hparams), trainer.validate(best, torch.utils.data.DataLoader(data, 16), verbose=False))
print(torch.cat(trainer.predict(best, torch.utils.data.DataLoader(x, 16))).shape)
