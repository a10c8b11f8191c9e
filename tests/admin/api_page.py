"""docs/reference/admin-api.md, made from the API's own description."""

# ruff: noqa: E501 - a page: one paragraph a line

from typing import Any

from flowlang.admin.access import Access
from flowlang.admin.app import admin_app
from tests.admin.rig import Rig

HEAD = """# The admin API

<!-- Made from the API's own description; `python -m tests.tidy.generated` writes it anew. -->

HTTP and JSON, for programs that watch calls and act on them. `flowlang calls` uses it; see [how to watch calls](../how-to/watch-calls.md). A running service shows this description with every detail at `/docs`, and gives it as OpenAPI at `/openapi.json`.

- **Address**: usually `http://127.0.0.1:8081`.
- **Token**: `Authorization: Bearer TOKEN`. Needed unless the port is bound to loopback and no tokens are set. `/health/…`, `/docs` and `/openapi.json` need none; `/metrics` does.
- **Roles**: a reader looks and sees phone numbers masked, no keys, no values of variables. An operator sees everything and acts. Who acts, on what, and with what outcome is written to the audit log.
- **Acts** are answered with `202` when they are on the disk. What came of them is in the journal and in the events.
- **Times** are UTC, as `2026-01-19T12:00:00Z`. **Ids** are texts of any form; encode them in paths.
- **Pages**: a list gives `next`; ask again with `before=next` (calls) or `after=next` (journal). A filtered page may be short although more follows.
- **Versions**: fields may be added to answers; nothing is taken away under `/v1`.

"""

ERRORS = """## Errors

Every answer of 400 and more is `{"error": {"code": "not_found", "message": "there is no call abc"}}`. The code is for programs, the message for people.

| status | code | meaning |
|---|---|---|
| 400, 422 | `wrong` | the request makes no sense; the message says where |
| 401 | `no_token` | no token, or an unknown one |
| 403 | `forbidden` | the role is not enough |
| 403 | `foreign` | without tokens: another host name than loopback, or a page of another origin |
| 403 | `proxied` | without tokens: a proxy passed the request on (`X-Forwarded-…`, `Forwarded`, `Via` and their like), so it may come from anybody; set `admin_tokens` |
| 403 | `not_simulated` | facts are injected only where Graph is simulated |
| 404 | `not_found` | there is no such call, flow or hours |
| 405 | `no_such_method` | that path knows other methods |
| 408 | `too_slow` | a body that was not there in 15 seconds |
| 409 | `ambiguous` | several calls begin with that id |
| 409 | `over`, `parked`, `not_parked`, `unreadable` | the call is over, rests, does not rest, or cannot be read |
| 409 | `not_up`, `group_call` | the call cannot be transferred: not answered yet, or a group call |
| 409 | `no_ladder` | nothing of the call can be drawn |
| 409 | `no_recording` | the call has not begun, or what is kept of it cannot be read |
| 409 | `no_start`, `no_version`, `not_by_hand` | the flow has no `on start`; there is no such version; the hours follow their plan already |
| 413 | `too_long` | more than 100,000 bytes |
| 503 | `away` | the store cannot do it now; nothing was done, try again |

"""

EVENTS = """## Events

`GET /v1/events` is a stream of [server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html) that does not end. `data` is JSON:

| event | when |
|---|---|
| `call began` | somebody calls, or a flow was started; `details` has `caller` and `called`, and their names where Graph says them: `caller_name`, `called_name` |
| `call changed` | its state, stage or step is another; `text` says where it stands, `details.state` is the state of the call |
| `call ended` | it is over; `text` says how |
| `call parked` | working on it broke something; `text` says what |
| `hours switched` | somebody opened or closed hours by hand, or took it back; `details` has `hours` and `state` |
| `flow deployed` | new calls of a flow take another version; `details` has `flow` and `version` |
| `gap` | some events were missed: look at the calls anew |

Numbers of events grow. A listener that was away sends the last one it saw as `Last-Event-ID` and hears what came since, as far as the latest 1,000 reach, else a `gap`. After 15 seconds without an event a comment says that the stream is still there.

"""


def admin_page() -> str:
    """The whole page."""
    document = admin_app(Rig().desk, Access(is_loopback=True), Rig().audit).openapi()
    parts = [HEAD]
    for tag in document["tags"]:
        parts.append(f"## {tag['name'].capitalize()}\n\n{tag['description']}\n\n")
        for path, methods in document["paths"].items():
            parts += [_route(method, path, one) for method, one in methods.items() if tag["name"] in one["tags"]]
        if tag["name"] == "service":
            parts.append(EVENTS)
    shapes = document["components"]["schemas"]
    used = [name for name in sorted(shapes) if name not in ("Problem", "ErrorView")]
    parts.append(ERRORS)
    parts.append("## Shapes\n\nFields with a star are always needed in what is sent.\n\n")
    parts += [_shape(name, shapes[name]) for name in used]
    return "".join(parts).rstrip("\n") + "\n"


def _route(method: str, path: str, route: dict[str, Any]) -> str:
    lines = [f"### {route['summary']}", "", f"`{method.upper()} {path}` · `{route['operationId']}`", ""]
    lines += [" ".join(route["description"].split()), ""]
    questions = [one for one in route.get("parameters", ()) if one["in"] != "path"]
    lines += [_parameter(one) for one in questions]
    lines += [""] * bool(questions)
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    status, told = next(one for one in route["responses"].items() if one[0] < "300")
    schema = told.get("content", {}).get("application/json", {}).get("schema")
    takes = f"Takes {_kind(body)}. " if body else ""
    gives = _kind(schema) if schema else ", ".join(told["content"])
    return "\n".join([*lines, f"{takes}Gives {status} with {gives}.", "", ""])


def _parameter(one: dict[str, Any]) -> str:
    place = " (header)" if one["in"] == "header" else ""
    text = one.get("description", "")
    return f"- `{one['name']}`{place}: {_kind(one['schema'])}{f'. {text}' if text else ''}"


def _shape(name: str, shape: dict[str, Any]) -> str:
    lines = [f"### {name}", ""]
    if shape.get("description"):
        lines += [" ".join(shape["description"].split()), ""]
    lines += ["| field | kind | meaning |", "|---|---|---|"]
    needed = shape.get("required", ())
    for field, one in shape["properties"].items():
        star = "*" if field in needed and name.endswith("Order") else ""
        lines.append(f"| `{field}`{star} | {_kind(one)} | {one.get('description', '')} |")
    return "\n".join([*lines, "", ""])


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"]]
        return " or ".join(kinds)
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}" if schema.get("items") else "list"
    formats = {"date-time": "time"}
    names = {"string": "text", "integer": "number", "boolean": "yes or no", "null": "nothing", "object": "object"}
    return formats.get(schema.get("format", "")) or names.get(schema.get("type", ""), "any JSON")
