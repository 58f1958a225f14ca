"""transformers: GPT-2, tiny: training steps, generate, save_pretrained and from_pretrained.

needs: transformers tokenizers safetensors huggingface-hub
"""
import tempfile

import torch
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(0)
config = GPT2Config(vocab_size=50, n_positions=32, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=1,
                    resid_pdrop=0, embd_pdrop=0, attn_pdrop=0)
model = GPT2LMHeadModel(config)
ids = torch.randint(2, 50, (2, 12))
optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
for _ in range(4):
    loss = model(input_ids=ids, labels=ids).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item())
model.eval()
print(model.generate(ids[:, :4], max_new_tokens=6, do_sample=False, pad_token_id=1).tolist())
print(model.generate(ids[:1, :4], max_new_tokens=6, num_beams=3, pad_token_id=1).tolist())
torch.manual_seed(1)
print(model.generate(ids[:1, :4], max_new_tokens=6, do_sample=True, top_k=10, temperature=0.8, pad_token_id=1).tolist())
folder = tempfile.mkdtemp()
model.save_pretrained(folder)
again = GPT2LMHeadModel.from_pretrained(folder)
print(torch.equal(again(ids).logits, model(ids).logits), type(again).__name__)
