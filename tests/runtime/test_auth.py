"""Tokens of notifications: each way to be wrong is refused, and says why; keys come and go."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from flowlang.runtime import auth
from flowlang.runtime.auth import Caller, Expected, KeysAwayError, RefusedError, Verifier
from flowlang.settings.clouds import CLOUDS
from tests.runtime.signing import APPLICATION, NOW, TENANT, bearer, bearer_of, claims, key, key_set


class Keys:
    """The page of keys, and how often it was fetched."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.fetched = 0
        self.fails = False

    async def __call__(self) -> object:
        self.fetched += 1
        if self.fails:
            raise OSError("the page is away")
        return key_set(*self.names)


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def verifier(keys: Keys | None = None, clock: Clock | None = None, **expected: Any) -> Callable[[str | None], Caller]:
    made = Verifier(Expected((APPLICATION,), **expected), keys or Keys("k1"), clock or Clock())
    return lambda header: anyio.run(made.verify, header)


def test_a_clock_that_was_set_back_refuses_nobody() -> None:
    """Nobody knows whether it was right before or is right now; a token that is good by either is taken."""
    steady, wall = Clock(), Clock()
    made = Verifier(Expected((APPLICATION,)), Keys("k1"), steady, wall)
    wall.now -= 7_200
    for token in (bearer(), bearer(nbf=NOW - 7_200, exp=NOW - 3_600)):
        anyio.run(made.verify, token)
        anyio.run(made.verify, token)  # remembered
    for token in (bearer(nbf=NOW - 20_000, exp=NOW - 10_000), bearer(nbf=NOW + 3_600, exp=NOW + 7_200)):
        with pytest.raises(RefusedError):
            anyio.run(made.verify, token)


def test_a_good_token_names_application_and_tenant() -> None:
    assert verifier()(bearer()) == Caller(APPLICATION, TENANT, NOW + 3_600)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://api.botframework.com"},
        {"iss": "https://api.botframework.com/"},
        {"iss": "https://graph.microsoft.com/"},
        {"aud": [APPLICATION, "somebody else"]},
        {"exp": NOW - 299},
        {"nbf": NOW + 299},
        {"nbf": None},
    ],
)
def test_what_is_good_all_the_same(changes: dict[str, Any]) -> None:
    assert verifier()(bearer(**changes)).tenant_id == TENANT


def test_an_application_is_known_however_its_id_is_written() -> None:
    mine = "abcdefab-2222-4333-8444-555555555555"
    verify = Verifier(Expected((mine.upper(),)), Keys("k1"), Clock()).verify
    assert anyio.run(verify, bearer(aud=mine)).application_id == mine.upper()


