"""Every metric of the service: what it is called, its unit, its labels, and what it says. The page is made of this.

Names follow Prometheus: `flowlang_` in front, the unit last, `_total` after what only grows. A label has one of a
known set of values; nothing that comes from a caller or from Graph becomes one as it is.
"""

from typing import Final, Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]


class Metric(NamedTuple):
    """`values`: for each label what it may be. `buckets`: upper bounds in the metric's unit, of a histogram."""

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    help: str
    values: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
NETWORK: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
WAITS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0)

_STEP = "a word of the language, such as `transfer`"
_RESULT = "a name as `flowlang codes` lists them, or `1xx` to `6xx`, `other`, `none`"
_FLOW = "the flow's file without `.flow`"
_OPERATION = "`transfer`, `create call`, `play`, `ask`, …"

METRICS: Final[tuple[Metric, ...]] = (
    Metric("flowlang_build_info", "gauge", "always 1", ("version", "python"), "Which release runs, on which Python.",
           ("as `flowlang --version` says", "such as `3.12`")),
    # what comes in
    Metric("flowlang_notifications_total", "counter", "requests", ("result",),
           "Requests of Graph to the webhook, by what became of them. Anything but taken, repeat and nothing was not "
           "accepted. News of a call that is over, or that nobody here knows, counts as a repeat.",
           ("`taken`, `repeat`, `nothing`, `refused`, `too long`, `not stored`",)),
    Metric("flowlang_webhook_seconds", "histogram", "seconds", (),
           "From a notification's head until its answer leaves: token, and the commit that makes it durable.",
           buckets=FAST),
    Metric("flowlang_inbox_size", "gauge", "notifications", (), "What is taken and not yet worked through."),
    Metric("flowlang_oldest_wait_seconds", "gauge", "seconds", (),
           "How long the oldest work that nobody has done yet has waited: a notification, an answer, or a timer that "
           "is due. 0: nothing waits."),
    # what is done with it
    Metric("flowlang_facts_total", "counter", "facts", ("kind",), "Facts that calls were stepped with.",
           ("`incoming`, `call updated`, `request answered`, `timer fired`, …",)),
    Metric("flowlang_fact_wait_seconds", "histogram", "seconds", ("kind",),
           "How long a fact lay in the store before its call was stepped with it; for a timer, how late it was.",
           ("as above",), WAITS),
    Metric("flowlang_steps_total", "counter", "steps", ("step", "end"), "Steps of flows, by how they ended.",
           (_STEP, "`done`, `failed`, `cancelled`")),
    Metric("flowlang_step_failures_total", "counter", "steps", ("step", "result"),
           "Steps that failed, by result. Most are ordinary: somebody is busy.", (_STEP, _RESULT)),
    Metric("flowlang_step_retries_total", "counter", "steps", (), "Times that a flow said `retry`."),
    Metric("flowlang_transfers_total", "counter", "transfers", ("kind", "end", "code", "subcode"),
           "Transfers by kind and end. Completed means that Graph said so; `no outcome` that no final word came in "
           "time; `cancelled` that the caller hung up meanwhile.",
           ("`blind`, `consultative`, `group`", "`completed`, `failed`, `no outcome`, `cancelled`",
            "of the result, `0` where it went well, `other` where it is in no list", "likewise")),
    Metric("flowlang_uncaught_failures_total", "counter", "failures", ("flow", "result"),
           "Failures that nothing in the flow caught while the caller was there.", (_FLOW, _RESULT)),
    Metric("flowlang_safety_nets_total", "counter", "calls", ("flow",),
           "Times that the safety net had to end a call: without it the caller would have been left in silence. "
           "Where the caller had gone by then, it is none.", (_FLOW,)),
    # calls
    Metric("flowlang_calls_began_total", "counter", "calls", ("flow", "direction"), "Calls that began.",
           (_FLOW, "`incoming`, `started`")),
    Metric("flowlang_calls_ended_total", "counter", "calls", ("flow", "result"),
           "Calls that are over, by how the caller's leg ended.", (_FLOW, _RESULT)),
    Metric("flowlang_calls", "gauge", "calls", ("state",),
           "Calls in the store. Live includes parked ones; over ones are kept to be looked at.",
           ("`live`, `parked`, `over`",)),
    Metric("flowlang_parked_total", "counter", "calls", (),
           "Calls that were put aside because working on them broke something."),
    # what goes out
    Metric("flowlang_outbox_size", "gauge", "requests", (), "Requests that are to be sent, or wait for an answer."),
    Metric("flowlang_request_seconds", "histogram", "seconds", ("operation", "status"),
           "Requests to Graph and to services, until the answer was there.",
           (_OPERATION, "`2xx`, `4xx`, `429`, `5xx`, …, `none` where no answer came"), NETWORK),
    Metric("flowlang_request_retries_total", "counter", "requests", ("operation", "reason"),
           "Requests that were sent again.", (_OPERATION, "`lease ended` after a restart, or what the transport says, "
           "such as `429`")),
    Metric("flowlang_requests_lost_total", "counter", "requests", (),
           "Requests to which no answer came: Graph was asked how it stands."),
    Metric("flowlang_prompt_fetches_total", "counter", "requests", ("status",), "Requests for prompt files.",
           ("`2xx`, `3xx`, `4xx`, `5xx`",)),
    Metric("flowlang_hours_switched_total", "counter", "times", ("state",),
           "Times that somebody opened or closed hours by hand, or let their plan count again.",
           ("`open`, `closed`, `by plan`",)),
    # ourselves
    Metric("flowlang_loop_lag_seconds", "histogram", "seconds", (),
           "How late the event loop came to what was due, looked at fifty times a second. Meanwhile nothing was heard "
           "and no call was worked on.", buckets=FAST),
    Metric("flowlang_loop_busy_seconds", "histogram", "seconds", (),
           "Of that, for how long the loop's own thread was at work. Where it is much less than the lag, other "
           "processes had the processor, or the process was stopped.", buckets=FAST),
    Metric("flowlang_loop_longest_lag_seconds", "gauge", "seconds", (), "The longest lag since the start."),
    Metric("flowlang_loop_longest_busy_seconds", "gauge", "seconds", (),
           "The longest time since the start for which the loop's own thread was at work while something was due."),
    Metric("flowlang_store_up", "gauge", "1 or 0", (), "Whether the store answered when these figures were asked for."),
    Metric("flowlang_store_writable", "gauge", "1 or 0", (),
           "Whether a small write was durable within two seconds when these figures were asked for. "
           "While it is 0 `/health/ready` is 503 and new calls are not taken."),
    Metric("flowlang_trouble_total", "counter", "times", ("where",), "Times that something of ours could not do its "
           "work, and tried again.", ("`store`, `routing` (no flow answers a call), "
           "`tenant` (news of a call with a token of another tenant), …",)),
    # what operators do
    Metric("flowlang_deployments_total", "counter", "times", ("flow",), "Times that another version of a flow, or "
           "another share of the calls for it, was put to work while the service ran.", (_FLOW,)),
)  # fmt: skip
"""In the order of the page."""
