"""Random numbers, bit for bit those that PyTorch's CPU generator draws from the same seed.

Start with :class:`Generator`: it owns one Mersenne Twister, and each method of it is one
distribution. Every draw takes from the stream exactly the 32-bit words that PyTorch takes, in the
same order, so draws of different kinds may be interleaved, and a state saved by either library
continues in the other. :data:`default_generator` is the one that ``torch.manual_seed`` seeds.

>>> Generator().manual_seed(0).uniform((3,))
array([0.4962566 , 0.7682218 , 0.08847743], dtype=float32)

The reference is torch 2.13 on x86-64 with AVX2, where

- uniform, integers, permutation, bernoulli and multinomial are exact, being integer arithmetic
  and one fused multiply-add;
- normal in float32, float16 and bfloat16 is exact: from 16 numbers on, it rounds step by step as
  the vector code there does (Cephes polynomials with fused multiply-adds), which was compared at
  each of the 2**24 radii and angles; fewer numbers go through libm in float64 and are rounded;
- normal in float64, exponential, geometric, cauchy and log_normal call this machine's libm, as
  torch does: exact where both share it, else within 2 ulp;
- poisson, binomial and gamma accept or reject by a comparison of such values, so a difference in
  the last bit could, once in some 10^14 draws, change what follows.

Earlier releases of torch differ in places: in 16-bit normal numbers, and on Intel processors in
``bernoulli``, and so dropout, which they handed to a generator of MKL's.

``generator.py`` has the stream and a method per distribution; the others it is made of:
``words.py`` has its words and ``ahead.py`` draws them ahead, ``arguments.py`` checks,
``arithmetic.py`` rounds, ``box_muller.py`` makes normal numbers, and ``rejection.py`` makes the
numbers that are drawn until one is accepted.
"""

from __future__ import annotations

from .generator import Generator, default_generator

__all__ = ["Generator", "default_generator"]