WRONG: dict[str, tuple[str | None, str]] = {
    "no header": (None, "no bearer token"),
    "empty": ("", "no bearer token"),
    "another scheme": ("Basic dXNlcjpwYXNz", "no bearer token"),
    "no token": ("Bearer ", "no bearer token"),
    "nonsense": ("Bearer a.b.c", "no token"),
    "audience": (bearer(aud="99999999-2222-4333-8444-555555555555"), "udience"),
    "no audience": (bearer(aud=None), "aud"),
    "an audience that is no text": (bearer(aud=[5, None]), "udience"),
    "issuer": (bearer(iss="https://graph.example.com"), "issued by"),
    "an issuer that only begins like ours": (bearer(iss="https://graph.microsoft.com.evil.example"), "issued by"),
    "no issuer": (bearer(iss=None), "iss"),
    "no tenant": (bearer(tid=None), "no tenant"),
    "empty tenant": (bearer(tid=""), "no tenant"),
    "expired": (bearer(exp=NOW - 301), "expired"),
    "no end": (bearer(exp=None), "exp"),
    "too early": (bearer(nbf=NOW + 301), "only later"),
    "algorithm none": (bearer(algorithm="none"), "not with RS256"),
    "HS256": (bearer(algorithm="HS256"), "not with RS256"),
    "unknown key": (bearer("k9"), "not known: k9"),
    "a key that only says it is ours": (bearer("k9", kid="k1"), "ignature"),
    "times that are none": (bearer(nbf="soon"), "no time"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_and_says_why(name: str) -> None:
    header, why = WRONG[name]
    with pytest.raises(RefusedError, match=why):
        verifier()(header)


NO_TIMES = ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" + "0" * 400, "-1", "true", '"1795424400"', "[1]",
            "{}", str(1 << 64))  # fmt: skip


@pytest.mark.parametrize("name", ["exp", "nbf"])
@pytest.mark.parametrize("value", NO_TIMES)
def test_a_time_that_is_no_finite_number_is_refused(name: str, value: str) -> None:
    payload = json.dumps(claims(**{name: "here"})).replace('"here"', value)
    with pytest.raises(RefusedError, match=f"{name} is no time"):
        verifier()(bearer_of(payload))


@pytest.mark.parametrize("payload", ['{"exp": ' + "9" * 5_000 + "}", "[" * 100_000, "[]", "null", "\x00", ""])
def test_a_payload_that_cannot_be_read_is_refused(payload: str) -> None:
    with pytest.raises(RefusedError):
        verifier()(bearer_of(payload))


@pytest.mark.parametrize(
    "head",
    [
        '{"alg": ' + "[" * 100_000, '{"alg": "RS256", "kid": ' + "9" * 5_000 + "}", '{"alg": ["RS256"]}',
        '{"alg": "RS256", "kid": ["k1"]}', '{"alg": "RS256", "kid": {}}', "[]", "{}", '{"alg": {"RS256": 1}}',
    ],
)  # fmt: skip
def test_a_header_that_cannot_be_read_is_refused(head: str) -> None:
    """Nobody has signed it: anybody can send one."""
    with pytest.raises(RefusedError):
        verifier()(bearer_of("{}", head=head))


def test_a_changed_token_is_refused() -> None:
    head, body, signature = bearer().split(".")
    other = bearer(tid="another tenant").split(".")[1]
    with pytest.raises(RefusedError, match="ignature"):
        verifier()(f"{head}.{other}.{signature}")
    assert body != other


def test_another_cloud_brings_its_own_issuer() -> None:
    header = bearer(iss="https://graph.microsoft.us")
    with pytest.raises(RefusedError):
        verifier()(header)
    assert verifier(issuers=("https://graph.microsoft.us",))(header).tenant_id == TENANT


@pytest.mark.parametrize("name", CLOUDS)
def test_the_issuers_of_each_cloud_count_with_or_without_a_slash(name: str) -> None:
    issuers = CLOUDS[name].issuers
    for issuer in issuers:
        for written in (issuer, f"{issuer}/"):
            assert verifier(issuers=issuers)(bearer(iss=written)).tenant_id == TENANT
    with pytest.raises(RefusedError, match="issued by"):
        verifier(issuers=issuers)(bearer(iss="https://graph.example.com"))


def test_what_one_cloud_issues_counts_in_no_other() -> None:
    for name, other in (("public", "gcc-high"), ("gcc-high", "dod"), ("dod", "china"), ("china", "gcc-high")):
        (own,) = set(CLOUDS[other].issuers[2:3]) - set(CLOUDS[name].issuers)
        with pytest.raises(RefusedError, match="issued by"):
            verifier(issuers=CLOUDS[name].issuers)(bearer(iss=own))


def test_an_issuer_may_be_set_with_a_slash() -> None:
    assert verifier(issuers=("https://graph.example/",))(bearer(iss="https://graph.example")).tenant_id == TENANT


# ---------------------------------------------------------------- keys


def test_keys_are_fetched_once_and_tokens_remembered() -> None:
    keys = Keys("k1")
    verify = verifier(keys)
    for _ in range(3):
        verify(bearer())
    verify(bearer(iat=NOW - 1))
    assert keys.fetched == 1


def test_a_remembered_token_expires_all_the_same() -> None:
    clock = Clock()
    verify = verifier(clock=clock)
    verify(bearer())
    clock.now = NOW + 3_600 + 301
    with pytest.raises(RefusedError, match="expired"):
        verify(bearer())


def test_a_new_key_is_asked_for_but_not_for_everybody_who_sends_nonsense() -> None:
    keys, clock = Keys("k1"), Clock()
    verify = verifier(keys, clock)
    verify(bearer("k1"))
    keys.names = ("k1", "k2")
    with pytest.raises(RefusedError):
        verify(bearer("k2"))
    assert keys.fetched == 1
    clock.now += auth.REFRESH_SECONDS
    assert verify(bearer("k2")).tenant_id == TENANT
    for number in range(5):
        with pytest.raises(RefusedError):
            verify(bearer("k9", kid=f"nonsense {number}"))
    assert keys.fetched == 2


def test_a_key_that_was_taken_back_stops_counting_after_a_day() -> None:
    keys, clock = Keys("k1", "k2"), Clock()
    verify = verifier(keys, clock)
    verify(bearer("k2", exp=NOW + 10 * 86_400))
    keys.names = ("k1",)
    clock.now += auth.KEYS_LAST_SECONDS + 1
    with pytest.raises(RefusedError, match="not known"):
        verify(bearer("k2", exp=NOW + 10 * 86_400, iat=NOW - 5))


def test_whoever_comes_while_the_keys_are_fetched_waits_for_them() -> None:
    """A service that starts under load: all notifications of the first moment are good."""
    taken: list[Caller] = []

    async def main() -> None:
        there = anyio.Event()
        fetched: list[object] = []

        async def slowly() -> object:
            await there.wait()
            fetched.append(1)
            return key_set("k1")

        made = Verifier(Expected((APPLICATION,)), slowly, Clock())

        async def one(number: int) -> None:
            taken.append(await made.verify(bearer(iat=NOW - number)))

        async with anyio.create_task_group() as tasks:
            for number in range(5):
                tasks.start_soon(one, number)
            await anyio.wait_all_tasks_blocked()
            there.set()
        assert len(fetched) == 1

    anyio.run(main)
    assert len(taken) == 5


def test_keys_can_be_fetched_before_the_first_notification() -> None:
    keys = Keys("k1")
    made = Verifier(Expected((APPLICATION,)), keys, Clock())

    async def main() -> None:
        for _ in range(2):
            await made.warm()
        await made.verify(bearer())

    anyio.run(main)
    assert keys.fetched == 1
    keys.fails = True
    with pytest.raises(KeysAwayError):
        anyio.run(Verifier(Expected((APPLICATION,)), keys, Clock()).warm)


def test_while_the_page_is_slow_a_key_of_yesterday_counts() -> None:
    """One waits for the page; nobody else whose key is known does."""
    clock, is_slow, fetched = Clock(), False, 0

    async def main() -> None:
        there = anyio.Event()

        async def page() -> object:
            nonlocal fetched
            fetched += 1
            if is_slow:
                await there.wait()
            return key_set("k1")

        nonlocal is_slow
        made = Verifier(Expected((APPLICATION,)), page, clock)
        await made.verify(bearer())
        is_slow = True
        clock.now += auth.KEYS_LAST_SECONDS + 1
        later = NOW + 10 * 86_400
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(made.verify, bearer(exp=later, iat=NOW - 1))
            await anyio.wait_all_tasks_blocked()
            with anyio.fail_after(5):
                assert (await made.verify(bearer(exp=later, iat=NOW - 2))).tenant_id == TENANT
            there.set()
        assert fetched == 2

    anyio.run(main)


def test_without_any_key_the_page_is_asked_again_soon() -> None:
    keys, clock = Keys("k1"), Clock()
    keys.fails = True
    verify = verifier(keys, clock)
    with pytest.raises(RefusedError, match="cannot be fetched"):
        verify(bearer())
    keys.fails = False
    with pytest.raises(RefusedError, match="not known"):
        verify(bearer())
    clock.now += auth.FIRST_SECONDS
    assert verify(bearer()).tenant_id == TENANT
    assert keys.fetched == 2


def test_old_keys_go_on_counting_while_the_page_is_away() -> None:
    keys, clock = Keys("k1"), Clock()
    verify = verifier(keys, clock)
    verify(bearer())
    keys.fails = True
    clock.now += auth.KEYS_LAST_SECONDS + 1
    assert verify(bearer(exp=NOW + 10 * 86_400)).tenant_id == TENANT


def test_without_any_keys_nothing_counts() -> None:
    keys = Keys("k1")
    keys.fails = True
    with pytest.raises(KeysAwayError, match="cannot be fetched"):
        verifier(keys)(bearer())


def test_a_key_page_with_nonsense_in_it_gives_the_rest() -> None:
    class Odd(Keys):
        async def __call__(self) -> object:
            good = key_set("k1")["keys"]
            return {
                "keys": [None, {"kty": "RSA", "kid": "broken", "n": "!", "e": "?"}, {"kty": "oct", "kid": "x"}, *good]
            }

    assert verifier(Odd("k1"))(bearer()).tenant_id == TENANT


def test_the_tests_own_claims_are_what_graph_sends() -> None:
    assert set(claims()) == {"iss", "aud", "tid", "iat", "nbf", "exp"}
    assert key("k1") is key("k1")


def _written(head: object, rest: str = ".e30.AAAA") -> str:
    text = head if isinstance(head, str) else json.dumps(head)
    return "Bearer " + urlsafe_b64encode(text.encode()).decode().rstrip("=") + rest


LONG = {
    "a key with a long name": _written({"alg": "RS256", "kid": "a" * 2_500}),
    "a key with a very long name": _written({"alg": "RS256", "kid": "a" * 60_000}),
    "a long algorithm": _written({"alg": "a" * 2_500, "kid": "k1"}),
    "a list of algorithms": _written({"alg": ["a" * 100] * 20, "kid": "k1"}),
    "a token without end": "Bearer " + "a" * 1_000_000,
    "dots": "Bearer " + "." * 10_000,
    "spaces": "Bearer " + " " * 100_000 + "a",
    "a deep head": _written("[" * 3_000),
    "a number without end": _written('{"kid":' + "1" * 2_900 + "}"),
    "no base64": "Bearer \x00\xff.\x00.\x00",
}


@pytest.mark.parametrize("what", LONG)
def test_what_has_no_measure_is_refused_shortly_and_told_in_few_words(what: str) -> None:
    with pytest.raises(RefusedError) as refused:
        verifier()(LONG[what])
    assert len(str(refused.value)) < 300
