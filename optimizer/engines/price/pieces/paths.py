"""The best itinerary of a component at given prices: an exact dynamic programme over slots, compiled.

By lane ``i``, layer ``k`` (a number of pauses and of changes), slot boundary ``t`` and work left:

    begun[i, k, t, left]   most value with work about to go on in lane i at t, overhead paid
    ended[i, k, t, left]   with a piece of lane i that ends at t: max over u <= t - least run of
                           begun[i, k, u, left + rate (t - u)] + F[i, u] - F[i, t],  F the prefix sums of the lane's price
    waited[g, k, t, left]  with a piece in group g that ended at or before t

(place 0 of a row is one step left). Pieces that end at ``t`` with work ``left`` lie on one diagonal ``left + rate t`` whenever
they began, so its running maximum serves them all: a component takes O(layers x slots x work x ways) steps, in loops over work.
More work than the slots to come can do is left out. Floats and 64-bit integers go through the same code; what is
compared was computed by the same operations, so the path can be read back from the values alone.
"""

from __future__ import annotations

from typing import Any

from optimizer.engines.price.pieces.path_bound import window_of
from optimizer.engines.price.pieces.path_table import NumberArray, PathScratch, PathTable
from optimizer.engines.price.plans.residual import kernel, kernel_part


@kernel_part
def _fill_sums(table: PathTable, component: int, closed: Any, begin: int, stop: int, scratch: PathScratch) -> None:
    """Prefix sums of prices, and where open slots end."""
    low = table.lane_first[component]
    for i in range(table.lane_first[component + 1] - low):
        price, prefix, finish, reach = scratch.price[i], scratch.prefix[i], scratch.finish[i], scratch.reach[i]
        total = price[0] * 0
        for t in range(begin, stop):
            prefix[t] = total
            finish[t] = total + scratch.late[t]
            if price[t] < closed:
                total += price[t]
        prefix[stop] = total
        finish[stop] = total + scratch.late[stop]
        end = stop
        reach[stop] = stop
        for t in range(stop - 1, begin - 1, -1):
            if price[t] >= closed or t >= table.end_slot[low + i]:
                end = t
            reach[t] = end


