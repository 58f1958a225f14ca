"""transformers: Llama, tiny: training in accumulated steps, generate with a cache, a Trainer.

needs: transformers tokenizers safetensors huggingface-hub accelerate
"""
import tempfile

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PrinterCallback, Trainer, TrainingArguments

torch.manual_seed(0)
config = LlamaConfig(vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
                     num_key_value_heads=2, max_position_embeddings=64, bos_token_id=0, eos_token_id=1)
model = LlamaForCausalLM(config)
ids = torch.randint(2, 64, (4, 16))
optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 6)
for step in range(6):
    loss = model(input_ids=ids[step % 2::2], labels=ids[step % 2::2]).loss / 2
    loss.backward()
    if step % 2:
        print("norm", torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item(), "loss", loss.item())
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
model.eval()
prompt = ids[:2, :5]
for cache in True, False:
    print(model.generate(prompt, max_new_tokens=8, do_sample=False, use_cache=cache, pad_token_id=1).tolist())
folder = tempfile.mkdtemp()
model.save_pretrained(folder)
again = LlamaForCausalLM.from_pretrained(folder)
print(torch.equal(again(ids).logits, model(ids).logits))


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, i):
        row = torch.arange(i, i + 10) % 60 + 2
        return {"input_ids": row, "labels": row}


trainer = Trainer(model=again, args=TrainingArguments(
    output_dir=folder, max_steps=4, per_device_train_batch_size=2, logging_steps=1, report_to=[], save_steps=4,
    learning_rate=1e-3, seed=3, use_cpu=True, disable_tqdm=True), train_dataset=Rows())
trainer.remove_callback(PrinterCallback)
result = trainer.train()
print("trained", result.training_loss)
