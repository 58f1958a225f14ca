"""adabelief-pytorch: a recurrent network, trained with rectification, AMSGrad and decoupled decay.

needs: adabelief-pytorch
"""
import torch
from adabelief_pytorch import AdaBelief

for rectify, amsgrad in ((False, False), (True, False), (False, True)):
    torch.manual_seed(0)
    cell, head = torch.nn.GRU(3, 6, batch_first=True), torch.nn.Linear(6, 1)
    parameters = [*cell.parameters(), *head.parameters()]
    optimizer = AdaBelief(parameters, lr=1e-2, eps=1e-12, rectify=rectify, amsgrad=amsgrad, weight_decay=1e-2,
                          print_change_log=False)
    for length in (4, 6, 5, 4, 6, 5, 4):
        x = torch.randn(2, length, 3)
        loss = (head(cell(x)[0][:, -1]) - x.sum((1, 2))[:, None]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        print(loss.item())
