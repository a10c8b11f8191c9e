"""`/docs`: the whole API on one page that loads nothing; and who may see which page of the port."""

import re

import anyio
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from flowlang.admin.access import token_of
from flowlang.admin.page import api_page
from tests.admin.rig import Rig

READER = token_of("wall board", "reader", "reader-token-0123456789")


def test_every_operation_and_every_shape_is_on_the_page() -> None:
    document = Rig().app.openapi()
    page = api_page(document)
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            assert f'<h3 id="{about["operationId"]}">{about["summary"]}</h3>' in page
            assert f'<b class="method">{method.upper()}</b> <code>{path}</code>' in page
            for status, told in about["responses"].items():
                assert f"<td>{status}</td>" in page
                assert told["description"].split("`")[0].split("'")[0] in page
    for name, shape in document["components"]["schemas"].items():
        assert f'<h3 id="shape-{name}">' in page
        for field in shape["properties"]:
            assert f"<code>{field}</code>" in page
    links = set(re.findall(r'href="#([^"]*)"', page))
    assert links <= set(re.findall(r'id="([^"]*)"', page)), "a link that leads nowhere"


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    async def main() -> None:
        async with Rig(tokens=[READER]).client() as client:
            answer = await client.get("/docs")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
        assert not re.search(r"<(script|link|img|iframe|object|form)\b|\bon\w+=|url\(|@import", answer.text)
        assert set(re.findall(r'(?:src|href)="([^"#][^"]*)"', answer.text)) == {"/openapi.json"}

    anyio.run(main)


def test_what_stands_in_a_description_is_text() -> None:
    document = {
        "openapi": "3.1.0", "info": {"title": "<b>", "version": "1", "description": "`a<b` & *c*"},
        "tags": [{"name": "x"}],
        "paths": {"/<p>": {"get": {"tags": ["x"], "summary": "<s>", "description": "<script>", "responses": {
            "200": {"description": "<i>"}}}}},
    }  # fmt: skip
    page = api_page(document)
    assert "<code>a&lt;b</code> &amp; <em>c</em>" in page
    for text in ("<script>", "<i>", "<s>", "<b>", "/<p>"):
        assert text not in page


@pytest.mark.parametrize(
    ("token", "path", "status"),
    [
        ("", "/metrics", 401),
        ("wrong-token-0123456789", "/metrics", 401),
        ("reader-token-0123456789", "/metrics", 200),
        ("", "/nowhere", 401),
        ("reader-token-0123456789", "/nowhere", 404),
        ("", "/", 307),
        ("", "/docs", 200),
        ("", "/openapi.json", 200),
        ("", "/health/live", 200),
        ("", "/health/ready", 200),
        ("", "/health/other", 401),
        ("", "/docs/oauth2-redirect", 401),
    ],
)
def test_pages_that_others_add_need_a_token_too(token: str, path: str, status: int) -> None:
    async def main() -> None:
        rig = Rig(tokens=[READER], is_loopback=False)
        rig.app.router.routes.append(Route("/metrics", lambda _request: PlainTextResponse("flowlang_calls 1")))
        async with rig.client(token) as client:
            answer = await client.get(path)
        assert answer.status_code == status
        if status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["error"]["code"] == "no_token"

    anyio.run(main)


def test_without_tokens_metrics_are_for_everybody_on_this_machine() -> None:
    async def main() -> None:
        rig = Rig()
        rig.app.router.routes.append(Route("/metrics", lambda _request: PlainTextResponse("flowlang_calls 1")))
        async with rig.client() as client:
            assert (await client.get("/metrics")).status_code == 200

    anyio.run(main)
