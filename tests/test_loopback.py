"""Which addresses are on this machine. What only looks like one is none."""

from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.loopback import LOOPBACK, is_loopback, is_near, keeps_secrets

NEAR = (
    "http://localhost", "http://LOCALHOST:8080/x", "http://127.0.0.1:8060", "http://[::1]:9/x?y#z", "https://127.0.0.1",
    "HTTP://127.0.0.1/",
)  # fmt: skip
FAR = (
    "http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example",
    "http://localhost:80@evil.example/", "http://evil.example/@127.0.0.1", "http://evil.example#@127.0.0.1",
    "http://evil.example?127.0.0.1", "http://127.0.0.1\\@evil.example", "http://127.0.0.1\\.evil.example",
    "http://127.1", "http://127.0.1", "http://2130706433", "http://0x7f000001", "http://0177.0.0.1", "http://127.0.0.2",
    "http://0.0.0.0", "http://[::]", "http://[::ffff:127.0.0.1]", "http://[::1%25lo]", "http://[::1", "http://",
    "http:127.0.0.1", "http:///127.0.0.1", "//127.0.0.1", "127.0.0.1", "localhost", "", "http://127.0.0.1\n.evil.example",
    "http://127.0.0.1\t", " http://127.0.0.1", "http://127.0.0.1 ", "http://localhost.", "http://127.0.0.1.",
    "http://user@localhost", "http://user:secret@127.0.0.1", "ftp://127.0.0.1", "file:///etc/passwd",
    "http://lоcalhost", "http://127。0。0。1", "http://127.0.0.1:port", "http://127.0.0.1:99999",
)  # fmt: skip


@pytest.mark.parametrize("url", NEAR)
def test_addresses_of_this_machine(url: str) -> None:
    assert is_near(url)
    assert keeps_secrets(url)


@pytest.mark.parametrize("url", FAR)
def test_what_only_looks_like_it(url: str) -> None:
    assert not is_near(url)
    assert not keeps_secrets(url)


@pytest.mark.parametrize("url", ["https://evil.example", "https://calls.example.com:8443/x"])
def test_with_tls_any_host_will_do(url: str) -> None:
    assert keeps_secrets(url)
    assert not is_near(url)


@pytest.mark.parametrize("url", ["https://", "https://user:secret@example.com", "https://a b"])
def test_tls_to_nobody_or_to_two_is_none(url: str) -> None:
    assert not keeps_secrets(url)


@given(st.sampled_from(LOOPBACK), st.text(alphabet="abc.@:/\\[]%#? \t\n019", min_size=1, max_size=12))
def test_whatever_follows_the_name_the_host_is_this_machine_or_it_is_not_near(name: str, more: str) -> None:
    host = f"[{name}]" if ":" in name else name
    url = f"http://{host}{more}"
    with suppress(httpx.InvalidURL):  # then it is sent to nobody
        assert not is_near(url) or is_loopback(httpx.URL(url).host)
