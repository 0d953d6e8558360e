"""Draws: fixed streams, ranges kept."""

from __future__ import annotations

from optimizer.generate.draws import Draws


def test_the_stream_is_fixed_for_ever():
    draws = Draws(1)
    assert [round(draws.between(0, 1), 12) for _ in range(3)] == [0.134364244112, 0.847433736937, 0.763774618977]


def test_draws_keep_to_their_ranges():
    draws = Draws(2)
    assert all(3 <= draws.between(3, 4) < 4 for _ in range(200))
    assert all(10 <= draws.log_between(10, 1000) < 1000.0001 for _ in range(200))
    assert {draws.pick("abc") for _ in range(200)} == set("abc")
    assert not any(draws.chance(0.0) for _ in range(50))
    assert all(draws.chance(1.0) for _ in range(50))


def test_a_weight_of_zero_is_never_drawn_and_a_heavy_one_most():
    draws = Draws(3)
    drawn = [draws.pick_weighted("abc", (0, 9, 1)) for _ in range(500)]
    assert "a" not in drawn
    assert drawn.count("b") > 400


def test_a_sample_repeats_nothing():
    draws = Draws(4)
    assert all(len(set(draws.sample(range(5), 3))) == 3 for _ in range(50))
    assert sorted(draws.sample([1, 2], 2)) == [1, 2]
    assert draws.sample([], 0) == []
