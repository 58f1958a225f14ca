"""transformers: BERT, tiny: masked language modelling and classification, a sharded checkpoint.

needs: transformers tokenizers safetensors huggingface-hub
"""
import os
import tempfile

import torch
from transformers import AutoModel, BertConfig, BertForMaskedLM, BertForSequenceClassification

torch.manual_seed(0)
config = BertConfig(vocab_size=60, hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40,
                    max_position_embeddings=32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, num_labels=3)
ids, mask = torch.randint(2, 60, (3, 10)), torch.ones(3, 10, dtype=torch.long)
mask[1, 6:] = 0
labels = torch.where(torch.rand(3, 10) < 0.3, ids, -100)
for model, target in ((BertForMaskedLM(config), labels), (BertForSequenceClassification(config), torch.tensor([0, 2, 1]))):
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    for _ in range(3):
        loss = model(input_ids=ids, attention_mask=mask, labels=target).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print("loss", loss.item())
folder = tempfile.mkdtemp()
model.save_pretrained(folder, max_shard_size="8kB")
print(len([name for name in os.listdir(folder) if name.endswith(".safetensors")]) > 1)
again = BertForSequenceClassification.from_pretrained(folder).eval()
model.eval()
print(torch.equal(again(ids).logits, model(ids).logits))
base = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
out = base(ids, attention_mask=mask, output_hidden_states=True, output_attentions=True)
print(out.last_hidden_state.abs().sum().item(), len(out.hidden_states), out.attentions[0].shape)
