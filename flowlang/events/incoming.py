"""`on incoming:` A caller is there and has not been answered. Graph gives 15 s to answer, reject or redirect. A flow
without any such handler answers by itself."""

from flowlang.events.base import EventWord

WORD = EventWord(
    word="incoming",
    form="on incoming:",
    summary="A caller is there and has not been answered.",
    comes_from="notification `created` with state `incoming` (Graph, call: answer)",
    in_stage=False,
)
