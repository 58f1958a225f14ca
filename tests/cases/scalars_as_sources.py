"""A source of no dimensions is a number only where a number is asked for."""
import torch

places, one = torch.tensor([0, 1]), torch.tensor(1.5)
for write in (torch.Tensor.scatter, torch.Tensor.scatter_add, torch.Tensor.scatter_):
    try:
        write(torch.zeros(4), 0, places, one)
    except RuntimeError as error:
        assert "no larger" in str(error), error
    else:
        raise AssertionError(write)
assert torch.zeros(4).scatter(0, places[:1], one).tolist() == [1.5, 0, 0, 0]
assert torch.zeros(()).scatter_add(0, places[0], one).item() == 1.5
assert torch.zeros(4).scatter(0, places, value=one).tolist() == [1.5, 1.5, 0, 0]
assert torch.zeros(4, dtype=torch.int64).scatter(0, places, 1.5).tolist() == [1, 1, 0, 0]