@kernel
def best_path(
    table: PathTable, job: int, component: int, unit: Any, floor: Any, nothing: Any, closed: Any, scratch: PathScratch
) -> Any:
    """Value of the best itinerary of the component, and its pieces in ``scratch``, where it is worth more than ``floor``.

    Otherwise ``floor``, and ``piece_count`` 0. ``job`` is its row in the table; costs of the table count ``unit`` each.
    ``nothing`` stands for no value: half of it is below every value.
    """
    lane_low = table.lane_first[component]
    lane_count = table.lane_first[component + 1] - lane_low
    begin, stop = window_of(table, component)
    _fill_sums(table, component, closed, begin, stop, scratch)
    span, need, least = stop - begin + 1, table.need[component], table.least_run[job]
    width = table.change_count[component] + 1
    layers = (table.pause_count[job] + 1) * width
    fastest = 0
    for i in range(lane_count):
        fastest = max(fastest, table.rate[lane_low + i])
    stride = need + fastest * span
    scratch.diagonal[: lane_count * layers * stride] = nothing
    best = max(floor, nothing // 2)
    last_lane, last_layer, last_begin, last_left, last_end = -1, 0, 0, 0, 0
    for t in range(begin, stop):
        top = min(need, fastest * (stop - t))
        for k in range(layers - 1):
            if t >= begin + (max(k // width, k % width) + 1) * least:
                _end_pieces(table, component, k, layers, least, top, t, begin, span, stride, nothing, scratch)
        for i in range(lane_count):
            reach = scratch.reach[i]
            if reach[t] == t:
                continue
            at = (i * layers * span + t - begin) * need
            may_begin = t >= table.first_slot[lane_low + i] or (t == 0 and table.goes_on[lane_low + i])
            start = scratch.base_at_zero[i] if t == 0 else scratch.base[i]
            scratch.begun[at + need - 1] = start if may_begin else nothing
            for k in range(1, layers):
                if t < begin + max(k // width, k % width) * least:
                    continue
                at = ((i * layers + k) * span + t - begin) * need
                row = scratch.begun[at : at + top]
                _go_on(table, component, i, k, layers, width, unit, least, t, begin, span, nothing, scratch, row)
                value, left, end = _best_end(
                    row, scratch.finish[i], scratch.prefix[i][t], t, reach[t], table.rate[lane_low + i]
                )
                if value > best:
                    best = value
                    last_lane, last_layer, last_begin, last_left, last_end = i, k, t, left, end
    scratch.piece_count[0] = 0
    if last_lane < 0:
        return floor
    _trace(table, job, component, unit, begin, span, last_lane, last_layer, last_begin, last_left, last_end, scratch)
    return best


@kernel_part
def _end_pieces(
    table: PathTable,
    component: int,
    k: int,
    layers: int,
    least: int,
    top: int,
    t: int,
    begin: int,
    span: int,
    stride: int,
    nothing: Any,
    scratch: PathScratch,
) -> None:
    """``ended`` and ``waited`` of layer ``k`` at boundary ``t``, where ``top`` of work left and less can be finished."""
    lane_low, need = table.lane_first[component], table.need[component]
    lane_count = table.lane_first[component + 1] - lane_low
    width = table.change_count[component] + 1
    soonest = begin + max(k // width, k % width) * least
    for i in range(lane_count):
        reach, paid, rate, u = scratch.reach[i], scratch.prefix[i][t], table.rate[lane_low + i], t - least
        at = (i * layers + k) * stride + rate * (t - begin)
        diagonal = scratch.diagonal[at : at + need]
        is_open = reach[t - 1] >= t
        if not is_open and (t - 1 == begin or reach[t - 2] >= t - 1):
            diagonal[:] = nothing
        if u >= soonest and reach[u] >= t:
            at = ((i * layers + k) * span + u - begin) * need
            done = rate * least
            if k > 0:
                _join(diagonal, scratch.begun[at + done : at + min(need, top + done)], scratch.prefix[i][u])
            elif done < need:
                value = scratch.begun[at + need - 1] + scratch.prefix[i][u]
                diagonal[need - 1 - done] = max(diagonal[need - 1 - done], value)
        at = ((table.group[lane_low + i] * layers + k) * span + t - begin) * need
        waited = scratch.waited[at : at + top]
        if not table.leads[lane_low + i]:
            _raise(waited, diagonal, paid)
        elif t == soonest + least:
            _take(waited, diagonal, paid)
        else:
            _end(waited, scratch.waited[at - need : at - need + top], diagonal, paid)
        if lane_count > 1:
            at = ((i * layers + k) * span + t - begin) * need
            _take(scratch.ended[at : at + top], diagonal, paid)


@kernel_part
def _go_on(
    table: PathTable,
    component: int,
    i: int,
    k: int,
    layers: int,
    width: int,
    unit: Any,
    least: int,
    t: int,
    begin: int,
    span: int,
    nothing: Any,
    scratch: PathScratch,
    row: NumberArray,
) -> None:
    """``begun`` of lane ``i`` and layer ``k`` at boundary ``t`` into ``row``, over all ways into the lane."""
    lane, need = table.lane_first[component] + i, table.need[component]
    prefix, reach, is_first = scratch.prefix[i], scratch.reach[i], True
    for y in range(table.way_first[lane], table.way_first[lane + 1]):
        if table.way_pauses[y] > k // width or table.way_changes[y] > k % width:
            continue
        s = t - table.way_overhead[y]
        moment = s - table.way_gap[y]
        before = k - table.way_pauses[y] * width - table.way_changes[y]
        if moment < begin + (max(before // width, before % width) + 1) * least or reach[s] <= t:
            continue
        at = ((table.way_source[y] * layers + before) * span + moment - begin) * need
        source = scratch.waited if table.way_waits[y] else scratch.ended
        toll = table.way_cost[y] * unit + (prefix[t] - prefix[s])
        if is_first:
            _take(row, source[at : at + need], toll)
        else:
            _raise(row, source[at : at + need], toll)
        is_first = False
    if is_first:
        row[:] = nothing


@kernel_part
def _best_end(row: NumberArray, finish: NumberArray, paid: Any, t: int, reach: int, rate: int) -> tuple[Any, int, int]:
    """(most value of ending with a last piece whose work goes on at ``t``, place in ``row`` of the work left, end)."""
    if rate == 1:
        count = min(len(row), reach - t)
        ahead = finish[t + 1 : t + 1 + count]
        value = row[0] - ahead[0]
        for u in range(count):
            value = max(value, row[u] - ahead[u])
        left = 0
        while row[left] - ahead[left] != value:
            left += 1
        return value + paid, left, t + 1 + left
    value, left, end = row[0] - finish[t + 1], 0, t + 1
    for length in range(min((len(row) + rate - 1) // rate, reach - t)):
        for u in range(length * rate, min((length + 1) * rate, len(row))):
            if row[u] - finish[t + 1 + length] > value:
                value, left, end = row[u] - finish[t + 1 + length], u, t + 1 + length
    return value + paid, left, end


@kernel_part
def _take(row: NumberArray, source: NumberArray, toll: Any) -> None:
    for u in range(len(row)):
        row[u] = source[u] - toll


@kernel_part
def _raise(row: NumberArray, source: NumberArray, toll: Any) -> None:
    for u in range(len(row)):
        row[u] = max(row[u], source[u] - toll)


@kernel_part
def _end(row: NumberArray, before: NumberArray, diagonal: NumberArray, paid: Any) -> None:
    for u in range(len(row)):
        row[u] = max(before[u], diagonal[u] - paid)


@kernel_part
def _join(diagonal: NumberArray, begun: NumberArray, paid: Any) -> None:
    for u in range(len(begun)):
        diagonal[u] = max(diagonal[u], begun[u] + paid)


@kernel
def _trace(
    table: PathTable,
    job: int,
    component: int,
    unit: Any,
    begin: int,
    span: int,
    i: int,
    k: int,
    t: int,
    left: int,
    end: int,
    scratch: PathScratch,
) -> None:
    """Read the pieces back from the last, whose work goes on at ``t`` in lane ``i`` and layer ``k`` with ``left`` to do."""
    lane_low, need, least = table.lane_first[component], table.need[component], table.least_run[job]
    width = table.change_count[component] + 1
    layers = (table.pause_count[job] + 1) * width
    count = 0
    while True:
        scratch.piece_lane[count], scratch.piece_start[count], scratch.piece_end[count] = lane_low + i, t, end
        count += 1
        if k == 0:
            break
        prefix, value = scratch.prefix[i], scratch.begun[((i * layers + k) * span + t - begin) * need + left]
        for y in range(table.way_first[lane_low + i], table.way_first[lane_low + i + 1]):
            if table.way_pauses[y] > k // width or table.way_changes[y] > k % width:
                continue
            s = t - table.way_overhead[y]
            end = s - table.way_gap[y]
            before = k - table.way_pauses[y] * width - table.way_changes[y]
            soonest = begin + (max(before // width, before % width) + 1) * least
            if end < soonest or scratch.reach[i, s] <= t:
                continue
            source = scratch.waited if table.way_waits[y] else scratch.ended
            at = ((table.way_source[y] * layers + before) * span + end - begin) * need + left
            if source[at] - (table.way_cost[y] * unit + (prefix[t] - prefix[s])) != value:
                continue
            scratch.piece_start[count - 1] = s
            k, value = before, source[at]
            while table.way_waits[y] and end > soonest and source[at - need] == value:
                at -= need
                end -= 1
            i, t, left = _begin_of(table, component, y, k, layers, least, begin, span, end, left, value, scratch)
            break
    for a in range(count // 2):
        b = count - 1 - a
        for pieces in (scratch.piece_lane, scratch.piece_start, scratch.piece_end):
            pieces[a], pieces[b] = pieces[b], pieces[a]
    scratch.piece_count[0] = count


@kernel
def _begin_of(
    table: PathTable,
    component: int,
    way: int,
    k: int,
    layers: int,
    least: int,
    begin: int,
    span: int,
    end: int,
    left: int,
    value: Any,
    scratch: PathScratch,
) -> tuple[int, int, int]:
    """(lane, boundary, work left) where the piece goes on that ends at ``end`` with ``left`` to do, and leads to ``way``."""
    lane_low, need = table.lane_first[component], table.need[component]
    for i in range(table.lane_first[component + 1] - lane_low):
        if table.way_source[way] != (table.group[lane_low + i] if table.way_waits[way] else i):
            continue
        prefix, rate = scratch.prefix[i], table.rate[lane_low + i]
        for t in range(end - least, begin - 1, -1):
            before = left + rate * (end - t)
            if before >= need or scratch.reach[i, t] < end:
                break
            if before == need - 1 or k > 0:
                at = ((i * layers + k) * span + t - begin) * need + before
                if scratch.begun[at] + prefix[t] - prefix[end] == value:
                    return i, t, before
    return 0, begin, need - 1
