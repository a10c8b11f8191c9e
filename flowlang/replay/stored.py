"""The recording of a call that is in a store."""

from flowlang import __version__
from flowlang.replay.recording import Recording, from_stored
from flowlang.store.base import LAST, Store


def recorded(store: Store, call_id: str, flow: str) -> Recording | None:
    """All that is kept of a call; None: it is not there, or has no plan yet. Raises `NotARecordingError` for what this
    release cannot read."""
    stored = store.session(call_id)
    plan = store.plan(stored.plan) if stored is not None else None
    if plan is None:
        return None
    facts = [one.fact for one in store.journal(call_id)]
    # What ended a parked call is the service's own; no engine asks for it again.
    asked = [one.request for one in store.requests(call_id) if one.number < LAST]
    return from_stored(__version__, call_id, flow, plan, facts, asked)
