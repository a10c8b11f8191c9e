"""What `flowlang.yaml` may hold, as frozen models: one definition for reading, for editors and for the reference page.

Times are written as in flows (`30d`, `20s`). Secrets never stand in the file: it says where they are.
"""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from flowlang.loopback import keeps_secrets
from flowlang.settings.clouds import CloudName

GUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
LONGEST_MS: Final = 36_500 * UNITS_MS["d"]
_DURATION = re.compile(r"(?<!\d)(\d++)(ms|s|m|h|d)")
_ADDRESS = re.compile(r"(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}")
_NUMBER = re.compile(r"\+[ ()./-]*+\d[\d ()./-]*+")
_URL = re.compile(r"https?://[^\s/]+(/\S*)?")


def duration_ms(text: str) -> int:
    """Milliseconds of `20s`, `1m30s`, `30d`. Raises `ValueError`."""
    parts = _DURATION.findall(text)
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != text:
        raise ValueError(f"a time is written as 20s, 5m, 2h or 30d, not {text}")
    found = sum(int(number[:15]) * UNITS_MS[unit] for number, unit in parts)
    if found > LONGEST_MS:
        raise ValueError(f"a time is a hundred years at most, not {text[:40]}")
    return found


def _duration(given: object) -> str:
    """Also for a number without its unit, so that what is told of it helps."""
    text = given if isinstance(given, str) else repr(given)
    duration_ms(text)
    return text


def kept_for(text: str) -> str:
    """How long calls are kept. Raises `ValueError`."""
    if duration_ms(text) == 0:
        raise ValueError("what is not kept at all cannot be looked at; write at least 1m; left out means for ever")
    return text


def _address(given: object) -> str:
    text = given if isinstance(given, str) else repr(given)
    if not _ADDRESS.fullmatch(text) or int(text.rpartition(":")[2]) > 65535:
        raise ValueError(f"an address to listen at is HOST:PORT, such as 127.0.0.1:8080, not {text}")
    return text


def _bot_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        raise ValueError(f"the name of a bot stands in its address: letters, digits, - and _, not {text}")
    return text


def _token_tenants(given: object) -> object:
    ids = given if isinstance(given, list | tuple) else [given]
    if given != "any" and not all(isinstance(one, str) and re.fullmatch(GUID, one) for one in ids):
        raise ValueError(f"write `any`, or ids in a list, such as [11111111-2222-4333-8444-555555555555], not {given}")
    return "any" if given == "any" else ids


def _called(text: str) -> str:
    """Who is called, as `settings.routes` compares it."""
    is_number = _NUMBER.fullmatch(text.strip().lower().removeprefix("tel:"))
    if text != "default" and not is_number and not re.fullmatch(GUID, text.strip()):
        plus = f"; a number begins with its country: +{text}" if text.strip().isdecimal() else ""
        raise ValueError(f"who is called is a number such as +15550100, an id, or default, not {text}{plus}")
    return text


def _header(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", text):
        raise ValueError(f"the name of a header is a word such as X-Api-Key, not {text!r}")
    return text


def _header_text(text: str) -> str:
    if not text.isprintable() or not text.isascii():
        raise ValueError("what stands in a header is one line of ASCII")
    return text


def _traces(text: str) -> str:
    return text if text in ("off", "environment") else _url(text)


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"an address begins with https:// and a host, not {text}")
    if "@" in text.split("/")[2]:
        raise ValueError("a name or password does not stand in an address; write it under `headers`, with `env: NAME`")
    return text.rstrip("/")


Duration = Annotated[
    str, BeforeValidator(_duration), Field(examples=["20s"], json_schema_extra={"pattern": r"^(\d+(ms|s|m|h|d))+$"})
]
KeptFor = Annotated[Duration, AfterValidator(kept_for)]
Header = Annotated[str, AfterValidator(_header)]
HeaderText = Annotated[str, AfterValidator(_header_text)]
Called = Annotated[str, AfterValidator(_called)]
Address = Annotated[str, BeforeValidator(_address), Field(examples=["127.0.0.1:8080"])]
Url = Annotated[str, AfterValidator(_url), Field(examples=["https://calls.example.com"])]
Guid = Annotated[str, Field(pattern=GUID, examples=["11111111-2222-4333-8444-555555555555"])]
Name = Annotated[str, Field(min_length=1, max_length=100)]
TokenTenants = Annotated[Literal["any"] | tuple[Guid, ...], BeforeValidator(_token_tenants)]
BotName = Annotated[str, AfterValidator(_bot_name)]


