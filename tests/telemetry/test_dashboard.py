"""The dashboard and the alerts ask only for metrics, labels and values that there are."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from ruamel.yaml import YAML

from flowlang.runtime.watch import Verdict
from flowlang.telemetry.table import METRICS, Metric

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "grafana"
BY_NAME = {one.name: one for one in METRICS}
FROM_OUTSIDE = {"instance", "job", "le"}  # labels that Prometheus adds
KNOWN_VALUES = {
    ("flowlang_notifications_total", "result"): set(get_args(Verdict)),
    ("flowlang_calls", "state"): {"live", "parked", "over"},
    ("flowlang_transfers_total", "end"): {"completed", "failed", "no outcome", "cancelled"},
    ("flowlang_request_seconds", "status"): {"2xx", "3xx", "4xx", "5xx", "429", "none", "other"},
    ("flowlang_trouble_total", "where"): {"store", "routing", "tenant"},
}


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "flowlang.json").read_text(encoding="utf-8"))
    return found


def alerts() -> list[dict[str, Any]]:
    document = YAML(typ="safe").load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    panels = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())]
    choices = [one["query"] for one in dashboard()["templating"]["list"] if one["type"] == "query"]
    return [*panels, *choices, *[rule["expr"] for rule in alerts()]]


def metric_of(name: str) -> Metric | None:
    if name in BY_NAME:
        return BY_NAME[name]
    base = BY_NAME.get(re.sub(r"_(bucket|sum|count)$", "", name))
    return base if base is not None and base.kind == "histogram" else None


def asked(query: str) -> list[tuple[str, str]]:
    """The metrics of a query, each with what stands in its braces."""
    return re.findall(r"\b((?:flowlang|process)_\w+)(?:\{([^}]*)\})?", query)


@pytest.mark.parametrize("query", queries())
def test_a_query_asks_for_what_there_is(query: str) -> None:
    found = asked(query)
    assert found
    labels = set(FROM_OUTSIDE)
    for name, inside in found:
        if name.startswith("process_"):
            assert name == "process_resident_memory_bytes"
            continue
        metric = metric_of(name)
        assert metric is not None, name
        labels |= set(metric.labels)
        for label, sign, value in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', inside):
            assert label in (*metric.labels, *FROM_OUTSIDE), (name, label)
            known = KNOWN_VALUES.get((metric.name, label))
            if known is not None:
                assert set(value.split("|") if "~" in sign else [value]) <= known, (name, label, value)
        if metric.kind == "counter" or name != metric.name:
            assert re.search(rf"(rate|increase)\({name}\b", query), "what only grows is looked at by its growth"
    for group in re.findall(r"by \(([^)]*)\)", query):
        assert {label.strip() for label in group.split(",")} <= labels, group


@pytest.mark.parametrize("query", queries())
def test_a_query_is_closed(query: str) -> None:
    for opening, closing in ("()", "{}", "[]"):
        assert query.count(opening) == query.count(closing)


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {metric_of(name) for query in queries() for name, _ in asked(query)}
    assert {one.name for one in METRICS if one not in shown} == set()


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        own = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & own, panel["title"]
        cells |= own
    assert max(x for x, _ in cells) < 24


def test_legends_name_labels_that_the_query_keeps() -> None:
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            kept = {one.strip() for group in re.findall(r"by \(([^)]*)\)", target["expr"]) for one in group.split(",")}
            wanted = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert wanted <= kept | FROM_OUTSIDE, panel["title"]


def test_alerts_say_what_to_do() -> None:
    for rule in alerts():
        assert re.fullmatch(r"Flowlang[A-Z]\w+", rule["alert"])
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["what_to_do"]
        assert rule["labels"]["severity"] in ("page", "ticket")
