"""The compiled loops of search. Importing this module imports numba, so others do it when they first run.

Arrays of an inverted index: `indptr` int64 `[n_terms + 1]`; `items` int32, `frequencies` and `impacts`
float32, all `[n_postings]`, the postings of one term side by side in item order; `highest` float32
`[n_terms]`, the largest impact of a term.
"""
# ruff: noqa: PLR0917 (a compiled function takes flat arrays, and takes them by position)

import numpy as np
from numpy.typing import NDArray

from genrec.compiling import compiled
from genrec.heaps import ITEM_BITS, ordered, push, sort_falling

Flags = NDArray[np.bool_]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_LEAST = np.float32(1e-37)  # a score of 0 means untouched, so no impact may round to it
_SLACK = 1.0 + 1e-5  # far above what summing in float32 can lose


@compiled
def count_items(starts: Longs, terms: Ints, n_fields: int, alive: Flags, n_terms: int) -> Longs:
    """In how many living items each term stands."""
    counts = np.zeros(n_terms, np.int64)
    last = np.full(n_terms, -1, np.int32)
    for item in range(len(alive)):
        if not alive[item]:
            continue
        for position in range(starts[item * n_fields], starts[(item + 1) * n_fields]):
            term = terms[position]
            if last[term] != item:
                last[term] = item
                counts[term] += 1
    return counts


@compiled
def invert(starts: Longs, terms: Ints, weights: Floats, alive: Flags, indptr: Longs) -> tuple[Ints, Floats]:
    """Postings of the living items: items, and field-weighted term frequencies."""
    n_fields = len(weights)
    free = indptr[:-1].copy()
    items = np.empty(indptr[-1], np.int32)
    frequencies = np.zeros(indptr[-1], np.float32)
    for item in range(len(alive)):
        if not alive[item]:
            continue
        for field in range(n_fields):
            cell = item * n_fields + field
            for position in range(starts[cell], starts[cell + 1]):
                term = terms[position]
                place = free[term]
                if place > indptr[term] and items[place - 1] == item:  # again in this item
                    frequencies[place - 1] += weights[field]
                else:
                    items[place] = item
                    frequencies[place] = weights[field]
                    free[term] += 1
    return items, frequencies


@compiled
def weigh(
    indptr: Longs, items: Ints, frequencies: Floats, saturation: Doubles, idf: Doubles
) -> tuple[Floats, Floats]:
    """Impact of every posting, and the highest of every term; `saturation` is k1 ((1 - b) + b dl / avdl)."""
    impacts = np.empty(len(items), np.float32)
    highest = np.zeros(len(idf), np.float32)
    for term in range(len(idf)):
        for place in range(indptr[term], indptr[term + 1]):
            frequency = np.float64(frequencies[place])
            impact = np.float32(idf[term] * frequency / (frequency + saturation[items[place]]))
            impact = max(impact, _LEAST)
            impacts[place] = impact
            highest[term] = max(highest[term], impact)
    return impacts, highest


@compiled
def _best(scores: Floats, touched: Ints, n_touched: int, heap: Longs) -> int:
    """Fill `heap` with the keys of the best touched items and return how many.

    A key is the score's bits, which order positive floats as their values, above the item's complement, so
    that of two equal scores the lower item has the higher key.
    """
    bits = scores.view(np.int32)
    size = 0
    for place in range(n_touched):
        item = touched[place]
        size = push(heap, size, (np.int64(bits[item]) << 32) | (ITEM_BITS - item))
    return size


@compiled
def _best_of_all(scores: Floats, candidates: Flags, heap: Longs) -> int:
    """As `_best`, over every candidate with a score."""
    bits = scores.view(np.int32)
    masked = len(candidates) > 0
    size, worst = 0, np.float32(0)
    for item in range(len(scores)):
        if scores[item] <= worst or (masked and not candidates[item]):
            continue
        size = push(heap, size, (np.int64(bits[item]) << 32) | (ITEM_BITS - item))
        if size == len(heap):
            worst = scores[ITEM_BITS - (heap[0] & ITEM_BITS)]
    return size


@compiled
def _add_to_candidates(
    items: Ints,
    impacts: Floats,
    start: int,
    end: int,
    weight: float,
    scores: Floats,
    touched: Ints,
    n_touched: int,
    candidates: Flags,
) -> int:
    """Add a term to the score of every candidate it stands in, and note those it touches first."""
    masked = len(candidates) > 0
    for place in range(start, end):
        item = items[place]
        if masked and not candidates[item]:
            continue
        touched[n_touched] = item
        n_touched += scores[item] == 0  # no branch: it would be guessed wrong half the time
        scores[item] += weight * impacts[place]
    return n_touched


