"""Sums over taps: the machine code of convolutions.

A *tap* is one factor of the sum that makes a result: how far it lies from the place of the result,
in bytes. In planes with a margin, whose lines all have one length (the *pitch*), it lies as far for
every place, if the places are counted in such lines too. So the sum is a matrix product whose one
factor is read where it is, and a few results between the lines that nobody needs. One text serves
all shapes:

- :func:`sums`: ``y[m, p] = sum over t of w[t, m] * x[p + taps[t]]``
- :func:`products`: ``w[m, t] += sum over p of y[m, p] * x[p + taps[t]]``

and :func:`margins` copies planes into such with a margin of zeros.

Several rows ``m`` and several vectors of places (or several taps) are in registers at a time: then
an element that was read is used several times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ...dtypes import DType
from .own import loop, moved, product
from .text import BASE, Code, load_vector, masked_lanes, store_vector, typed

SUM_ROWS = {512: {8: 3, 4: 5, 2: 6, 1: 6}, 256: {4: 2, 2: 4, 1: 4}, 128: {4: 2, 2: 4, 1: 4}}
"""How many rows a sum has in registers at a time, and beside each number how many vectors of
places: all rows are done in blocks of the first, what is left in blocks of the others."""
PRODUCT_ROWS = {512: ((4, 1), (6, 3, 1)), 256: ((4, 1), (2, 1)), 128: ((4, 1), (2, 1))}
"""How many rows, and how many taps, products have in registers at a time."""
LONGEST = 1 << 13
"""So many bytes of each row are kept at most before their lines are put one after the other."""

SUMS = ("x", "taps", "w", "y", "count", "channels", "x.image", "x.group", "w.group", "y.image",
        "y.group", "y.channel", "step", "total", "y.step", "pitch", "line", "direct", "blocks",
        "groups")
"""What a kernel of sums is told: addresses, then numbers, all of them bytes but for those of taps,
of rows and of groups, and how many blocks of places there are. A block has ``step`` bytes of the
``total`` of a plane, and begins ``y.step`` bytes after the last in the result; ``direct`` says that
places lie in the result as in the planes."""
PRODUCTS = ("x", "taps", "y", "w", "count", "channels", "images", "x.image", "x.group", "w.group",
            "y.image", "y.group", "y.channel", "total", "blocks")
"""What a kernel of products is told."""
MARGINS = ("x", "planes", "line", "lines", "plane", "before", "pitch", "first", "depth")
"""What a kernel of margins is told: addresses; the bytes of a line, how many of them a plane has,
and its bytes; how many bytes are before a line in the copy, and those of a line there; how many
lines are before the first, and how many there are. All lines of the copy are written."""
ADDRESSES = {SUMS: 4, PRODUCTS: 4, MARGINS: 2}
"""So many of each are addresses."""


class Writer:
    """The functions of a text, for elements of a dtype in vectors of so many bits."""

    def __init__(self, dtype: DType, bits: int) -> None:
        self.dtype, self.bits = dtype, bits
        self.size = dtype.itemsize
        self.width = bits // 8 // self.size
        self.base = BASE[dtype]
        self.vector = typed(self.base, self.width)
        self.needs: dict[str, str] = {}
        self.functions: list[str] = []

    def text(self) -> str:
        return "\n".join([*[self.needs[name] for name in sorted(self.needs)], *self.functions])

    @contextmanager
    def defined(self, name: str, parameters: str, kind: str = "internal void") -> Iterator[Code]:
        """A function, whose body is written within."""
        code = Code(needs=self.needs)
        yield code
        result = "i32 0" if kind == "i32" else "void"
        self.functions.append("\n".join([
            f"define {kind} @{name}({parameters}) alignstack({self.bits // 8}) {{", "entry:",
            *code.lines, f"  ret {result}", "}", ""]))

    def load(self, code: Code, at: str, place: int, mask: str | None = None) -> str:
        """The vector that begins so many vectors after an address."""
        at = moved(code, "i8", at, str(place * self.width * self.size)) if place else at
        return load_vector(code, at, self.dtype, self.width, mask)

    def added(self, code: Code, a: str, b: str, c: str) -> str:
        """``a * b + c``"""
        return code.intrinsic("fma", self.base, self.width, a, b, c)

    def rest(self, code: Code, place: str, total: str) -> str:
        """The mask of the vector at a place, in bytes, of so many."""
        first, last = (code.op(f"sdiv exact i64 {each}, {self.size}") for each in (place, total))
        return masked_lanes(code, first, last, self.width)

    # ---- sums ----

    def tile(self, rows: int, vectors: int, masked: bool) -> None:
        """Rows of vectors: the sum over all taps."""
        name = f"{'some' if masked else 'tile'}{rows}"
        given = "ptr %x, ptr %taps, ptr %w, i64 %count, ptr %out, i64 %apart"
        given += f", <{self.width} x i1> %mask" if masked else ""
        with self.defined(name, given) as code:
            cells = [(i, k) for i in range(rows) for k in range(vectors)]
            carried: list[str] = []
            with loop(code, "t", "0", "%count", carried=carried) as t:
                tap = code.op(f"load i64, ptr {moved(code, 'i64', '%taps', t)}")
                at = moved(code, "i8", "%x", tap)
                values = [self.load(code, at, k, "%mask" if masked else None)
                          for k in range(vectors)]
                weights = moved(code, self.base, "%w", product(code, t, str(rows)))
                for i in range(rows):
                    weight = code.op(f"load {self.base}, ptr "
                                     f"{moved(code, self.base, weights, str(i))}")
                    whole = code.spread(weight, self.base, self.width)
                    for k in range(vectors):
                        new = self.added(code, whole, values[k], f"%a{i}.{k}")
                        carried.append(f"  %a{i}.{k} = phi {self.vector} "
                                       f"[ zeroinitializer, %entry ], [ {new}, %t.turn ]")
            lines = [moved(code, "i8", "%out", product(code, "%apart", str(i)))
                     for i in range(rows)]
            for i, k in cells:
                at = moved(code, "i8", lines[i], str(k * self.width * self.size))
                store_vector(code, f"%a{i}.{k}", at, self.dtype, self.width,
                             "%mask" if masked else None)

    def strip(self, rows: int, vectors: int) -> None:
        """Rows of any length: tiles, and what is left vector by vector."""
        self.tile(rows, vectors, False)
        self.tile(rows, 1, True)
        with self.defined(f"strip{rows}", "ptr %x, ptr %taps, ptr %w, i64 %count, ptr %out, "
                           "i64 %apart, i64 %total") as code:
            step = vectors * self.width * self.size
            whole = code.op(f"sdiv i64 %total, {step}")
            end = product(code, whole, str(step))
            for name, first, last, by in (("tile", "0", end, step),
                                          ("some", end, "%total", self.width * self.size)):
                with loop(code, name, first, last, str(by)) as p:
                    x, out = moved(code, "i8", "%x", p), moved(code, "i8", "%out", p)
                    given = f"ptr {x}, ptr %taps, ptr %w, i64 %count, ptr {out}, i64 %apart"
                    if name == "some":
                        given += f", <{self.width} x i1> {self.rest(code, p, '%total')}"
                    code.do(f"call void @{name}{rows}({given})")

    def lines(self) -> None:
        """Put the beginnings of lines one after the other."""
        step = self.width * self.size
        with self.defined("lines", "ptr %from, i64 %pitch, ptr %to, i64 %line, i64 %total"
                           ) as code, loop(code, "l", "0", "%total", "%pitch") as at:
            k = code.op(f"sdiv i64 {at}, %pitch")
            source = moved(code, "i8", "%from", at)
            target = moved(code, "i8", "%to", product(code, k, "%line"))
            with loop(code, "p", "0", "%line", str(step)) as p:
                # A block of places ends with a line, so there is something to read behind it.
                value = self.load(code, moved(code, "i8", source, p), 0)
                store_vector(code, value, moved(code, "i8", target, p), self.dtype, self.width,
                             self.rest(code, p, "%line"))

    def sums(self) -> None:
        """The kernel, whose rows are blocks of places of all groups of channels of all images."""
        rows = SUM_ROWS[self.bits]
        for each, vectors in rows.items():
            self.strip(each, vectors)
        self.lines()
        with self.kernel(SUMS) as code:
            room = max(rows) * (LONGEST + self.bits // 8)
            code.do(f"%scratch = alloca [{room} x i8], align 64")
            with loop(code, "u", "%begin", "%end") as u:
                image, group, block = self.parts(code, u, "%groups", "%blocks")
                first = product(code, block, "%step")
                left = code.op(f"sub i64 %total, {first}")
                length = self.least(code, left, "%step")
                x = moved(code, "i8", "%x", first, product(code, image, "%x.image"),
                          product(code, group, "%x.group"))
                y = moved(code, "i8", "%y", product(code, block, "%y.step"),
                          product(code, image, "%y.image"), product(code, group, "%y.group"))
                w = moved(code, "i8", "%w", product(code, group, "%w.group"))
                done = "0"
                for each in rows:
                    done = self.blocks_of(code, each, done, x, w, y, length)

    def blocks_of(self, code: Code, rows: int, done: str, x: str, w: str, y: str,
                  length: str) -> str:
        """The sums of as many rows as come in blocks of so many, after those that are done."""
        name = f"m{rows}"
        end = self.after(code, done, "%channels", rows)
        vector = self.bits // 8
        longer = code.op(f"add i64 {length}, {vector - 1}")
        apart = code.op(f"and i64 {longer}, {-vector}")
        direct = code.op("icmp ne i64 %direct, 0")
        with loop(code, name, done, end, str(rows)) as m:
            weights = moved(code, self.base, w, product(code, m, "%count"))
            out = moved(code, "i8", y, product(code, m, "%y.channel"))
            to = code.op(f"select i1 {direct}, ptr {out}, ptr %scratch")
            by = code.op(f"select i1 {direct}, i64 %y.channel, i64 {apart}")
            code.do(f"call void @strip{rows}(ptr {x}, ptr %taps, ptr {weights}, i64 %count, "
                    f"ptr {to}, i64 {by}, i64 {length})")
            lines = code.op(f"select i1 {direct}, i64 0, i64 {rows}")
            with loop(code, f"{name}.lines", "0", lines) as i:
                source = moved(code, "i8", "%scratch", product(code, i, apart))
                target = moved(code, "i8", out, product(code, i, "%y.channel"))
                code.do(f"call void @lines(ptr {source}, i64 %pitch, ptr {target}, i64 %line, "
                        f"i64 {length})")
        return end

    # ---- products ----

    def cell(self, rows: int, taps: int) -> None:
        """Rows and taps: the sum over the places of all images."""
        step = self.width * self.size
        with self.defined(f"cell{rows}.{taps}", "ptr %x, ptr %taps, ptr %y, ptr %w, i64 %apart, "
                           "i64 %images, i64 %x.image, i64 %y.image, i64 %y.channel, i64 %total"
                           ) as code:
            cells = [(i, k) for i in range(rows) for k in range(taps)]
            tap = [code.op(f"load i64, ptr {moved(code, 'i64', '%taps', str(k))}")
                   for k in range(taps)]
            whole = code.op(f"sdiv i64 %total, {step}")
            end = product(code, whole, str(step))
            outer: list[str] = []
            with loop(code, "n", "0", "%images", carried=outer) as n:
                x = moved(code, "i8", "%x", product(code, n, "%x.image"))
                y = moved(code, "i8", "%y", product(code, n, "%y.image"))
                xs = [moved(code, "i8", x, each) for each in tap]
                ys = [moved(code, "i8", y, product(code, "%y.channel", str(i)))
                      for i in range(rows)]
                inner: list[str] = []
                before = code.block
                with loop(code, "p", "0", end, str(step), inner) as p:
                    new = self.cell_step(code, xs, ys, p, "a", None)
                    inner += [f"  %a{i}.{k} = phi {self.vector} [ %n{i}.{k}, %{before} ], "
                              f"[ {new[i, k]}, %p.turn ]" for i, k in cells]
                rest: list[str] = []
                before = code.block
                with loop(code, "q", end, "%total", str(step), rest) as q:
                    new = self.cell_step(code, xs, ys, q, "b", self.rest(code, q, "%total"))
                    rest += [f"  %b{i}.{k} = phi {self.vector} [ %a{i}.{k}, %{before} ], "
                             f"[ {new[i, k]}, %q.turn ]" for i, k in cells]
                outer += [f"  %n{i}.{k} = phi {self.vector} [ zeroinitializer, %entry ], "
                          f"[ %b{i}.{k}, %n.turn ]" for i, k in cells]
            for i, k in cells:
                row = moved(code, "i8", "%w", product(code, "%apart", str(i)))
                self.add_up(code, f"%n{i}.{k}", moved(code, self.base, row, str(k)))

    def cell_step(self, code: Code, xs: Sequence[str], ys: Sequence[str], place: str, name: str,
                  mask: str | None) -> dict[tuple[int, int], str]:
        """What the sums become by the vectors at a place."""
        left = [self.load(code, moved(code, "i8", y, place), 0, mask) for y in ys]
        right = [self.load(code, moved(code, "i8", x, place), 0, mask) for x in xs]
        return {(i, k): self.added(code, left[i], right[k], f"%{name}{i}.{k}")
                for i in range(len(ys)) for k in range(len(xs))}

    def add_up(self, code: Code, vector: str, at: str) -> None:
        """Add the sum of a vector to an element."""
        name = f"@llvm.vector.reduce.fadd.v{self.width}f{8 * self.size}"
        self.needs[name] = f"declare {self.base} {name}({self.base}, {self.vector})"
        old = code.op(f"load {self.base}, ptr {at}")
        total = code.op(f"call reassoc {self.base} {name}({self.base} {old}, "
                        f"{self.vector} {vector})")
        code.do(f"store {self.base} {total}, ptr {at}")

    def row_of_cells(self, rows: int, taps: Sequence[int]) -> None:
        """Rows, with all their taps."""
        given = ("i64 %apart, i64 %images, i64 %x.image, i64 %y.image, i64 %y.channel, "
                 "i64 %total")
        for each in taps:
            self.cell(rows, each)
        with self.defined(f"row{rows}", f"ptr %x, ptr %taps, ptr %y, ptr %w, i64 %count, {given}"
                           ) as code:
            done = "0"
            for each in taps:
                end = self.after(code, done, "%count", each)
                with loop(code, f"t{each}", done, end, str(each)) as t:
                    code.do(f"call void @cell{rows}.{each}(ptr %x, "
                            f"ptr {moved(code, 'i64', '%taps', t)}, ptr %y, "
                            f"ptr {moved(code, self.base, '%w', t)}, {given})")
                done = end

    def products(self) -> None:
        """The kernel, whose rows are blocks of channels of all groups."""
        rows, taps = PRODUCT_ROWS[self.bits]
        for each in rows:
            self.row_of_cells(each, taps)
        with self.kernel(PRODUCTS) as code:
            apart = product(code, "%count", str(self.size))
            with loop(code, "u", "%begin", "%end") as u:
                group = code.op(f"sdiv i64 {u}, %blocks")
                block = code.op(f"srem i64 {u}, %blocks")
                first = product(code, block, str(rows[0]))
                last = self.least(code, code.op(f"add i64 {first}, {rows[0]}"), "%channels")
                x = moved(code, "i8", "%x", product(code, group, "%x.group"))
                y = moved(code, "i8", "%y", product(code, group, "%y.group"))
                w = moved(code, "i8", "%w", product(code, group, "%w.group"))
                done = first
                for each in rows:
                    end = self.after(code, done, last, each)
                    with loop(code, f"m{each}", done, end, str(each)) as m:
                        code.do(f"call void @row{each}(ptr {x}, ptr %taps, "
                                f"ptr {moved(code, 'i8', y, product(code, m, '%y.channel'))}, "
                                f"ptr {moved(code, 'i8', w, product(code, m, apart))}, i64 %count, "
                                f"i64 {apart}, i64 %images, i64 %x.image, i64 %y.image, "
                                f"i64 %y.channel, i64 %total)")
                    done = end

    # ---- margins ----

    def margins(self) -> None:
        """The kernel, whose rows are planes."""
        step = self.width * self.size
        with self.kernel(MARGINS) as code:
            whole = product(code, "%pitch", "%depth")
            past = code.op("add i64 %before, %line")
            with loop(code, "u", "%begin", "%end") as u:
                x = moved(code, "i8", "%x", product(code, u, "%plane"))
                to = moved(code, "i8", "%planes", product(code, u, whole))
                with loop(code, "l", "0", "%depth") as line:
                    k = code.op(f"sub i64 {line}, %first")
                    inside = code.op(f"icmp ult i64 {k}, %lines")
                    # A line of the margin has no element: its lanes begin where they end.
                    last = code.op(f"select i1 {inside}, i64 {past}, i64 %before")
                    source = moved(code, "i8", x, product(code, k, "%line"))
                    source = moved(code, "i8", source, code.op("sub i64 0, %before"))
                    target = moved(code, "i8", to, product(code, line, "%pitch"))
                    with loop(code, "p", "0", "%pitch", str(step)) as p:
                        before = self.rest(code, p, "%before")
                        mask = self.rest(code, p, last)
                        kind = f"<{self.width} x i1>"
                        mask = code.op(f"xor {kind} {mask}, {before}")
                        value = self.load(code, moved(code, "i8", source, p), 0, mask)
                        store_vector(code, value, moved(code, "i8", target, p), self.dtype,
                                     self.width, self.rest(code, p, "%pitch"))

    # ---- what all have ----

    @contextmanager
    def kernel(self, names: tuple[str, ...]) -> Iterator[Code]:
        """The kernel itself, which finds what it is told by name."""
        given = "ptr %items, ptr %consts, i64 %begin, i64 %end"
        with self.defined("kernel", given, "i32") as code:
            for k, name in enumerate(names):
                kind = "ptr" if k < ADDRESSES[names] else "i64"
                code.do(f"%{name} = load {kind}, ptr {moved(code, 'i64', '%consts', str(k))}")
            yield code

    def parts(self, code: Code, u: str, *counts: str) -> list[str]:
        """The numbers of which ``u`` is made, the last of which counts fastest."""
        found = []
        for count in reversed(counts):
            found.append(code.op(f"srem i64 {u}, {count}"))
            u = code.op(f"sdiv i64 {u}, {count}")
        return [u, *reversed(found)]

    def after(self, code: Code, done: str, last: str, each: int) -> str:
        """Where the blocks of so many end that there is room for between two numbers."""
        left = code.op(f"sub i64 {last}, {done}")
        some = product(code, code.op(f"sdiv i64 {left}, {each}"), str(each))
        return code.op(f"add i64 {done}, {some}")

    def least(self, code: Code, a: str, b: str) -> str:
        return code.op(f"select i1 {code.op(f'icmp slt i64 {a}, {b}')}, i64 {a}, i64 {b}")


def sums(dtype: DType, bits: int) -> str:
    """The text of the kernel of sums."""
    writer = Writer(dtype, bits)
    writer.sums()
    return writer.text()


def products(dtype: DType, bits: int) -> str:
    """The text of the kernel of products."""
    writer = Writer(dtype, bits)
    writer.products()
    return writer.text()


def margins(dtype: DType, bits: int) -> str:
    """The text of the kernel of margins."""
    writer = Writer(dtype, bits)
    writer.margins()
    return writer.text()
