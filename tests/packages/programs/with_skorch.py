"""skorch: a classifier with scikit-learn's interface, callbacks and a grid search.

needs: skorch
tolerance: 1e-3
"""
import numpy as np
import torch
from sklearn.model_selection import GridSearchCV
from skorch import NeuralNetClassifier
from skorch.callbacks import EpochScoring

rng = np.random.default_rng(0)
x = rng.normal(size=(60, 4)).astype(np.float32)
y = (x[:, 0] + x[:, 1] > 0).astype(np.int64)


class Net(torch.nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Linear(4, width), torch.nn.ReLU(), torch.nn.Linear(width, 2),
                                        torch.nn.Softmax(dim=-1))

    def forward(self, x):
        return self.body(x)


torch.manual_seed(0)
net = NeuralNetClassifier(Net, max_epochs=4, lr=0.1, verbose=0, callbacks=[EpochScoring("accuracy", lower_is_better=False)])
net.fit(x, y)
print(net.history[:, ("train_loss", "valid_loss")], net.predict_proba(x[:3]).tolist())
search = GridSearchCV(NeuralNetClassifier(Net, max_epochs=2, verbose=0, train_split=None), {"lr": [0.01, 0.2], "module__width": [3]},
                      cv=2, scoring="accuracy", refit=False)
torch.manual_seed(1)
search.fit(x, y)
print(search.cv_results_["mean_test_score"].tolist())
