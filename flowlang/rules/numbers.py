"""Phone numbers and parties of a flow. The library of numbers is only loaded where a flow has one."""

from collections.abc import Iterator

from flowlang.analysis.model import Unit
from flowlang.numbering import is_plainly_a_number
from flowlang.rules.flow import Flow
from flowlang.syntax import ast

DIGITS = frozenset("0123456789")
GUID_LENGTH, GUID_DASHES = 36, 4


def parties_of(flow: Flow) -> list[tuple[Unit, ast.Party]]:
    """Every party that is written out, in the order of the files."""
    found: list[tuple[Unit, ast.Party]] = []
    for unit in flow.units:
        for item in unit.file.items:
            match item:
                case ast.Contact(value=ast.Party() as party) | ast.Let(value=ast.Party() as party):
                    found.append((unit, party))
                case ast.Setting(value=ast.Party() as party):
                    found.append((unit, party))
                case ast.Group(members=members):
                    found += [(unit, member.who) for member in members if isinstance(member.who, ast.Party)]
                case _:
                    pass
    for owner in flow.handlers():
        handler = owner.handler
        if handler:
            heads = [
                *(handler.source.items if handler.source else ()),
                *(handler.called.items if handler.called else ()),
            ]
            if handler.event.target:
                heads.append(handler.event.target)
            found += [(owner.unit, target.who) for target in heads if isinstance(target.who, ast.Party)]
    for at in flow.steps:
        for target in at.step.targets.items if at.step.targets else ():
            if isinstance(target.who, ast.Party):
                found.append((at.owner.unit, target.who))
        values = (at.step.value, *[argument.value for argument in at.step.arguments], *at.step.about)
        found += [(at.owner.unit, value) for value in values if isinstance(value, ast.Party)]
    return found


def numbers_of(flow: Flow) -> Iterator[tuple[Unit, ast.Word]]:
    """Every phone number that is written out."""
    return ((unit, party.id) for unit, party in parties_of(flow) if party.kind == "phone" and party.id.text)


def why_wrong(text: str) -> tuple[str, str] | None:
    """What is wrong with a number and what to do; None: it is one as far as anybody can tell.

    A number that is possible counts, even in a range that nobody has been given: ranges are handed out every week.
    Short ones that work only inside one country do not, since Graph dials from anywhere.
    """
    plain = "".join(c for c in text if c in DIGITS or c == "+")
    if len(text) == GUID_LENGTH and text.count("-") == GUID_DASHES:
        return f"`{text}` is an identifier, and does not say of what", f"write `user {text}`, if it is a user's"
    if not text.startswith("+"):
        if plain.startswith("00"):
            return f"`{text}` is not written with `+`", f"write `+{plain[2:]}`"
        rest = plain.lstrip("0")
        cure = (
            f"write it with the code of its country: `+49{rest}`, if it is in Germany"
            if text.startswith("0")
            else "write `+`, the country code and the number"
        )
        return f"`{text}` is not a full international number", cure
    if plain != text:
        return f"`{text}` has spaces or signs in it", f"write `{_without_trunk_zero(text, plain)}`"
    if is_plainly_a_number(text):
        return None
    if len(text) > 1 and text[1] == "0":
        return f"`{text}` has no country code", "country codes never begin with 0; leave out the zeros after `+`"
    return _why_impossible(text)


def _without_trunk_zero(text: str, plain: str) -> str:
    """`+49 (0)89 …` is written for people: the 0 is not dialled from abroad."""
    at = text.find("(0)")
    if at < 0:
        return plain
    before = "".join(c for c in text[:at] if c in DIGITS or c == "+")
    return before + plain[len(before) + 1 :]


def _why_impossible(text: str) -> tuple[str, str] | None:
    from phonenumbers import NumberParseException, ValidationResult, is_possible_number_with_reason, parse

    if is_short_service(text):
        return None  # another rule speaks of 112 and the like
    try:
        number = parse(text, None)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            return f"no country has the code that `{text}` begins with", "check the digits after `+`"
        if error.error_type == NumberParseException.TOO_LONG:
            return f"`{text}` is too long to be a phone number", "check for digits too many: there are at most 15"
        return f"`{text}` is too short to be a phone number", "write the whole number with its area code"
    country = f"in country +{number.country_code}"
    match is_possible_number_with_reason(number):
        case ValidationResult.IS_POSSIBLE:
            return None
        case ValidationResult.TOO_LONG:
            return f"`{text}` is longer than numbers {country} are", "check for a digit too many"
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return f"`{text}` has no area code", "write the whole number as it is dialled from abroad"
        case ValidationResult.TOO_SHORT:
            return f"`{text}` is shorter than numbers {country} are", "check for a missing digit or area code"
        case _:
            return f"`{text}` is not as long as numbers {country} are", "check for a missing digit or one too many"


def is_short_service(text: str) -> bool:
    """Whether a number is a country code and an emergency number, such as +49112 or +1911."""
    return emergency_in(text) != ""


def emergency_in(text: str) -> str:
    """The emergency number that a number would dial, or nothing."""
    if is_plainly_a_number(text):
        return ""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
    from phonenumbers.shortnumberinfo import is_emergency_number

    digits = text[1:]
    for length in (0, 1, 2, 3):
        code, rest = digits[:length], digits[length:]
        if not rest or len(rest) > 3 or (length and int(code) not in COUNTRY_CODE_TO_REGION_CODE):
            continue
        regions = COUNTRY_CODE_TO_REGION_CODE[int(code)] if length else ("DE", "US", "GB", "AU")
        if any(is_emergency_number(rest, region) for region in regions):
            return rest
    return ""


def is_premium(text: str) -> bool:
    """Whether calls to a number cost extra."""
    if is_plainly_a_number(text):
        return False
    from phonenumbers import NumberParseException, PhoneNumberType, number_type, parse

    try:
        return bool(number_type(parse(text, None)) == PhoneNumberType.PREMIUM_RATE)
    except NumberParseException:
        return False
