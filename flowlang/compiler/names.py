"""What the names of a flow stand for: contacts, groups, variables, parameters of the routine that is being inlined."""

from flowlang import plan as p
from flowlang.analysis.model import Model
from flowlang.call.facts import Milliseconds, Value
from flowlang.call.party import Party
from flowlang.syntax import ast

ROOTS = ("caller", "called", "call", "result", "tone", "attempt", "now", "participant")
VOICEMAIL = "voicemail"


class Names:
    """All declarations of a model, the first of a name winning, and the variables in the order in which they were
    met."""

    def __init__(self, model: Model) -> None:
        self.contacts: dict[str, ast.Contact] = {}
        self.groups: dict[str, ast.Group] = {}
        self.hours: dict[str, ast.Hours] = {}
        self.services: dict[str, ast.Service] = {}
        self.routines: dict[str, tuple[int, ast.Routine]] = {}
        self.stages: dict[str, int] = {}
        self.defaults: dict[str, str] = {}
        self.variables: list[p.Variable] = []
        self.numbers: dict[str, int] = {}
        for unit in model.units:
            for item in unit.file.items:
                self._declare(unit.number, item)
        for unit in model.units:  # their values may name contacts that stand below or in another file
            for item in unit.file.items:
                self._first_value(item)

    def _declare(self, number: int, item: ast.Item) -> None:
        match item:
            case ast.Contact():
                self.contacts.setdefault(item.name.text, item)
            case ast.Group():
                self.groups.setdefault(item.name.text, item)
            case ast.Hours():
                self.hours.setdefault(item.name.text, item)
            case ast.Service():
                self.services.setdefault(item.name.text, item)
            case ast.Routine():
                self.routines.setdefault(item.name.text, (number, item))
            case ast.Stage():
                self.stages.setdefault(item.name.text, len(self.stages))
            case ast.Default(kind=kind, value=value):
                self.defaults.setdefault(kind, value.text)
            case _:
                pass

    def _first_value(self, item: ast.Item) -> None:
        match item:
            case ast.Setting(name=name, value=value):
                self.variable(name.text, "setting", self.literal(value))
            case ast.Let(name=name, value=value):
                self.variable(name.text, "let", self.literal(value))
            case _:
                pass

    def variable(self, name: str, kind: "p.VariableKind" = "local", first: Value = None) -> int:
        """The number of a variable; it is made when it is met for the first time."""
        number = self.numbers.get(name)
        if number is None:
            number = len(self.variables)
            self.numbers[name] = number
            self.variables.append(p.Variable(name, kind, first))
        elif kind != "local" and self.variables[number].kind == "local":
            self.variables[number] = p.Variable(name, kind, first)
        return number

    # ------------------------------------------------------------ parties

    def party(self, who: ast.Party | ast.Voicemail, language: str = "", region: str = "") -> Party | None:
        """A party written out. Language and region: those given, else the contact's, else the main file's, else those
        of a file that it uses."""
        if isinstance(who, ast.Voicemail):
            owner = self.contacts.get(who.of.text)
            if owner is None or isinstance(owner.value, ast.Voicemail):
                return None
            of = self.party(owner.value, language or _word(owner.language), region or _word(owner.region))
            return of._replace(endpoint=VOICEMAIL) if of is not None else None
        language = language or self.defaults.get("language", "")
        region = region or self.defaults.get("region", "")
        name = who.display_name.plain if who.display_name is not None else ""
        return Party(who.kind, who.id.text, _word(who.tenant), name, "default", language, region)

    def contact(self, name: str, language: str = "", region: str = "") -> Party | None:
        """The party of a contact; the target's own language and region win over the contact's."""
        found = self.contacts.get(name)
        if found is None:
            return None
        return self.party(found.value, language or _word(found.language), region or _word(found.region))

    def literal(self, value: ast.Value) -> Value:
        """The value of a `let` or `setting`."""
        match value:
            case ast.Text():
                return value.plain
            case ast.Number(value=number):
                return number
            case ast.Duration(ms=ms):
                return Milliseconds(ms)
            case ast.Truth(value=truth):
                return truth
            case ast.Party():
                return self.party(value)
            case ast.Path(names=names):
                return self.contact(names[0]) if len(names) == 1 else None
            case _:
                return None


def _word(word: ast.Word | None) -> str:
    return word.text if word is not None else ""
