"""Best known answers: read, improved, written; malformed files are refused."""

from __future__ import annotations

import json

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.io.best_known import BestKnown, read_best_known, write_best_known

KNOWN = BestKnown(instance="a.json", objective_micros=10, bound_micros=20, source="before")


def test_records_survive_the_file_in_order(tmp_path):
    records = [BestKnown(instance="z.json"), KNOWN, BestKnown(instance="g", format="gap", published=3, proved=True)]
    write_best_known(tmp_path, records)
    assert list(read_best_known(tmp_path).values()) == records


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((12, None), (12, 20, False)),
        ((None, 15), (10, 15, False)),
        ((12, 12), (12, 12, True)),
        ((-3, 11), (10, 11, False)),
    ],
)
def test_the_better_plan_and_the_tighter_bound_are_kept(found, expected):
    record = KNOWN.improved_by(*found, source="now")
    assert (record.objective_micros, record.bound_micros, record.proved) == expected
    assert record.source == "now"


@pytest.mark.parametrize("found", [(9, 21), (10, 20), (None, None)])
def test_nothing_better_changes_nothing(found):
    assert KNOWN.improved_by(*found, source="now") is KNOWN


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "instances"),
        ({"instances": {}}, "instances"),
        ({"instances": [{"instance": "a"}]}, "instances[0]"),
        ({"instances": [{**json.loads('{"instance": 3}'), "format": ""}]}, "instances[0]"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(tmp_path, document, where):
    (tmp_path / "best_known.json").write_text(json.dumps(document))
    with pytest.raises(InvalidProblemError) as refused:
        read_best_known(tmp_path)
    assert refused.value.violations[0].path.endswith(f": {where}")


@pytest.mark.parametrize(
    ("field", "value"), [("objective_micros", 1.5), ("objective_micros", True), ("proved", 1), ("instance", None)]
)
def test_a_field_of_the_wrong_kind_is_refused(tmp_path, field, value):
    write_best_known(tmp_path, [KNOWN])
    path = tmp_path / "best_known.json"
    document = json.loads(path.read_text())
    document["instances"][0][field] = value
    path.write_text(json.dumps(document))
    with pytest.raises(InvalidProblemError, match=field):
        read_best_known(tmp_path)
