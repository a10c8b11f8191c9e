"""The page docs/reference/metrics.md, made from the table of metrics."""

from flowlang.telemetry.table import METRICS, Metric

HEAD = """<!-- Generated from flowlang/telemetry/table.py by `python -m tests.tidy.generated`. -->
# Metrics

The service shows these at `/metrics`, in the text format of Prometheus and, for whoever asks for it, as OpenMetrics.
[Operate the service](../how-to/operate.md) says how to collect them and what to look at. A dashboard for Grafana and
rules for alerts are files beside this page:
[flowlang.json](grafana/flowlang.json) and [alerts.yaml](grafana/alerts.yaml).

- No label holds a number, a name, or the id of a call. Values that are in no known list are counted as `other`.
- What is counted has happened: a step is counted after it is written down, once however often
  its news came. A process that dies in between has not counted it, so after a crash a count may be too small, never too
  large. A request that is sent again is counted each time it is sent. Counters begin at 0 when the service starts.
- Histograms have the series `_bucket`, `_sum` and `_count`; the count says how many there were.
- The usual `process_…` metrics of memory, processor time and open files are there as well.

| metric | kind | unit | labels |
|---|---|---|---|
"""


def metrics_page() -> str:
    rows = [f"| [`{one.name}`](#{one.name}) | {one.kind} | {one.unit} | {_labels(one)} |" for one in METRICS]
    return HEAD + "\n".join(rows) + "\n" + "".join(map(_section, METRICS))


def _labels(metric: Metric) -> str:
    return ", ".join(f"`{label}`" for label in metric.labels)


def _section(metric: Metric) -> str:
    lines = ["", f"## {metric.name}", "", metric.help, ""]
    lines += [f"- `{label}`: {values}" for label, values in zip(metric.labels, metric.values, strict=True)]
    if metric.buckets:
        lines.append(f"- buckets, in {metric.unit}: {', '.join(f'{bucket:g}' for bucket in metric.buckets)}")
    return "\n".join(lines).rstrip() + "\n"
