"""peft: LoRA adapters on a module and on a tiny Llama; merged, saved and loaded.

needs: peft transformers tokenizers safetensors huggingface-hub accelerate
"""
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
config = LlamaConfig(vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=4,
                     max_position_embeddings=64)
base = LlamaForCausalLM(config)
start = {k: v.clone() for k, v in base.state_dict().items()}
model = get_peft_model(base, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], lora_dropout=0.0,
                                        task_type="CAUSAL_LM"))
print(model.get_nb_trainable_parameters())
ids = torch.randint(0, 64, (2, 12))
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-2)
for _ in range(4):
    loss = model(input_ids=ids, labels=ids).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item())
folder = tempfile.mkdtemp()
model.save_pretrained(folder)
plain = LlamaForCausalLM(config)
plain.load_state_dict(start)
again = PeftModel.from_pretrained(plain, folder)
model.eval(), again.eval()
print(torch.allclose(again(ids).logits, model(ids).logits, atol=1e-6))
with again.disable_adapter():
    print((again(ids).logits - model(ids).logits).abs().max().item() > 1e-6)
merged = again.merge_and_unload()
print(torch.allclose(merged(ids).logits, model(ids).logits, atol=1e-5), type(merged).__name__)
