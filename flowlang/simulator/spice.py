"""Odd spellings that a reader must bear: capitals, codes as text, no types, no resourceUrl, members nobody knows."""

from random import Random

from flowlang.simulator.values import Json, Knobs

_ENUMS = ("state", "status", "changeType", "audio", "direction")
_CODES = ("code", "subcode", "subCode")


def spiced(item: Json, random: Random, knobs: Knobs) -> Json:
    """A copy of a notification item, changed as chance and knobs have it."""

    def happens(of_thousand: int) -> bool:
        return of_thousand > 0 and random.randrange(1000) < of_thousand

    changed: Json = _copy(item)
    data = changed["resourceData"]
    if happens(knobs.capitals_of_thousand):
        _each(changed, _capital)
    if happens(knobs.string_codes_of_thousand):
        _each(changed, _text_codes)
    if happens(knobs.untyped_of_thousand):
        _each(changed, lambda member: member.pop("@odata.type", None))
    if happens(knobs.resource_only_of_thousand):
        url = changed.pop("resourceUrl")
        changed["resource"] = url.replace("communications/", "app/", 1)
    if happens(knobs.extras_of_thousand):
        changed["sequenceHint"] = random.randrange(1000)
        if isinstance(data, dict):
            data["meetingCapability"] = {"@odata.type": "#microsoft.graph.meetingCapability"}
            data["coOrganizers"] = []
    return changed


def _copy(value: Json) -> Json:
    return {name: _copied(member) for name, member in value.items()}


def _copied(value: object) -> object:
    if isinstance(value, dict):
        return _copy(value)
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _each(value: object, change: object) -> None:
    """Apply a change to every object inside."""
    if isinstance(value, dict):
        assert callable(change)
        change(value)
        for member in value.values():
            _each(member, change)
    elif isinstance(value, list):
        for one in value:
            _each(one, change)


def _capital(member: Json) -> None:
    for name in _ENUMS:
        if isinstance(member.get(name), str) and member[name]:
            member[name] = member[name][0].upper() + member[name][1:]


def _text_codes(member: Json) -> None:
    for name in _CODES:
        if isinstance(member.get(name), int):
            member[name] = str(member[name])
