"""Colourings of sparsity patterns: which columns (or rows) of a Jacobian one product tells apart.

Columns that have no row in common get one colour: a product of the Jacobian with the sum of their
unit vectors has all their entries (Curtis, Powell and Reid 1974). :func:`columns` colours them;
:func:`both_ways` takes some rows by vector-Jacobian products and the rest by columns;
:func:`symmetric` uses that a Hessian's entry is there twice. The result is a :class:`Compression`:
the seeds of the products, and where in their results each nonzero is.

No step looks at one element at a time: vertices whose neighbours are all done are coloured
together, in an order that is drawn at random (Jones and Plassmann 1993), and colours are drawn
again class by class, which never needs more of them (Culberson 1992). Where a pattern repeats along
the diagonals, as stencils do, a colour is the number of the column modulo the least number that no
distance between two columns of one row is a multiple of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Pattern = Any
"""A ``scipy.sparse`` CSR array of bools, without zeros and with sorted indices."""


@dataclass(frozen=True)
class Compression:
    """Seeds of products, and where each nonzero of the pattern (row by row) is in their results.

    ``forward`` has for each column the colour of the jvp that it is in, -1 for none; ``reverse``
    for each row that of the vjp. ``by_row`` says of each nonzero whether it is read from a vjp;
    ``product`` and ``place`` which product it is in, and at which of its elements.
    """

    forward: Any
    reverse: Any
    by_row: Any
    product: Any
    place: Any

    @property
    def forwards(self) -> int:
        return 1 + int(self.forward.max(initial=-1))

    @property
    def reverses(self) -> int:
        return 1 + int(self.reverse.max(initial=-1))

    @property
    def total(self) -> int:
        """How many products there are."""
        return self.forwards + self.reverses


# ---- one way ----


def by_columns(pattern: Pattern) -> Compression:
    """Products with groups of columns."""
    row, column = coordinates(pattern)
    colours = columns(pattern)
    return Compression(colours, none(pattern.shape[0]), np.zeros(row.size, bool),
                       colours[column], row)


def by_rows(pattern: Pattern) -> Compression:
    """Products with groups of rows."""
    row, column = coordinates(pattern)
    colours = columns(pattern.T.tocsr())
    return Compression(none(pattern.shape[1]), colours, np.ones(row.size, bool),
                       colours[row], column)


def columns(pattern: Pattern) -> Any:
    """A colour for each column, so that no two of one colour have a row in common; -1 for an empty
    column."""
    n = pattern.shape[1]
    least = int(np.diff(pattern.indptr).max(initial=0))
    used = np.zeros(n, bool)
    used[pattern.indices] = True
    if least == 0:
        return none(n)
    if least == 1:
        return np.where(used, 0, -1)
    if least >= int(used.sum()):   # a full row: each its own
        return np.where(used, np.cumsum(used) - 1, -1)
    best = modular(pattern)
    if best is None or best.max() > least + least // 8:
        if pairs_in(pattern) > MOST:
            return np.where(used, np.cumsum(used) - 1, -1)
        found = greedy(conflicts(pattern), least)
        best = found if best is None or found.max() < best.max() else best
    return np.where(used, best, -1)


def pairs_in(pattern: Pattern) -> int:
    """How many pairs of columns have a row in common, each counted once for each row."""
    return int(np.square(np.diff(pattern.indptr).astype(np.int64)).sum())


MOST = 1 << 27
"""The conflicts of so many pairs are not written down: each column is a colour."""


def modular(pattern: Pattern) -> Any:
    """Colours ``number % k``; None where no small ``k`` is right."""
    row, column = coordinates(pattern)
    lengths = np.diff(pattern.indptr)
    least = int(lengths.max(initial=0))
    if pattern.nnz * least > MANY:
        return None
    distances = np.unique(np.concatenate([   # of each entry to the j-th after it in its row
        (column[j:] - column[:-j])[row[j:] == row[:-j]] for j in range(1, least)]))
    for k in range(least, 2 * least + 8):
        if np.all(distances % k):
            return np.arange(pattern.shape[1]) % k
    return None


MANY = 1 << 22
"""So many pairs of entries are not looked at for distances."""


def conflicts(pattern: Pattern) -> Pattern:
    """Which columns have a row in common, themselves excepted."""
    from scipy.sparse import csr_array
    ones = csr_array((np.ones(pattern.nnz, np.int32), pattern.indices, pattern.indptr),
                     shape=pattern.shape)
    return without_diagonal((ones.T.tocsr() @ ones).tocsr())


def without_diagonal(graph: Pattern) -> Pattern:
    graph = graph.tocoo()
    off = graph.row != graph.col
    from scipy.sparse import csr_array
    return csr_array((np.ones(int(off.sum()), bool), (graph.row[off], graph.col[off])),
                     shape=graph.shape)


# ---- greedy, many vertices at a time ----


def greedy(graph: Pattern, least: int = 1) -> Any:
    """Colours of vertices, no two neighbours alike."""
    rng = np.random.default_rng(0)
    degrees = np.diff(graph.indptr)
    order = np.lexsort((rng.permutation(degrees.size), degrees))   # many neighbours first
    rank = np.empty(degrees.size, np.int64)
    rank[order] = np.arange(degrees.size)
    colours = none(degrees.size)
    source = np.repeat(np.arange(degrees.size), degrees)
    target = graph.indices
    later = rank[source] < rank[target]       # what each vertex waits for
    waits = np.bincount(source[later], minlength=degrees.size)
    ready = np.flatnonzero(waits == 0)
    while ready.size:
        colours[ready] = smallest_free(graph, ready, colours)
        freed = neighbours(graph, ready)[1]
        origin = np.repeat(ready, degrees[ready])
        freed = freed[rank[freed] < rank[origin]]
        waits -= np.bincount(freed, minlength=degrees.size)
        freed = np.unique(freed)
        ready = freed[waits[freed] == 0]
    return fewer(graph, colours, least)


def fewer(graph: Pattern, colours: Any, least: int, rounds: int = 6) -> Any:
    """Colours drawn again class by class, while that saves one: never more than before."""
    rng = np.random.default_rng(1)
    best = colours
    for k in range(rounds):
        count = int(colours.max(initial=-1)) + 1
        if count <= least:
            break
        sizes = np.bincount(colours, minlength=count)
        orders = [np.arange(count)[::-1], np.argsort(-sizes, kind="stable"), rng.permutation(count)]
        classes = [np.flatnonzero(colours == c) for c in orders[k % 3]]
        colours = none(colours.size)
        for members in classes:
            colours[members] = smallest_free(graph, members, colours)
        best = colours if colours.max() < best.max() else best
    return best


def smallest_free(graph: Pattern, vertices: Any, colours: Any) -> Any:
    """For each of the vertices, none a neighbour of another, the least colour that no neighbour
    has."""
    found = none(vertices.size)
    counts = np.diff(graph.indptr)[vertices]
    taken = colours[neighbours(graph, vertices)[1]]
    some = np.flatnonzero(counts)
    starts = (np.cumsum(counts) - counts)[some]
    base = 0
    while True:   # colours from `base` on, as bits of a word
        here = (taken >= base) & (taken < base + WORD)
        bits = np.where(here, 1 << np.where(here, taken - base, 0), 0)
        word = np.zeros(vertices.size, np.int64)
        word[some] = np.bitwise_or.reduceat(bits, starts) if some.size else 0
        free = ~word & (word + 1)                 # the lowest bit that is not there
        new = (found < 0) & (free < 1 << WORD)
        found[new] = base + np.log2(free[new]).astype(np.int64)
        if not (found < 0).any():
            return found
        base += WORD


WORD = 50
"""How many colours are looked at at a time."""


def neighbours(graph: Pattern, vertices: Any) -> tuple[Any, Any]:
    """The neighbours of vertices: the position of the vertex, and the neighbour, for each pair."""
    counts = np.diff(graph.indptr)[vertices]
    ends = np.cumsum(counts)
    at = np.arange(int(counts.sum())) + np.repeat(graph.indptr[vertices] - ends + counts, counts)
    return np.repeat(np.arange(vertices.size), counts), graph.indices[at]


# ---- both ways ----


def both_ways(pattern: Pattern) -> Compression:
    """Products with groups of rows for the fullest rows and with groups of columns for the rest, or
    the other way round: whichever of the ways that were tried has the fewest."""
    plain, turned = by_columns(pattern), by_rows(pattern)
    best = min(plain, turned, key=lambda way: way.total)
    across = pattern.T.tocsr()
    for few in dense_ones(pattern):
        if bound(pattern, few) < best.total:
            best = min(best, split(pattern, few), key=lambda way: way.total)
    for few in dense_ones(across):
        if bound(across, few) < best.total:
            best = min(best, transposed(pattern, split(across, few)), key=lambda way: way.total)
    return best


def bound(pattern: Pattern, few: Any) -> int:
    """A number of products that :func:`split` needs at least."""
    lengths = np.diff(pattern.indptr)
    by_row = np.repeat(few, lengths)
    there = np.bincount(pattern.indices[by_row], minlength=1)
    return int(there.max()) + int(lengths[~few].max(initial=0))


def dense_ones(pattern: Pattern) -> list[Any]:
    """Sets of rows that have more entries than the others, a few of them."""
    lengths = np.diff(pattern.indptr)
    steps = np.unique(lengths)[::-1][:-1]
    if steps.size > TRIES:
        steps = steps[np.unique(np.geomspace(1, steps.size, TRIES).astype(int)) - 1]
    return [lengths >= step for step in steps if 2 * (lengths >= step).sum() <= lengths.size]


TRIES = 6


def split(pattern: Pattern, few: Any) -> Compression:
    """The rows ``few`` (bools) by rows, the rest by columns."""
    row, column = coordinates(pattern)
    by_row = few[row]
    reverse = columns(part(pattern, by_row).T.tocsr())
    forward = columns(part(pattern, ~by_row))
    return Compression(forward, reverse, by_row, np.where(by_row, reverse[row], forward[column]),
                       np.where(by_row, column, row))


def transposed(pattern: Pattern, way: Compression) -> Compression:
    """A compression of the transpose, as one of ``pattern``."""
    from scipy.sparse import csr_array
    numbers = csr_array((np.arange(1, pattern.nnz + 1), pattern.indices, pattern.indptr),
                        shape=pattern.shape).T.tocsr().data - 1
    back = np.empty_like(numbers)
    back[numbers] = np.arange(numbers.size)
    return Compression(way.reverse, way.forward, ~way.by_row[back], way.product[back],
                       way.place[back])


def part(pattern: Pattern, chosen: Any) -> Pattern:
    """The chosen entries."""
    from scipy.sparse import csr_array
    row, column = coordinates(pattern)
    return csr_array((np.ones(int(chosen.sum()), bool), (row[chosen], column[chosen])),
                     shape=pattern.shape)


# ---- symmetric ----


def symmetric(pattern: Pattern) -> Compression:
    """Products with groups of columns of a symmetric matrix: an entry is read where it is alone in
    its row among the columns of its colour, or its mirror image is.

    The columns may be coloured as stars are (Coleman and Moré 1984); a few columns that are full
    get colours of their own.
    """
    lengths = np.diff(pattern.indptr)
    best = columns(pattern)
    for few in dense_ones(pattern):
        if few.sum() < best.max(initial=-1):
            best = min(best, hubs(pattern, few), key=most)
    if lengths.max(initial=0) <= best.max(initial=-1) and pairs_in(pattern) <= MANY:
        best = min(best, starred(pattern), key=most)
    row, column = coordinates(pattern)
    direct = alone(pattern, best)
    product = np.where(direct, best[column], best[row])
    return Compression(best, none(pattern.shape[0]), np.zeros(row.size, bool), product,
                       np.where(direct, row, column))


def most(colours: Any) -> int:
    """The greatest colour."""
    return int(colours.max(initial=-1))


def alone(pattern: Pattern, colours: Any) -> Any:
    """For each entry, whether no other of its row has a column of its colour."""
    row, column = coordinates(pattern)
    key = row * (int(colours.max(initial=0)) + 1) + colours[column]
    _, which, counts = np.unique(key, return_inverse=True, return_counts=True)
    return counts[which] == 1


def readable(pattern: Pattern, colours: Any) -> Any:
    """For each entry, whether it or its mirror image is alone in its row."""
    direct = alone(pattern, colours)
    return direct | direct[mirror(pattern)]


def mirror(pattern: Pattern) -> Any:
    """The number of each entry's mirror image."""
    from scipy.sparse import csr_array
    return csr_array((np.arange(1, pattern.nnz + 1), pattern.indices, pattern.indptr),
                     shape=pattern.shape).T.tocsr().data - 1


