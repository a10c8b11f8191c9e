"""Plans of several files, for tests: the first is the main one."""

from textwrap import dedent

from flowlang.analysis.load import load
from flowlang.analysis.model import Model
from flowlang.compiler import compile_flow
from flowlang.plan import Plan
from flowlang.source import Source


def model_of(files: dict[str, str]) -> Model:
    """The model of files by their paths; that nothing is wrong with their syntax is seen to."""
    texts = {path: dedent(text) for path, text in files.items()}
    main = next(iter(texts))
    model = load(Source(main, texts[main]), lambda path: texts[path].encode() if path in texts else None)
    assert not model.diagnostics, model.diagnostics
    assert not model.missing
    return model


def plan_of_files(**files: str) -> Plan:
    """The plan of files by their names without `.flow`."""
    return compile_flow(model_of({f"{name}.flow": text for name, text in files.items()}))