@compiled
def _add_to_all(items: Ints, impacts: Floats, start: int, end: int, weight: float, scores: Floats) -> None:
    """Add a term to the score of every item it stands in."""
    for place in range(start, end):
        scores[np.uint32(items[place])] += weight * impacts[place]  # unsigned: no check for an index below 0


@compiled
def _add_to_touched(
    items: Ints,
    impacts: Floats,
    start: int,
    end: int,
    weight: float,
    scores: Floats,
    touched: Ints,
    n_touched: int,
) -> None:
    """Add a term to the score of the touched items: by look-up where they are few, else by a scan."""
    if n_touched * 80 < end - start:
        for each in range(n_touched):
            item = touched[each]
            place = start + np.searchsorted(items[start:end], item)
            if place < end and items[place] == item:
                scores[item] += weight * impacts[place]
    else:
        for place in range(start, end):
            score = scores[np.uint32(items[place])]
            scores[np.uint32(items[place])] = score + (weight * impacts[place] if score > 0 else 0)


@compiled
def _drop_hopeless(scores: Floats, touched: Ints, n_touched: int, needed: float) -> int:
    """Forget touched items whose score is below `needed`; return how many are left."""
    kept = 0
    for each in range(n_touched):
        item = touched[each]
        if scores[item] < needed:
            scores[item] = 0
        else:
            touched[kept] = item
            kept += 1
    return kept


@compiled
def _touch_hopeful(scores: Floats, candidates: Flags, touched: Ints, needed: float) -> int:
    """Note the candidates whose score is not below `needed`, and forget all others; return how many."""
    masked = len(candidates) > 0
    kept = 0
    for item in range(len(scores)):
        if scores[item] < needed or (masked and not candidates[item]):
            scores[item] = 0
        else:
            touched[kept] = item
            kept += 1
    return kept


@compiled
def _accumulate(
    indptr: Longs,
    items: Ints,
    impacts: Floats,
    terms: Ints,
    weights: Floats,
    rest: Doubles,
    scores: Floats,
    touched: Ints,
    heap: Longs,
    candidates: Flags,
) -> int:
    """Score the items of one query; return how many are touched, or -1 where any may have a score.

    Terms come by falling bound, `rest[j]` being the most that terms j and later can add. Once the k-th best
    score is above that, no untouched item can enter the list, not even at a tie, and a touched one only from
    where the rest could still lift it to the k-th (Turtle & Flood, IP&M 1995). This is looked at only if it
    costs less than the postings it may save. An item's terms are always added in the same order, so what is
    pruned or masked never changes a score.
    """
    n_touched, closed, everywhere = 0, False, False
    left = np.int64(0)
    for term in terms:
        left += indptr[term + 1] - indptr[term]
    for j in range(len(terms)):
        start, end = indptr[terms[j]], indptr[terms[j] + 1]
        most = rest[j] * _SLACK
        cost = len(scores) if everywhere else 8 * n_touched
        if rest[0] - rest[j] > most and left > cost:
            if everywhere:
                size = _best_of_all(scores, candidates, heap)
            else:
                size = _best(scores, touched, n_touched, heap)
            worst = scores[ITEM_BITS - (heap[0] & ITEM_BITS)] if size == len(heap) else np.float32(0)
            if worst > most:
                closed, needed = True, max(worst - most - worst * 1e-5, _LEAST)
                if everywhere:
                    everywhere = False
                    n_touched = _touch_hopeful(scores, candidates, touched, needed)
                else:
                    n_touched = _drop_hopeless(scores, touched, n_touched, needed)
        left -= end - start
        if closed:
            _add_to_touched(items, impacts, start, end, weights[j], scores, touched, n_touched)
        elif everywhere or (n_touched + end - start) * 32 > len(scores):
            everywhere = True
            _add_to_all(items, impacts, start, end, weights[j], scores)
        else:
            n_touched = _add_to_candidates(
                items, impacts, start, end, weights[j], scores, touched, n_touched, candidates
            )
    return -1 if everywhere else n_touched