class Shape(BaseModel):
    """Nothing unknown is taken, and nothing changes once it is read. A name with nothing behind it says nothing, as
    where all lines below it are comments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {name: one for name, one in given.items() if one is not None or name not in cls.model_fields}


class Secret(Shape):
    """Where a secret is: in a variable of the environment, or in a file of its own."""

    env: str = Field(default="", description="The name of a variable of the environment.", examples=["FLOWLANG_SECRET"])
    file: str = Field(
        default="", description="A file that holds nothing else, up to 10 kB.", examples=["/run/secrets/flowlang"]
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.env) == bool(self.file):
            raise ValueError("a secret is either `env: NAME` or `file: PATH`")
        return self


class Serve(Shape):
    """Where the service is reached, and what it keeps."""

    listen: Address = Field(
        default="127.0.0.1:8080", description="Where notifications come in, behind your HTTPS proxy."
    )
    public_url: Url | None = Field(
        default=None, description="How Graph reaches that over HTTPS, such as your proxy's name."
    )
    admin: Address = Field(
        default="127.0.0.1:8081", description="The admin API. Tokens are needed unless it is loopback."
    )
    store: str = Field(default="flowlang.db", min_length=1, description="The file in which calls are kept.")
    keep_calls: KeptFor | None = Field(
        default=None, description="How long calls that are over are kept; else for ever."
    )
    watch: bool = Field(default=True, description="Look at flow files again when they change.")


class Graph(Shape):
    """Which Graph. The addresses are known for each cloud, and can be set where Microsoft changes them."""

    cloud: CloudName = Field(default="public", description="Which of Microsoft's clouds the tenant lives in.")
    version: Literal["beta", "v1.0"] = Field(default="beta", description="Some steps need beta; see flowlang check.")
    consultative_on: Literal["caller", "consult"] = Field(
        default="caller",
        description="Where a `transfer replacing` is posted: on the caller's leg, as Graph's page has it, or, for "
        "callers from Teams, on the consulted person's, as its SDK does. There a failure is seen at the step's bound.",
    )
    url: Url | None = Field(default=None, description="Another address of Graph.")
    login_url: Url | None = Field(default=None, description="Another address of the logins.")
    configuration_url: Url | None = Field(
        default=None, description="Another page that names the keys of notifications."
    )
    issuers: tuple[str, ...] = Field(default=(), description="Further issuers of notifications' tokens that are good.")

    @field_validator("url", "login_url", "configuration_url")
    @classmethod
    def _kept_secret(cls, url: str | None) -> str | None:
        """Tokens and the client secret go there."""
        if url is not None and not keeps_secrets(url):
            raise ValueError(f"only https:// keeps tokens secret, unless it is on this machine; not {url}")
        return url


class Bot(Shape):
    """An application that takes calls, as it is registered. With several of them each has a path of its own:
    `/bots/NAME/callback`."""

    application_id: Guid = Field(description="The application's id.")
    tenant_id: Guid = Field(description="Where the application is registered.")
    secret: Secret = Field(description="The client secret.")
    token_tenants: TokenTenants = Field(
        default=(),
        description="A notification's token has to be of the call's tenant. Those of these tenants count for calls of "
        "every tenant; `any`: those of all tenants.",
    )


SECRET_HEADERS: Final = re.compile(r"(?i)^cookie$|(?:authorization|key|token|secret|password|auth)$")
"""Headers that hold a secret by their name, wherever their text stands."""


def _kept(headers: dict[str, str | Secret], info: ValidationInfo) -> dict[str, str | Secret]:
    """Headers with a secret go only where nobody reads them on the way."""
    url = info.data.get("url")
    secret = [name for name, one in headers.items() if isinstance(one, Secret) or SECRET_HEADERS.search(name)]
    if url is not None and secret and not keeps_secrets(url):
        raise ValueError(
            f"{', '.join(secret)} would go over the network readable; make the url https://, or take the header out"
        )
    return headers


class WebService(Shape):
    """An HTTP service that flows `ask` or `notify` by its name."""

    url: Url = Field(description="Where questions are posted as JSON.")
    headers: dict[Header, HeaderText | Secret] = Field(
        default={}, description="Sent with each request; secrets by `env` or `file`."
    )
    longest: Duration | None = Field(default=None, description="The longest that any step waits for it.")

    _kept_secret = field_validator("headers")(_kept)


class FlowSettings(Shape):
    """What one flow gets here."""

    set: dict[str, str | int | bool] = Field(
        default={}, description="Values of its `setting`s, written as in the flow."
    )
    bot: str = Field(default="", description="The bot by which it calls, when it is started and nobody called.")


class HandSwitched(Shape):
    """Hours that are open or closed by hand."""

    open: bool = Field(description="`yes`: open; `no`: closed.")
    until: AwareDatetime | None = Field(
        default=None,
        description="Until then; without it until the line is taken out.",
        examples=["2026-12-24T18:00:00Z"],
    )


class Voice(Shape):
    """Who speaks what `say` says: a command that writes a WAV file, or an HTTP service that answers with one."""

    command: tuple[str, ...] = Field(
        default=(),
        description="A command that writes a WAV file; `{text}` and `{file}` are filled in. It starts in a folder of "
        "its own, so paths in it are whole ones.",
        examples=[["espeak-ng", "-w", "{file}", "{text}"]],
    )
    url: Url | None = Field(default=None, description="A service that takes the text and answers with WAV.")
    headers: dict[Header, HeaderText | Secret] = Field(
        default={}, description="Sent to that service; secrets by `env` or `file`."
    )
    language: str = Field(default="", description="What stands for `{language}`, and is told to a service.")

    _kept_secret = field_validator("headers")(_kept)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("a voice is either `command: […]` or `url: https://…`")
        if self.command and self.headers:
            raise ValueError("headers are for a voice with a `url`")
        return self


class Defaults(Shape):
    """The longest that steps wait which say nothing themselves, and what is heard before the safety net hangs up."""

    answer: Duration | None = Field(default=None, description="`answer`.")
    ring: Duration | None = Field(default=None, description="Ringing somebody, in `call` and `consult`.")
    redirect: Duration | None = Field(default=None, description="`redirect`.")
    transfer: Duration | None = Field(default=None, description="`transfer`, until Graph says how it ended.")
    transfer_longest: Duration | None = Field(default=None, description="`transfer` while news still comes.")
    invite: Duration | None = Field(default=None, description="`invite`.")
    accept: Duration | None = Field(default=None, description="The key that somebody presses to take a call.")
    menu: Duration | None = Field(default=None, description="The first key of a `menu`.")
    gather: Duration | None = Field(default=None, description="All keys of a `gather`.")
    record: Duration | None = Field(default=None, description="A `record`.")
    ask: Duration | None = Field(default=None, description="A service that a flow asks.")
    keep_alive: Duration | None = Field(
        default=None, description="Between two signs to Graph that the service is there; 10 to 15 minutes."
    )
    safety_net_prompt: str = Field(default="", description="What is heard then: a prompt file, or an https address.")

    @field_validator("keep_alive")
    @classmethod
    def _in_time(cls, keep_alive: str | None) -> str | None:
        """Graph ends a call of which it hears nothing for 45 minutes; one sign may be lost, and the next one too."""
        if keep_alive is not None and not 600_000 <= duration_ms(keep_alive) <= 900_000:
            raise ValueError(f"from 10m to 15m: Graph ends a call that it hears nothing of; not {keep_alive}")
        return keep_alive


class AdminToken(Shape):
    """Who may use the admin API."""

    name: Name = Field(description="Who it is; stands in the audit log.")
    role: Literal["reader", "operator"] = Field(default="reader", description="Operators act, readers look.")
    token: Secret = Field(description="Where the token is: at least 16 characters.")


class Log(Shape):
    """What is written to the standard error."""

    form: Literal["json", "console"] | None = Field(
        default=None, description="Else JSON, or lines for people on a terminal."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="What is told at least.")
    show_people: bool = Field(default=False, description="Numbers and names of callers are not masked.")
    mask_key: Secret | None = Field(
        default=None, description="Hexadecimal; with it masked numbers are the same on every day."
    )
    traces: Annotated[str, AfterValidator(_traces)] = Field(
        default="off", description="`environment` (the variables of OpenTelemetry), or an address."
    )


class Settings(Shape):
    """The whole file, but for `check`, which `flowlang check` reads itself."""

    check: object = Field(default=None, description="See the page of `flowlang check`.")
    serve: Serve = Serve()
    graph: Graph = Graph()
    bots: dict[BotName, Bot] = Field(default={}, description="By a name of your own.")
    answers: dict[Called, Name] = Field(
        default={},
        description="Which flow answers which number, account or application; `default`: all others.",
        examples=[{"+15550100": "reception", "default": "front_desk"}],
    )
    services: dict[Name, WebService] = Field(default={}, description="What flows `ask` and `notify`, by their name.")
    flows: dict[Name, FlowSettings] = Field(default={}, description="What a flow gets here, by the flow's name.")
    hours: dict[Name, HandSwitched] = Field(default={}, description="Hours that are open or closed by hand.")
    voice: Voice | None = Field(default=None, description="Who speaks what flows `say`.")
    prompts: str = Field(
        default="", description="A folder in which prompts are looked for that are not beside the flow."
    )
    recordings: str = Field(default="", description="A folder for what callers record; else one beside the store.")
    defaults: Defaults = Defaults()
    admin_tokens: tuple[AdminToken, ...] = Field(default=(), description="Who may use the admin API.")
    log: Log = Log()

    @field_validator("admin_tokens")
    @classmethod
    def _each_once(cls, tokens: tuple[AdminToken, ...]) -> tuple[AdminToken, ...]:
        names = [one.name for one in tokens]
        twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
        if twice is not None:
            raise ValueError(f"two are called {twice}; the audit log could not tell who it was")
        return tokens
