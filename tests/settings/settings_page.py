"""docs/reference/settings.md, made from the models of `flowlang.settings`, with an example that is read by a test."""

# ruff: noqa: E501 - a page: one paragraph a line

from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from flowlang.plan import Defaults as Bounds
from flowlang.settings.model import (
    AdminToken,
    Bot,
    Defaults,
    FlowSettings,
    Graph,
    HandSwitched,
    Log,
    Secret,
    Serve,
    Settings,
    Voice,
    WebService,
)

HEAD = """<!-- Generated from flowlang/settings/model.py by `python -m tests.tidy.generated`. -->
# Settings

`flowlang serve` reads `flowlang.yaml` of the folder in which it starts, or the file of `--config`. `flowlang check` reads its own part of the same file; see [the command line](command-line.md#settings-of-a-project).

- What is wrong is told with line and column before anything is served. Words that are not known are refused, with the nearest one.
- Lengths of time are written as in flows: `20s`, `5m`, `2h`, `30d`. Moments are written with their zone: `2026-12-24T18:00:00Z`.
- Secrets never stand in the file. Where one is wanted, `env: NAME` names a variable of the environment, `file: PATH` a file that holds nothing else.
- Paths count from the folder in which the service starts.
- Changes of the file count after the next start. Flows themselves are read again when they change.
- [flowlang.schema.json](flowlang.schema.json) tells editors what may stand in the file. With the YAML language server put this into the first line: `# yaml-language-server: $schema=flowlang.schema.json`.

## An example

```yaml
"""

EXAMPLE = """serve:
  public_url: https://calls.example.com
  store: /var/lib/flowlang/calls.db
  keep_calls: 30d

bots:
  desk:
    application_id: 11111111-2222-4333-8444-555555555555
    tenant_id: 72f988bf-86f1-41af-91ab-2d7cd011db47
    secret: {env: FLOWLANG_SECRET}

answers:
  "+4930123456": reception
  default: front_desk

services:
  customers:
    url: https://crm.example.com/flowlang
    headers:
      Authorization: {file: /run/secrets/crm}

flows:
  front_desk:
    set: {ring_time: 25s}

hours:
  office: {open: no, until: 2026-12-27T08:00:00+01:00}

voice:
  command: [espeak-ng, -w, "{file}", "{text}"]

admin_tokens:
  - {name: console, role: operator, token: {env: FLOWLANG_ADMIN_TOKEN}}
"""

PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("serve", Serve), ("graph", Graph), ("bots.NAME", Bot), ("services.NAME", WebService), ("flows.NAME", FlowSettings),
    ("hours.NAME", HandSwitched), ("voice", Voice), ("defaults", Defaults), ("admin_tokens", AdminToken), ("log", Log),
    ("a secret", Secret),
)  # fmt: skip


def settings_page() -> str:
    parts = "".join([_part(title, model) for title, model in PARTS])
    return f"{HEAD}{EXAMPLE}```\n\n## The file\n\n{_table(Settings)}{parts}"


def _part(title: str, model: type[BaseModel]) -> str:
    name = f"`{title}`" if model is not Secret else "A secret"
    return f"\n## {name}\n\n{model.__doc__}\n\n{_table(model)}"


def _table(model: type[BaseModel]) -> str:
    rows = [
        f"| `{name}` | {_usual(model, name, field)} | {_meaning(field)} |" for name, field in model.model_fields.items()
    ]
    return "| setting | usually | meaning |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _usual(model: type[BaseModel], name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "must be there"
    if model is Defaults and name != "safety_net_prompt":
        milliseconds = int(getattr(Bounds(), f"{name}_ms"))
        return f"`{milliseconds // 1000}s`" if milliseconds < 600_000 else f"`{milliseconds // 60_000}m`"
    usual: Any = field.default
    if isinstance(usual, BaseModel) or usual in ("", None, {}, ()):
        return "-"
    return f"`{'yes' if usual else 'no'}`" if isinstance(usual, bool) else f"`{usual}`"


def _meaning(field: FieldInfo) -> str:
    kinds = [str(one) for one in get_args(field.annotation) if isinstance(one, str)]
    choices = f" One of {', '.join([f'`{one}`' for one in kinds])}." if kinds else ""
    see = (
        field.annotation.__doc__
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        else ""
    )
    text = field.description or (see or "").partition("\n")[0]
    return (text + choices).replace("|", "\\|")
