"""The JSON schema of `flowlang.yaml`, for editors: they then complete its words and underline what is wrong."""

import json

from flowlang.settings.model import Settings

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> str:
    """The schema as text."""
    made = Settings.model_json_schema()
    made["properties"]["check"] = {"type": "object", "description": "Settings of `flowlang check`."}
    whole = {"$schema": DRAFT, "title": "flowlang.yaml", **{name: one for name, one in made.items() if name != "title"}}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
