"""`flowlang.yaml`: what holds for every check of the flows beside and below it. Read only where there is such a file.

    check:
      select: [legs, unknown-name]
      ignore: [consult-never-used]
      strict: true
      graph: v1.0
      roles: [Calls.Initiate.All]
      resource_account: false

Mistakes in it are one line with the place, as with a wrong option.
"""

import os
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from flowlang.named_tuple import NamedTuple
from flowlang.tools.options import UsageError, near

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

NAME: Final = "flowlang.yaml"
SECTIONS: Final = (
    "check", "serve", "graph", "bots", "answers", "services", "flows", "hours", "voice", "prompts", "defaults",
    "admin_tokens", "log",
)  # fmt: skip
"""All that the file may hold; the others are for `flowlang serve`, which reads them with more care."""
_KEYS: Final = ("select", "ignore", "strict", "graph", "roles", "resource_account")
_ROLES: Final = (
    "Calls.Initiate.All", "Calls.InitiateGroupCall.All", "Calls.JoinGroupCall.All", "Calls.JoinGroupCallAsGuest.All",
    "Calls.AccessMedia.All",
)  # fmt: skip

GraphVersion = Literal["beta", "v1.0"]


class Settings(NamedTuple):
    """What the file says. `path` is empty where there is none. `roles`, `resource_account`: what the application has;
    None: not said."""

    path: str = ""
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    is_strict: bool = False
    graph: GraphVersion = "beta"
    roles: frozenset[str] | None = None
    resource_account: bool | None = None


NO_SETTINGS: Final = Settings()


class Found:
    """The settings of flows, each file read once."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}
        self._read: dict[str, Settings] = {}

    def of(self, flow: str) -> Settings:
        """The nearest file beside a flow or above it, up to the root of the project. Raises `UsageError`."""
        path = self._nearest(os.path.dirname(os.path.abspath(flow)))
        if not path:
            return NO_SETTINGS
        if path not in self._read:
            self._read[path] = read_settings(path)
        return self._read[path]

    def _nearest(self, folder: str) -> str:
        """The root of the project is where `.git` is; without one the search goes on to the top."""
        if folder not in self._paths:
            path = os.path.join(folder, NAME)
            above = os.path.dirname(folder)
            if os.path.exists(path) and not os.path.isdir(path):
                self._paths[folder] = path
            elif above == folder or os.path.exists(os.path.join(folder, ".git")):
                self._paths[folder] = ""
            else:
                self._paths[folder] = self._nearest(above)
        return self._paths[folder]


def read_settings(path: str) -> Settings:
    """One file. Raises `UsageError`, with line and column."""
    from flowlang.regular_file import MOST_SETTINGS_BYTES
    from flowlang.tools.files import read_bytes

    shown = os.path.relpath(path)
    raw = read_bytes(path, MOST_SETTINGS_BYTES)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{shown}: this is no UTF-8 text") from None
    return _Reader(path, shown if len(shown) < len(path) else path).settings(text)


class _Reader:
    def __init__(self, path: str, shown: str) -> None:
        self._path = path
        self._shown = shown

    def settings(self, text: str) -> Settings:
        """What a text says."""
        root = self._compose(text)
        if root is None:
            return Settings(self._path)
        top = self._map(root, SECTIONS, "the file")
        if "check" not in top:
            return Settings(self._path)
        found = Settings(self._path)
        for key, node in self._map(top["check"], _KEYS, "`check`").items():
            match key:
                case "select":
                    found = found._replace(select=self._codes(node, key))
                case "ignore":
                    found = found._replace(ignore=self._codes(node, key))
                case "strict":
                    found = found._replace(is_strict=self._truth(node, key))
                case "roles":
                    found = found._replace(roles=self._roles(node))
                case "resource_account":
                    found = found._replace(resource_account=self._truth(node, key))
                case _:
                    found = found._replace(graph=self._graph(node))
        return found

    def _compose(self, text: str) -> "Node | None":
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            root: Node | None = YAML().compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
            why = " ".join(str(error.problem or error.context or "").split())
            raise UsageError(f"{self._shown}{place}: this cannot be read as YAML: {why}") from None
        except RecursionError:
            raise UsageError(f"{self._shown}: this is nested too deeply") from None
        except YAMLError as error:
            raise UsageError(f"{self._shown}: this cannot be read as YAML: {str(error).splitlines()[0]}") from None
        return root

    def _fail(self, node: "Node", what: str) -> NoReturn:
        mark = node.start_mark
        raise UsageError(f"{self._shown}:{mark.line + 1}:{mark.column + 1}: {what}")

    def _map(self, node: "Node", known: tuple[str, ...], where: str) -> "dict[str, Node]":
        """Names and what they hold; each name known, and there once."""
        from ruamel.yaml.nodes import MappingNode

        if not isinstance(node, MappingNode):
            self._fail(node, f"{where} holds names and values, such as `{known[0]}: …`")
        found: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                more = near(name, known) or f"; there {'is' if len(known) == 1 else 'are'} {', '.join(known)}"
                self._fail(key, f"there is no setting {name} in {where}{more}")
            if name in found:
                self._fail(key, f"{name} is here for the second time")
            found[name] = value
        return found

    def _codes(self, node: "Node", name: str) -> frozenset[str]:
        from ruamel.yaml.nodes import ScalarNode, SequenceNode

        from flowlang.tools.check_codes import codes_in, names, unknown
        from flowlang.tools.check_select import codes_of

        if not isinstance(node, SequenceNode):
            self._fail(node, f"{name} is a list of checks and groups: `{name}: [legs, unknown-name]`")
        found: set[str] = set()
        for item in node.value:
            if not isinstance(item, ScalarNode):
                self._fail(item, "here should be the name of a check or a group")
            word = str(item.value)
            if codes_in(word) is None:
                self._fail(item, unknown(word, names()))
            try:
                found |= codes_of([word], f"--{name}")
            except UsageError as error:
                self._fail(item, str(error).removeprefix(f"--{name}: "))
        return frozenset(found)

    def _truth(self, node: "Node", name: str) -> bool:
        if node.tag != "tag:yaml.org,2002:bool":
            self._fail(node, f"{name} is true or false{_not(node)}")
        return str(node.value).lower() == "true"

    def _roles(self, node: "Node") -> frozenset[str]:
        from ruamel.yaml.nodes import SequenceNode

        if not isinstance(node, SequenceNode):
            self._fail(node, f"roles is a list of roles: `roles: [{_ROLES[0]}]`")
        found: set[str] = set()
        for item in node.value:
            if item.value not in _ROLES:
                more = near(str(item.value), _ROLES) or f"; there are {', '.join(_ROLES)}"
                self._fail(item, f"no role for calls is called {item.value}{more}")
            found.add(item.value)
        return frozenset(found)

    def _graph(self, node: "Node") -> GraphVersion:
        word = str(node.value) if isinstance(node.value, str) else ""
        if word == "v1.0":
            return "v1.0"
        if word != "beta":
            self._fail(node, f"graph is v1.0 or beta{_not(node)}")
        return "beta"


def _not(node: "Node") -> str:
    return f", not {node.value}" if isinstance(node.value, str) and node.value else ""
