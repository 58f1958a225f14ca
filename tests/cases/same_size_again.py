"""interpolate with a scale that keeps the size gives the image back where PyTorch does."""
import torch
from torch.nn.functional import interpolate

for height, width in ((3, 4), (4, 5), (2, 7)):
    image = torch.arange(float(height * width)).reshape(1, 1, height, width)
    for scale in (1.05, 1.1, (1.0, 1.1)):
        for mode in ("nearest", "bilinear"):
            assert torch.equal(interpolate(image, scale_factor=scale, mode=mode), image)
    assert torch.equal(interpolate(image, scale_factor=1.1, recompute_scale_factor=True,
                                   mode="bicubic"), image)
row = torch.arange(4.0).reshape(1, 1, 1, 4)
assert interpolate(row, scale_factor=(1.0, 2.1)).flatten().tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
line = row[0]
assert interpolate(line, scale_factor=1.1).flatten().tolist() == [0, 0, 1, 2]
assert torch.equal(interpolate(line, scale_factor=1.2, mode="linear"), line)
