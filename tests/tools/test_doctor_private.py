"""Who may read the service's files and use its admin API: each line, when it is ok and when it is not."""

import os
from pathlib import Path

import pytest

from flowlang.settings.model import Settings
from flowlang.settings.read import read
from flowlang.tools.doctor_access import admin, private_of
from flowlang.tools.doctor_far import admin_outside
from flowlang.tools.doctor_private import READABLE, WRITABLE, Private, files
from tests.tools.test_doctor_far import served

TOKENS = {"EVE": "operator-token-0123456789", "RITA": "reader-token-0123456789", "SHORT": "abc"}


def settings(text: str) -> Settings:
    return read(text.encode(), "flowlang.yaml").settings


def made(path: Path, mode: int, *, is_folder: bool = False) -> Path:
    if is_folder:
        path.mkdir()
    else:
        path.write_bytes(b"")
    path.chmod(mode)
    return path


# ---------------------------------------------------------------- files


def test_files_that_are_closed(tmp_path: Path) -> None:
    made(tmp_path / "calls.db", 0o600)
    made(tmp_path / "calls.db.audit", 0o600)
    made(tmp_path / "calls.db.recordings", 0o700, is_folder=True)
    made(tmp_path / "other.txt", 0o666)
    (line,) = files(str(tmp_path / "calls.db"), ())
    assert (line.state, line.text) == ("ok", "3 of the service are closed to other users")


@pytest.mark.parametrize(
    ("name", "mode", "says", "cure"),
    [
        ("calls.db", 0o644, "can be read by other users (mode 644)", "chmod 600"),
        ("calls.db-wal", 0o640, "can be read by other users (mode 640)", "chmod 600"),
        ("calls.db.bots", 0o604, "can be read by other users (mode 604)", "chmod 600"),
        ("calls.db.audit", 0o660, "can be read by other users (mode 660)", "chmod 600"),
        ("calls.db.recordings", 0o755, "can be read by other users (mode 755)", "chmod 700"),
        ("calls.db.before-2", 0o622, "can be used by other users (mode 622)", "chmod 600"),
    ],
)
def test_what_other_users_can_read_says_what_to_type(
    tmp_path: Path, name: str, mode: int, says: str, cure: str
) -> None:
    path = made(tmp_path / name, mode, is_folder=name.endswith("recordings"))
    (line,) = files(str(tmp_path / "calls.db"), ())
    assert (line.state, line.text, line.cure) == ("warned", f"{path} {says}", f"{cure} {path}")


def test_a_path_with_a_space_is_typed_in_quotes(tmp_path: Path) -> None:
    path = made(tmp_path / "my calls.db", 0o644)
    assert files(str(path), ())[0].cure == f"chmod 600 '{path}'"


def test_nothing_is_there_yet(tmp_path: Path) -> None:
    (line,) = files(str(tmp_path / "calls.db"), [Private(str(tmp_path / "secret"))])
    assert line.state == "skipped"
    assert files(str(tmp_path / "no" / "calls.db"), ())[0].state == "skipped"


def test_the_settings_may_be_read_unless_a_secret_stands_in_them(tmp_path: Path) -> None:
    path = made(tmp_path / "flowlang.yaml", 0o644)
    assert private_of(settings("{}"), str(path)) == (Private(str(path), WRITABLE),)
    assert files("", private_of(settings("{}"), str(path)))[0].state == "ok"
    spoken = settings('services: {crm: {url: "https://crm.example", headers: {Authorization: "Bearer x"}}}')
    assert private_of(spoken, str(path)) == (Private(str(path), READABLE),)
    path.chmod(0o666)
    (line,) = files("", private_of(settings("{}"), str(path)))
    assert (line.text, line.cure) == (
        f"{path} can be changed by other users (mode 666)", f"chmod 644 {path}"
    )  # fmt: skip


def test_files_with_secrets_and_recordings_are_looked_at(tmp_path: Path) -> None:
    secret, token = made(tmp_path / "secret", 0o600), made(tmp_path / "token", 0o444)
    one = settings(
        f"bots: {{b: {{application_id: 11111111-0000-4000-8000-000000000001, "
        f"tenant_id: 11111111-0000-4000-8000-000000000002, secret: {{file: {secret}}}}}}}\n"
        f"admin_tokens: [{{name: eve, role: operator, token: {{file: {token}}}}}]\nrecordings: {tmp_path}/kept\n"
    )
    assert [os.path.basename(found.path) for found in private_of(one, "x.yaml")] == [
        "x.yaml", "secret", "token", "kept"
    ]  # fmt: skip
    (line,) = files("", private_of(one, "x.yaml"))
    assert (line.state, line.cure) == ("warned", f"chmod 400 {token}")


# ---------------------------------------------------------------- the admin API


EVE = "{name: eve, role: operator, token: {env: EVE}}"


@pytest.mark.parametrize(
    ("text", "state", "says"),
    [
        ("{}", "ok", "127.0.0.1:8081, for everybody on this machine: there are no tokens"),
        ('serve: {admin: "0.0.0.0:8081"}', "wrong", "0.0.0.0:8081 is reached from other machines, and there are no"),
        (f'serve: {{admin: "0.0.0.0:8081"}}\nadmin_tokens: [{EVE}]', "ok", "0.0.0.0:8081, for 1 token"),
        (f"admin_tokens: [{EVE}, {{name: rita, token: {{env: RITA}}}}]", "ok", "127.0.0.1:8081, for 2 tokens"),
        (f"admin_tokens: [{EVE}, {{name: rita, token: {{env: EVE}}}}]", "wrong",
         "eve (operator) and rita (reader) have the same token, so that nobody knows who acts"),
        (f"admin_tokens: [{EVE}, {{name: rita, token: {{env: NOT_SET}}}}]", "ok", "127.0.0.1:8081, for 2 tokens"),
    ],
)  # fmt: skip
def test_who_may_use_the_admin_api(text: str, state: str, says: str) -> None:
    (line,) = admin(settings(text), TOKENS)
    assert (line.state, line.text.startswith(says)) == (state, True), line
    assert not any(token in str(line) for token in TOKENS.values())
    assert (line.cure != "") == (state == "wrong")


def test_an_admin_api_at_the_public_address() -> None:
    def ours(_method: str, _path: str, _body: str) -> tuple[int, object, dict[str, str]]:
        return 200, {"is_ok": True, "checks": []}, {}

    def others(_method: str, _path: str, _body: str) -> tuple[int, object, dict[str, str]]:
        return 404, {}, {}

    with served(ours) as url:
        (line,) = admin_outside(url)
    assert (line.state, line.text) == ("wrong", f"the admin API answers at the public address {url}")
    with served(others) as url:
        assert admin_outside(url) == []
    assert admin_outside("http://127.0.0.1:9") == []
