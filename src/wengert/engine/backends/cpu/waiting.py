"""Poisson numbers and waiting times as machine code: those of ``random_stream/rejection.py`` and
``generator.py``, in the same steps."""

from __future__ import annotations

import re

from ...dtypes import float64
from .literals import literal

POISSON = """\
declare double @exp(double)
declare double @log(double)
declare double @lgamma(double)
declare double @llvm.sqrt.f64(double)
declare double @llvm.floor.f64(double)
declare double @llvm.fabs.f64(double)
define i64 @kernel(ptr %words.of, i64 %start, i64 %count, ptr %rates.of, ptr %out.of, ptr %used.of,
                   i64 %first, i64 %size) {
entry:
  ARRAYS
  br label %head
head:
  %i = phi i64 [ %first, %entry ], [ %i.next, %store ]
  %at = phi i64 [ 0, %entry ], [ %at.next, %store ]
  %more = icmp slt i64 %i, %size
  br i1 %more, label %body, label %done
body:
  %rate.at = getelementptr double, ptr %rates, i64 %i
  %rate = load double, ptr %rate.at
  %minus = fneg double %rate
  %none = fcmp oeq double %rate, {0}
  br i1 %none, label %store, label %some
some:
  %small = fcmp olt double %rate, {10}
  br i1 %small, label %few, label %many
few:
  %bound = call double @exp(double %minus)
  br label %factor
factor:
  %f.at = phi i64 [ %at, %few ], [ %f.next, %factor.draw ]
  %product = phi double [ {1}, %few ], [ %product.next, %factor.draw ]
  %factors = phi double [ {-1}, %few ], [ %factors.next, %factor.draw ]
  %f.next = add i64 %f.at, 2
  %f.there = icmp sle i64 %f.next, %count
  br i1 %f.there, label %factor.draw, label %done
factor.draw:
  UNIT f %f.at
  %product.next = fmul double %product, %f
  %factors.next = fadd double %factors, {1}
  %f.more = fcmp ogt double %product.next, %bound
  br i1 %f.more, label %factor, label %store
many:
  %root = call double @llvm.sqrt.f64(double %rate)
  %log.rate = call double @log(double %rate)
  %b.root = fmul double {2.53}, %root
  %b = fadd double {0.931}, %b.root
  %a.b = fmul double {0.02483}, %b
  %a = fadd double {-0.059}, %a.b
  %b.less = fsub double %b, {3.4}
  %inverse.b = fdiv double {1.1328}, %b.less
  %inverse = fadd double {1.1239}, %inverse.b
  %log.inverse = call double @log(double %inverse)
  %b.two = fsub double %b, {2}
  %quick.b = fdiv double {3.6224}, %b.two
  %quick = fsub double {0.9277}, %quick.b
  %a.twice = fmul double {2}, %a
  br label %try
try:
  %t.at = phi i64 [ %at, %many ], [ %t.next, %try.draw ], [ %t.next, %near ], [ %t.next, %squeeze ],
                  [ %t.next, %last ]
  %t.half = add i64 %t.at, 2
  %t.next = add i64 %t.at, 4
  %t.there = icmp sle i64 %t.next, %count
  br i1 %t.there, label %try.draw, label %done
try.draw:
  UNIT u.one %t.at
  UNIT v %t.half
  %u = fsub double %u.one, {0.5}
  %u.size = call double @llvm.fabs.f64(double %u)
  %margin = fsub double {0.5}, %u.size
  %m.none = fcmp oeq double %margin, {0}
  %v.none = fcmp oeq double %v, {0}
  %neither = or i1 %m.none, %v.none
  br i1 %neither, label %try, label %place
place:
  %k.a = fdiv double %a.twice, %margin
  %k.b = fadd double %k.a, %b
  %k.u = fmul double %k.b, %u
  %k.rate = fadd double %k.u, %rate
  %k.more = fadd double %k.rate, {0.43}
  %k = call double @llvm.floor.f64(double %k.more)
  %wide = fcmp oge double %margin, {0.07}
  %under = fcmp ole double %v, %quick
  %quickly = and i1 %wide, %under
  br i1 %quickly, label %store, label %near
near:
  %negative = fcmp olt double %k, {0}
  br i1 %negative, label %try, label %squeeze
squeeze:
  %narrow = fcmp olt double %margin, {0.013}
  %over = fcmp ogt double %v, %margin
  %outside = and i1 %narrow, %over
  br i1 %outside, label %try, label %last
last:
  %log.v = call double @log(double %v)
  %square = fmul double %margin, %margin
  %hat.a = fdiv double %a, %square
  %hat = fadd double %hat.a, %b
  %log.hat = call double @log(double %hat)
  %tried.v = fadd double %log.v, %log.inverse
  %tried = fsub double %tried.v, %log.hat
  %k.log = fmul double %k, %log.rate
  %limit.k = fadd double %minus, %k.log
  %k.one = fadd double %k, {1}
  %gamma = call double @lgamma(double %k.one)
  %limit = fsub double %limit.k, %gamma
  %taken = fcmp ole double %tried, %limit
  br i1 %taken, label %store, label %try
store:
  %value = phi double [ {0}, %body ], [ %factors.next, %factor.draw ], [ %k, %place ], [ %k, %last ]
  %at.next = phi i64 [ %at, %body ], [ %f.next, %factor.draw ], [ %t.next, %place ],
                     [ %t.next, %last ]
  %out.at = getelementptr double, ptr %out, i64 %i
  store double %value, ptr %out.at
  %i.next = add i64 %i, 1
  br label %head
done:
  store i64 %at, ptr %used
  ret i64 %i
}
"""
"""It ends where the words do: with the place of the number for which there were too few, and how
many words those before it took."""
EXPONENTIAL = """\
declare double @log1p(double)
define void @kernel(ptr %words.of, i64 %start, ptr %out.of, i64 %size, double %scale) {
entry:
  ARRAYS
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %i.next, %body ]
  %more = icmp slt i64 %i, %size
  br i1 %more, label %body, label %done
body:
  %at = shl i64 %i, 1
  UNIT u %at
  %minus = fneg double %u
  %log = call double @log1p(double %minus)
  %time = fmul double %scale, %log
  %out.at = getelementptr double, ptr %out, i64 %i
  store double %time, ptr %out.at
  %i.next = add i64 %i, 1
  br label %head
done:
  ret void
}
"""
UNIT = """\
  %{0}.high.at = getelementptr i64, ptr %words, i64 {1}
  %{0}.low.at = getelementptr i64, ptr %{0}.high.at, i64 1
  %{0}.high = load i64, ptr %{0}.high.at
  %{0}.low = load i64, ptr %{0}.low.at
  %{0}.up = shl i64 %{0}.high, 32
  %{0}.both = or i64 %{0}.up, %{0}.low
  %{0}.bits = and i64 %{0}.both, 9007199254740991
  %{0}.whole = sitofp i64 %{0}.bits to double
  %{0} = fmul double %{0}.whole, {{{2}}}
"""


def poisson_text(arrays: str) -> str:
    """The text that draws numbers of given rates, with the lines that find its arrays."""
    return _whole(POISSON, arrays)


def exponential_text(arrays: str) -> str:
    """The text that draws waiting times of one rate."""
    return _whole(EXPONENTIAL, arrays)


def _whole(text: str, arrays: str) -> str:
    text = re.sub(r"  UNIT (\S+) (\S+)\n",
                  lambda found: UNIT.format(found[1], found[2], 2.0**-53), text)
    text = re.sub(r"\{([-\d.e]+)\}", lambda found: literal(float(found[1]), float64), text)
    return text.replace("  ARRAYS", arrays)


__all__ = ["exponential_text", "poisson_text"]
