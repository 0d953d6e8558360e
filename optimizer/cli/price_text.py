"""What more of the limits is worth, as text: shadow prices, and the effect of a change that was solved again."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.cli.console import BOLD, Column, Console, printable
from optimizer.explain.sensitivity import LimitEffect
from optimizer.limits import HORIZON_KINDS
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.solution import ShadowPrice, TerminationReason

#: A slot counts among the best from this share of the dearest one on.
BEST_SHARE = 0.8


def print_shadow_prices(problem: Problem, prices: Sequence[ShadowPrice], console: Console, row_count: int) -> None:
    """The most valuable limits: per unit over the horizon, and when it is worth most."""
    ranked = sorted(prices, key=lambda p: (-sum(p.worth_micros), p.kind, p.element))
    if not ranked:
        return
    console.line()
    console.line("What more would be worth, at the certificate's prices", BOLD)
    columns = ("Limit", "At", "Per", "Over the horizon", "In rows", "Best")
    console.table(
        [Column(heading, heading in ("Over the horizon", "In rows")) for heading in columns],
        [_price_row(problem, price) for price in ranked[:row_count]],
    )
    if len(ranked) > row_count:
        console.line(f"  and {words.count(len(ranked) - row_count, 'more limit')} not shown; --all shows every row")
    console.line("  In rows: the part that rows over whole gangs pay, an average and no margin. loadstone whatif solves again.")


def _price_row(problem: Problem, price: ShadowPrice) -> tuple[str, ...]:
    worth = price.worth_micros
    total, in_rows = sum(worth), sum(price.row_price_micros)
    return (
        words.limit_label(price.kind),
        price.element or "the fleet",
        price.unit,
        words.money(total, problem.currency),
        f"{in_rows / total:.0%}" if in_rows else "",
        _best(problem, price, worth),
    )


def _best(problem: Problem, price: ShadowPrice, worth: Sequence[int]) -> str:
    if price.kind in HORIZON_KINDS:
        return "over the horizon"
    dearest = max(worth)
    slots = [slot for slot, micros in enumerate(worth) if micros >= BEST_SHARE * dearest]
    return f"{words.money(dearest, problem.currency)} a slot, {words.spans(problem.time_grid, slots, shown=2)}"


def print_change(problem: Problem, effects: Sequence[LimitEffect], console: Console) -> None:
    """A heading that says what moves and when."""
    change = effects[0].change
    where = f"{words.limit_name(change.kind)} at {change.element}"
    when = words.span(problem.time_grid, change.first_slot, change.last_slot)
    console.line(f"What if: {printable(where)}, {when}", BOLD)


def print_effects(problem: Problem, effects: Sequence[LimitEffect], console: Console) -> None:
    """One row a change: what the prices say, what the new plan brings, and between what the optimum moves."""
    print_change(problem, effects, console)
    columns = (
        Column("Change", True),
        Column("At the prices", True),
        Column("Plans differ by", True),
        Column("Optimum moves by at least", True),
        Column("At most", True),
        Column("Price holds"),
    )
    console.table(columns, [_effect_row(problem.currency, effect) for effect in effects])
    for effect in effects:
        if effect.after.reason is TerminationReason.INFEASIBLE:
            console.line(f"  {_amount(effect)}: the mandatory jobs cannot all run any more.")


def _effect_row(currency: str, effect: LimitEffect) -> tuple[str, ...]:
    def money(micros: int | None) -> str:
        return "not known" if micros is None else words.money(micros, currency)

    holds = {True: "yes", False: "no", None: "not known"}[effect.price_holds]
    return (
        _amount(effect),
        money(effect.priced_micros),
        money(effect.difference_micros),
        money(effect.least_micros),
        money(effect.most_micros),
        holds,
    )


def _amount(effect: LimitEffect) -> str:
    change = effect.change
    return f"{'+' if change.amount > 0 else '-'}{words.amount(abs(change.amount), change.unit)}"
