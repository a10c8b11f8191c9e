"""What operators see of the service: logs, metrics, traces. Each is a `flowlang.runtime.watch.Watch`.

What tells who called whom is masked in logs and traces, and never becomes a label of a metric.
"""
