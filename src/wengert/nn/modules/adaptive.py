"""``AdaptiveLogSoftmaxWithLoss``: a softmax over very many classes, by how frequent they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...functions.choices import where
from ...tensors.creation import empty
from ...tensors.operators import Tensor
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class ASMOutput(NamedTuple):
    """The log-probability of each target, and the loss."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """The adaptive softmax of Grave et al. (2016).

    Classes, sorted by how frequent they are, are cut at ``cutoffs`` into a head and clusters of the
    rest; cluster i is reached through the head, in ``in_features / div_value^(i+1)`` dimensions.
    """

    head: Any
    tail: Any

    def __init__(self, in_features: int, n_classes: int, cutoffs: Sequence[int],
                 div_value: float = 4.0, head_bias: bool = False, device: Any = None,
                 dtype: Any = None) -> None:
        super().__init__()
        cuts = list(cutoffs)
        if not cuts:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (cuts != sorted(set(cuts)) or min(cuts) <= 0 or max(cuts) > n_classes - 1
                or any(int(c) != c for c in cuts)):
            raise ValueError("cutoffs should be a sequence of unique, positive integers sorted in "
                             "an increasing order, where each value is between 1 and n_classes-1")
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cuts, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        options = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **options)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            width = int(in_features // (div_value ** (i + 1)))
            size = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(Sequential(Linear(in_features, width, bias=False, **options),
                                        Linear(width, size, bias=False, **options)))

    def reset_parameters(self) -> None:
        """Draw new first values."""
        self.head.reset_parameters()
        for narrow, out in self.tail:
            narrow.reset_parameters()
            out.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> ASMOutput:
        """[N, in_features] and [N] classes to the log-probability of each target [N], and the mean
        of their negatives."""
        single = target_.dim() == 0
        self._check(input_, target_)
        x, y = (input_.unsqueeze(0), target_.unsqueeze(0)) if single else (input_, target_)
        head = F.log_softmax(self.head(x), dim=1)
        place = y
        for i in range(self.n_clusters):
            place = where(y >= self.cutoffs[i], self.shortlist_size + i, place)
        output = head.gather(1, place.unsqueeze(1)).squeeze(1)
        for i in range(self.n_clusters):
            low, high = self.cutoffs[i], self.cutoffs[i + 1]
            rows = ((y >= low) & (y < high)).nonzero().squeeze(1)
            if rows.numel():
                inside = F.log_softmax(self.tail[i](x.index_select(0, rows)), dim=1)
                relative = (y.index_select(0, rows) - low).unsqueeze(1)
                output = output.index_add(0, rows, inside.gather(1, relative).squeeze(1))
        loss = (-output).mean()
        return ASMOutput(output.squeeze(0) if single else output, loss)

    def _check(self, input: Any, target: Any) -> None:
        dims = target.dim()
        if dims == 1:
            if input.size(0) != target.size(0):
                raise RuntimeError(
                    "Input and target should have the same size in the batch dimension.")
            if input.dim() != 2:
                raise RuntimeError("1D target tensor expects 2D input tensors, but found inputs "
                                   f"with size {input.size()}")
        elif dims != 0:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        elif input.dim() != 1:
            raise RuntimeError("0D target tensor expects 1D input tensors, but found inputs with "
                               f"size {input.size()}")
        if target.numel() and not 0 <= int(target.min()) <= int(target.max()) < self.n_classes:
            raise RuntimeError(f"Target values should be in [0, {self.n_classes - 1}], but values "
                               f"in range [{target.min().item()}, {target.max().item()}] were "
                               "found. ")

    def log_prob(self, input: Any) -> Any:
        """The log-probabilities of all classes, [N, n_classes]."""
        return self._all(input, self.head(input))

    def _all(self, input: Any, head_output: Any) -> Any:
        out = empty((head_output.size(0), self.n_classes), dtype=head_output.dtype)
        head = F.log_softmax(head_output, dim=1)
        out[:, :self.shortlist_size] = head[:, :self.shortlist_size]
        for i in range(self.n_clusters):
            start, stop = self.cutoffs[i], self.cutoffs[i + 1]
            inside = F.log_softmax(self.tail[i](input), dim=1)
            out[:, start:stop] = inside + head[:, self.shortlist_size + i].unsqueeze(1)
        return out

    def predict(self, input: Any) -> Any:
        """The class of the highest probability, [N]."""
        return self.log_prob(input).argmax(1)


__all__ = ["ASMOutput", "AdaptiveLogSoftmaxWithLoss"]
