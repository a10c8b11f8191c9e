"""`/docs`: what the API is, as one page of HTML made from its own description.

It loads nothing: a script from somewhere else would act with the rights of whoever looks, and many admin ports have no
way out. Its policy says so to the browser.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final, NamedTuple

from fastapi.openapi.models import OpenAPI, Operation, Parameter, PathItem, Reference, RequestBody, Response, Schema

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
KINDS: Final = {"string": "text", "integer": "number", "boolean": "yes or no", "null": "nothing", "array": "list"}
STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid #8886; }
h3 { margin: 2rem 0 .3rem; }
code, pre { font: 13px/1.4 ui-monospace, monospace; }
pre { padding: .5rem .7rem; background: #8882; overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #8883; }
b.method { display: inline-block; min-width: 4rem; }
nav ul { list-style: none; padding-left: 0; }
"""


class _Route(NamedTuple):
    method: str
    path: str
    about: Operation


def api_page(description: Mapping[str, object]) -> str:
    """The whole page. `description`: the API's own, as `/openapi.json` gives it."""
    api = OpenAPI.model_validate(description)
    routes = list(_routes(api.paths or {}))
    schemas = api.components.schemas if api.components is not None and api.components.schemas else {}
    title = escape(f"{api.info.title} {api.info.version}")
    parts = [
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>',
        f"<h1>{title}</h1>",
        *[f"<p>{_prose(text)}</p>" for text in (api.info.description or "").split("\n\n")],
        '<p>For programs: <a href="/openapi.json">openapi.json</a>.</p>',
        "<nav>",
    ]
    tags = [(tag.name, tag.description or "") for tag in api.tags or ()]
    for name, _ in tags:
        parts += [f"<p>{escape(name)}</p><ul>", *[_link(one) for one in routes if name in (one.about.tags or ())]]
        parts.append("</ul>")
    parts.append("</nav>")
    for name, text in tags:
        parts.append(f"<h2>{escape(name.capitalize())}</h2><p>{escape(text)}</p>")
        parts += [_route(one) for one in routes if name in (one.about.tags or ())]
    parts.append("<h2>Shapes</h2><p>Fields with a star are always needed in what is sent.</p>")
    parts += [_shape(name, one) for name, one in sorted(schemas.items()) if isinstance(one, Schema)]
    return "\n".join([*parts, "</body></html>\n"])


def _routes(paths: Mapping[str, object]) -> Iterator[_Route]:
    for path, item in paths.items():
        known = PathItem.model_validate(item)
        for method, about in (("GET", known.get), ("POST", known.post), ("PUT", known.put), ("DELETE", known.delete)):
            if about is not None:
                yield _Route(method, path, about)


def _link(one: _Route) -> str:
    name = escape(one.about.operationId or "")
    path, summary = escape(one.path), escape(one.about.summary or "")
    return f'<li><a href="#{name}"><b class="method">{one.method}</b> <code>{path}</code></a> {summary}</li>'


def _route(one: _Route) -> str:
    about = one.about
    parts = [
        f'<h3 id="{escape(about.operationId or "")}">{escape(about.summary or "")}</h3>',
        f"<pre>{escape(_example(one))}</pre><p>{_prose(about.description)}</p>",
    ]
    rows = [_parameter(given) for given in about.parameters or () if isinstance(given, Parameter)]
    body = about.requestBody
    if isinstance(body, RequestBody):
        media = body.content.get("application/json")
        kind = _kind(media.schema_) if media is not None else ""
        rows.append(f"<tr><td>body</td><td>{kind}</td><td>{'always needed' if body.required else ''}</td></tr>")
    parts.append(_table(("takes", "kind", ""), rows))
    given = [_answer(str(status), told) for status, told in sorted((about.responses or {}).items())]
    parts.append(_table(("answers", "with", ""), given))
    return "\n".join(part for part in parts if part)


def _example(one: _Route) -> str:
    """How it is asked for at a terminal."""
    words = ["curl", *(["-X", one.method] if one.method != "GET" else [])]
    if one.about.security:
        words.append('-H "Authorization: Bearer $FLOWLANG_TOKEN"')
    if one.about.requestBody is not None:
        words.append("-H 'Content-Type: application/json' -d '{…}'")
    return " ".join([*words, f"http://127.0.0.1:8081{one.path}"])


def _parameter(given: Parameter) -> str:
    place = "" if given.in_.value == "query" else f" ({given.in_.value})"
    schema = given.schema_
    kind = _kind(schema) if schema is not None else ""
    return f"<tr><td><code>{escape(given.name)}</code>{place}</td><td>{kind}</td><td>{_text(given)}</td></tr>"


def _answer(status: str, told: object) -> str:
    known = Response.model_validate(told)
    kinds = [
        _kind(media.schema_) if media.schema_ is not None and kind == "application/json" else escape(kind)
        for kind, media in (known.content or {}).items()
    ]
    return f"<tr><td>{escape(status)}</td><td>{', '.join(kinds)}</td><td>{_prose(known.description)}</td></tr>"


def _shape(name: str, schema: Schema) -> str:
    needed = schema.required or ()
    rows = [
        f"<tr><td><code>{escape(field)}</code>{'*' if field in needed and name.endswith('Order') else ''}</td>"
        f"<td>{_kind(one)}</td><td>{_text(one)}</td></tr>"
        for field, one in (schema.properties or {}).items()
    ]
    about = _prose(schema.description)
    return f'<h3 id="shape-{escape(name)}">{escape(name)}</h3><p>{about}</p>{_table(("field", "kind", ""), rows)}'


def _table(heads: tuple[str, ...], rows: list[str]) -> str:
    if not rows:
        return ""
    return f"<table><tr>{''.join([f'<th>{head}</th>' for head in heads])}</tr>{''.join(rows)}</table>"


def _text(one: Parameter | Schema | Reference | bool) -> str:
    return _prose(None if isinstance(one, bool | Reference) else one.description)


def _prose(text: str | None) -> str:
    """A text of ours: what stands between backticks is code, between asterisks emphasis."""
    plain = escape(" ".join((text or "").split()))
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", re.sub(r"`([^`]+)`", r"<code>\1</code>", plain))


def _kind(schema: Schema | Reference | bool | None) -> str:
    """What a value is, in a few words; a shape as a link."""
    if isinstance(schema, Reference):
        return _named(schema.ref)
    if not isinstance(schema, Schema):
        return "any JSON"
    if schema.ref:
        return _named(schema.ref)
    if schema.anyOf:
        return " or ".join([_kind(one) for one in schema.anyOf])
    if schema.enum:
        return ", ".join([f"<code>{escape(str(one))}</code>" for one in schema.enum])
    if schema.format == "date-time":
        return "time"
    if schema.type == "array":
        inner = schema.items
        return f"list of {_kind(inner)}" if isinstance(inner, Schema | Reference) else "list"
    return KINDS.get(str(schema.type), str(schema.type or "any JSON"))


def _named(ref: str) -> str:
    name = escape(ref.rpartition("/")[2])
    return f'<a href="#shape-{name}">{name}</a>'
