"""diffusers: a small UNet trained to take noise away, a DDPM and a DDIM sampler, a saved pipeline.

needs: diffusers huggingface-hub safetensors transformers tokenizers accelerate
tolerance: 1e-3
"""
import tempfile

import torch
from diffusers import DDIMScheduler, DDPMPipeline, DDPMScheduler, UNet2DModel

torch.manual_seed(0)
unet = UNet2DModel(sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(16, 32),
                   down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
                   norm_num_groups=8)
noise = DDPMScheduler(num_train_timesteps=20)
optimizer = torch.optim.AdamW(unet.parameters(), 1e-3)
images = torch.randn(2, 1, 8, 8)
for _ in range(3):
    eps, t = torch.randn_like(images), torch.randint(0, 20, (2,))
    loss = torch.nn.functional.mse_loss(unet(noise.add_noise(images, eps, t), t).sample, eps)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("loss", loss.item())
unet.eval()
ddim = DDIMScheduler(num_train_timesteps=20)
ddim.set_timesteps(4)
x = torch.randn(1, 1, 8, 8)
with torch.no_grad():
    for t in ddim.timesteps:
        x = ddim.step(unet(x, t).sample, t, x).prev_sample
print(x.abs().mean().item(), x.std().item())
folder = tempfile.mkdtemp()
pipeline = DDPMPipeline(unet=unet, scheduler=noise)
pipeline.set_progress_bar_config(disable=True)
pipeline.save_pretrained(folder)
again = DDPMPipeline.from_pretrained(folder)
again.set_progress_bar_config(disable=True)
pictures = again(batch_size=1, num_inference_steps=3, output_type="np", generator=torch.Generator().manual_seed(3)).images
print(pictures.shape, float(pictures.mean()))