def hubs(pattern: Pattern, few: Any) -> Any:
    """Colours of their own for the columns ``few``; the others by columns, without those rows."""
    row, column = coordinates(pattern)
    rest = columns(part(pattern, ~(few[row] | few[column])))
    rest = np.where((rest < 0) & ~few, 0, rest)
    return np.where(few, int(rest.max(initial=-1)) + np.cumsum(few), rest)


def starred(pattern: Pattern) -> Any:
    """Colours by which each entry can be read: those of neighbours, drawn again among all that are
    two steps away for vertices with an entry that cannot."""
    graph = without_diagonal(pattern)
    colours = greedy(graph)
    near = conflicts(pattern)
    row, column = coordinates(pattern)
    rng = np.random.default_rng(2)
    safe = np.zeros(colours.size, bool)
    while True:
        bad = ~readable(pattern, colours) & ~safe[row] & ~safe[column]
        if not bad.any():
            return colours
        times = np.bincount(column[bad], minlength=colours.size)
        rank = times * colours.size + rng.permutation(colours.size)
        chosen = np.unique(np.where(rank[row] > rank[column], row, column)[bad])
        which, targets = neighbours(near, chosen)
        is_chosen = np.zeros(colours.size, bool)
        is_chosen[chosen] = True
        beaten = is_chosen[targets] & (rank[targets] > rank[chosen[which]])
        chosen = chosen[np.bincount(which[beaten], minlength=chosen.size) == 0]
        colours[chosen] = smallest_free(near, chosen, colours)
        safe[chosen] = True


# ---- entries ----


def coordinates(pattern: Pattern) -> tuple[Any, Any]:
    """The rows and columns of the entries, row by row."""
    return np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr)), pattern.indices


def none(n: int) -> Any:
    return np.full(n, -1)
