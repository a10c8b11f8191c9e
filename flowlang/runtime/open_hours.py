"""Which hours are open now: the plan's, their calendars, and what somebody opened or closed by hand."""

from collections.abc import Callable, Mapping, Sequence

from flowlang.hours import Override, next_change_ms, open_hours
from flowlang.plan import Plan
from flowlang.store.base import Store

NO_END_MS = 1 << 60
NO_CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//flowlang//\r\nEND:VCALENDAR\r\n"
CLOSED: frozenset[str] = frozenset()


class OpenHours:
    """`names(plan, at_ms)` for the worker; in the store's thread. `calendars`: their texts by their names in the plan.

    A calendar that is not there any more, or cannot be read, closes nothing; `heard` is told.
    """

    def __init__(self, store: Store, calendars: Mapping[str, str], heard: Callable[[str], None]) -> None:
        self._store, self._calendars, self._heard = store, calendars, heard

    def names(self, plan: Plan, at_ms: int) -> frozenset[str]:
        if not plan.hours:
            return CLOSED
        said = self._store.switched()
        overrides = [Override(one.hours, one.is_open, one.until_ms if one.until_ms >= 0 else NO_END_MS) for one in said]
        return self._open(plan, at_ms, overrides)

    def by_plan(self, plan: Plan, at_ms: int) -> frozenset[str]:
        """Those that would be open if nobody had opened or closed any by hand. In any thread."""
        return self._open(plan, at_ms, ())

    def next_change_ms(self, plan: Plan, name: str, at_ms: int) -> int | None:
        """When the plan opens or closes these hours next; None: not in the days that are looked at. In any thread."""
        hours = next((one for one in plan.hours if one.name == name), None)
        if hours is None:
            return None
        from flowlang.calendars import CalendarError

        calendar = self._calendars.get(hours.calendar, NO_CALENDAR) if hours.calendar else None
        try:
            return next_change_ms(hours, at_ms, calendar)
        except CalendarError:
            return next_change_ms(hours, at_ms)

    def _open(self, plan: Plan, at_ms: int, overrides: Sequence[Override]) -> frozenset[str]:
        if not plan.hours:
            return CLOSED
        wanted = {one.calendar for one in plan.hours if one.calendar}
        for name in wanted - set(self._calendars):
            self._heard(f"the calendar {name} is not there; its holidays are not kept")
        calendars = {name: self._calendars.get(name, NO_CALENDAR) for name in wanted}
        from flowlang.calendars import CalendarError

        try:
            return open_hours(plan, at_ms, calendars, overrides)
        except CalendarError as error:
            self._heard(f"a calendar cannot be read: {error}")
            return open_hours(plan, at_ms, dict.fromkeys(wanted, NO_CALENDAR), overrides)
