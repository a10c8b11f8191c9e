"""Where the parser's parts put what they find wrong."""

from flowlang.diagnostics import Diagnostic, Edit, Fix, Note, Severity
from flowlang.source import Source, Span


class Report:
    """The mistakes found in one text so far."""

    __slots__ = ("found", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []

    def error(
        self,
        code: str,
        span: Span,
        message: str,
        cure: str = "",
        other: tuple[Span, str] | None = None,
        edits: tuple[Edit, ...] = (),
    ) -> None:
        """Takes down one mistake. `other` is a second place that belongs to it, and what is there; `edits` cure it."""
        notes = (Note(self.source, *other),) if other else ()
        fix = Fix(cure.replace("did you mean ", "write ").rstrip("?"), edits) if edits else None
        self.found.append(Diagnostic(code, Severity.ERROR, self.source, span, message, cure, notes, fix=fix))
