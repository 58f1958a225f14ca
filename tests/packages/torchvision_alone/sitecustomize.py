"""PyTorch without the compiled part of torchvision, which is another build's: the operators that
torchvision's Python asks for when it is imported, so that it can be."""

import torch

_library = torch.library.Library("torchvision", "DEF")
_library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
_library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
for _name in ("roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d"):
    _library.define(f"{_name}(Tensor input) -> Tensor")
    _library.define(f"_{_name}_backward(Tensor input) -> Tensor")
