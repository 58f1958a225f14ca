"""pytorch-ignite: an engine with events, metrics, a schedule and early stopping.

needs: pytorch-ignite
"""
import torch
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.handlers import EarlyStopping, LRScheduler
from ignite.metrics import Accuracy, ConfusionMatrix, Loss, Precision, RunningAverage

torch.manual_seed(0)
x = torch.randn(24, 4)
y = (x.sum(1) > 0).long()
data = [(x[i:i + 8], y[i:i + 8]) for i in range(0, 24, 8)]
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
optimizer, criterion = torch.optim.SGD(model.parameters(), 0.5), torch.nn.CrossEntropyLoss()
trainer = create_supervised_trainer(model, optimizer, criterion)
RunningAverage(output_transform=lambda loss: loss).attach(trainer, "loss")
evaluator = create_supervised_evaluator(model, {"accuracy": Accuracy(), "nll": Loss(criterion), "precision": Precision(),
                                                "confusion": ConfusionMatrix(2)})
trainer.add_event_handler(Events.ITERATION_COMPLETED, LRScheduler(torch.optim.lr_scheduler.StepLR(optimizer, 3)))
evaluator.add_event_handler(Events.COMPLETED, EarlyStopping(3, lambda engine: -engine.state.metrics["nll"], trainer))


@trainer.on(Events.EPOCH_COMPLETED)
def report(engine):
    print(engine.state.epoch, engine.state.metrics["loss"], optimizer.param_groups[0]["lr"])
    evaluator.run(data)
    print({name: value.tolist() if hasattr(value, "tolist") else value for name, value in evaluator.state.metrics.items()})


trainer.run(data, max_epochs=3)