@compiled
def _sort_by_bound(terms: Ints, weights: Floats, highest: Floats, rest: Doubles) -> None:
    """Sort terms and weights in place by falling bound, equal ones as they stand, and fill in `rest`."""
    for j in range(len(terms)):
        term, weight, place = terms[j], weights[j], j
        bound = np.float64(weight) * highest[term]
        while place > 0 and rest[place - 1] < bound:
            terms[place], weights[place], rest[place] = terms[place - 1], weights[place - 1], rest[place - 1]
            place -= 1
        terms[place], weights[place], rest[place] = term, weight, bound
    for j in range(len(terms) - 2, -1, -1):
        rest[j] += rest[j + 1]


@compiled
def search(
    indptr: Longs,
    items: Ints,
    impacts: Floats,
    highest: Floats,
    starts: Longs,
    terms: Ints,
    weights: Floats,
    candidates: Flags,
    n_items: int,
    out_items: Ints,
    out_scores: Floats,
) -> None:
    """Fill `out_items` and `out_scores` `[n_queries, k]`.

    Query q has the terms `terms[starts[q]:starts[q + 1]]`, once each, and `weights` says how often.
    """
    scores = np.zeros(n_items, np.float32)
    touched = np.empty(n_items + 1, np.int32)
    heap = np.empty(min(out_items.shape[1], n_items), np.int64)
    rest = np.empty(len(terms), np.float64)
    for query in range(len(starts) - 1):
        start, end = starts[query], starts[query + 1]
        own, boosts, most = terms[start:end], weights[start:end], rest[start:end]
        _sort_by_bound(own, boosts, highest, most)
        n_touched = _accumulate(indptr, items, impacts, own, boosts, most, scores, touched, heap, candidates)
        if n_touched < 0:
            size = _best_of_all(scores, candidates, heap)
        else:
            size = _best(scores, touched, n_touched, heap)
        sort_falling(heap, size)
        for place in range(size):
            item = ITEM_BITS - (heap[place] & ITEM_BITS)
            out_items[query, place] = item
            out_scores[query, place] = scores[item]
        if n_touched < 0:
            scores[:] = 0
        for each in range(n_touched):
            scores[touched[each]] = 0


@compiled
def keep_best(products: Floats, first: int, allowed: Flags, heaps: Longs, sizes: Longs) -> None:
    """Put the best allowed rows of `products` `[n_queries, block]` into `heaps` `[n_queries, depth]`.

    The columns are the rows from `first` on of what is searched; `sizes` `[n_queries]` say how full each heap
    is.
    """
    bits = products.view(np.int32)
    masked = len(allowed) > 0
    cell = np.empty(1, np.int32)
    worst = cell.view(np.float32)  # the score of the root of a full heap
    for query in range(len(products)):
        heap, size = heaps[query], sizes[query]
        cell[0] = ordered(np.int32(heap[0] >> 32))  # its own inverse
        for column in range(products.shape[1]):
            if size == len(heap) and products[query, column] <= worst[0]:
                continue
            row = first + column
            if masked and not allowed[row]:
                continue
            size = push(heap, size, (ordered(bits[query, column]) << 32) | (ITEM_BITS - row))
            cell[0] = ordered(np.int32(heap[0] >> 32))
        sizes[query] = size


@compiled
def rank_exactly(
    queries: Floats,
    vectors: Floats,
    heaps: Longs,
    sizes: Longs,
    first_member: Longs,
    members: Ints,
    candidates: Flags,
    out_items: Ints,
    out_scores: Floats,
) -> None:
    """Fill `out_items` and `out_scores` from the rows in `heaps`, scored anew.

    A matrix product rounds by where a row stands in its block. Summed here in float64, one order for all, a
    score depends on nothing but query and row. Row r stands for the items
    `members[first_member[r]:first_member[r + 1]]`, which have the same text.
    """
    best = np.empty(out_items.shape[1], np.int64)
    score = np.empty(1, np.float32)
    bits = score.view(np.int32)
    for query in range(len(queries)):
        size = 0
        for each in range(sizes[query]):
            row = ITEM_BITS - (heaps[query, each] & ITEM_BITS)
            total = 0.0
            for dimension in range(queries.shape[1]):
                total += np.float64(queries[query, dimension]) * np.float64(vectors[row, dimension])
            score[0] = total + 0.0  # no -0, which would stand below 0
            for place in range(first_member[row], first_member[row + 1]):
                if len(candidates) == 0 or candidates[members[place]]:
                    size = push(best, size, (ordered(bits[0]) << 32) | (ITEM_BITS - members[place]))
        sort_falling(best, size)
        for place in range(size):
            bits[0] = ordered(np.int32(best[place] >> 32))
            out_items[query, place] = ITEM_BITS - (best[place] & ITEM_BITS)
            out_scores[query, place] = score[0]
