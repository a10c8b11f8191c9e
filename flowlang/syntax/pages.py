"""The pages of what cannot be read: for each code a title, why, a wrong flow and a better one, as rules have them.

These findings are always errors, and no comment can allow them.
"""

from typing import Final

PAGES: Final[dict[str, str]] = {
    "syntax": """Something that is no sentence of the language.

The message says what should stand there. Everything else in the file is looked at all the same.

```flow wrong
contact desk = +12345678901
on answered: transfer desk
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered: transfer to desk
on failed: hang up
```
""",
    "missing-colon": """A head without its colon.

What follows an event, an arm or a stage stands behind a colon: on the same line, or in deeper lines below.

```flow wrong
contact desk = +12345678901
on answered transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered: transfer to desk
on failed: hang up
```
""",
    "empty-block": """A head with nothing in it.

A handler, an arm or a stage that does nothing is mostly one whose lines are not indented.

```flow wrong
contact desk = +12345678901
on answered:
transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered:
    transfer to desk
on failed: hang up
```
""",
    "ragged-indent": """A line that is deeper or less deep than the lines it belongs to.

Depth says what belongs to what, so it has to be clear. Four spaces are usual.

```flow wrong
contact desk = +12345678901
on answered:
    play "welcome.wav"
      transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered:
    play "welcome.wav"
    transfer to desk
on failed: hang up
```
""",
    "tab-in-indent": """A line that is indented with a tab.

A tab looks like two, four or eight spaces, as each editor likes. `--fix` writes spaces.

```flow wrong
contact desk = +12345678901
on answered:
\ttransfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered:
    transfer to desk
on failed: hang up
```
""",
    "curly-quotes": """Quotes as a word processor makes them.

A text stands in the straight quotes of the keyboard.

```flow wrong
on answered: play \u201cwelcome.wav\u201d then hang up
on failed: hang up
```

```flow right
on answered: play "welcome.wav" then hang up
on failed: hang up
```
""",
    "unclosed-text": """A text without its closing quote.

A text ends on the line on which it begins.

```flow wrong
on answered: play "welcome.wav then hang up
on failed: hang up
```

```flow right
on answered: play "welcome.wav" then hang up
on failed: hang up
```
""",
    "unit-missing": """A length of time without a unit, or with one that is not known.

`60` could be seconds or minutes. The units are `ms`, `s`, `m` and `h`, written right behind the number.

```flow wrong
contact desk = +12345678901
on answered: transfer to desk for 60
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered: transfer to desk for 60s
on failed: hang up
```
""",
    "unknown-step-word": """A step that does not exist.

`flowlang words` lists all steps.

```flow wrong
contact desk = +12345678901
on answered: tranfser to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered: transfer to desk
on failed: hang up
```
""",
    "unknown-event-word": """An event that does not exist.

`flowlang words` lists all events. What a step comes to is an arm below the step, or `on failed` with a result.

```flow wrong
contact desk = +12345678901
on anwsered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered: transfer to desk
on failed: hang up
```
""",
    "steps-without-then": """Two steps on one line without `then` between them.

```flow wrong
on answered: play "welcome.wav" hang up
on failed: hang up
```

```flow right
on answered: play "welcome.wav" then hang up
on failed: hang up
```
""",
    "several-steps-with-arms": """Several steps on one line that share the arms below.

It is not clear whose failure an arm would catch. The step with arms has a line of its own.

```flow wrong
contact desk = +12345678901
on answered:
    play "welcome.wav" then transfer to desk:
        on busy: hang up
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered:
    play "welcome.wav"
    transfer to desk:
        on busy: hang up
on failed: hang up
```
""",
    "arm-outside-its-step": """An arm that is not below the step it belongs to.

An arm such as `on busy:` stands in a deeper line below its step, which ends in a colon.

```flow wrong
contact desk = +12345678901
on answered:
    transfer to desk
    on busy: hang up
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered:
    transfer to desk:
        on busy: hang up
on failed: hang up
```
""",
    "handler-inside-handler": """A handler among the steps of another one.

Handlers wait beside each other, at the left edge or in a stage. What a caller presses while a prompt asks for it is
an arm of `menu`.

```flow wrong
contact desk = +12345678901
on answered:
    play "welcome.wav"
    on tone 1: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered: play "welcome.wav"
on tone 1: transfer to desk
after 30s: hang up
on failed: hang up
```
""",
    "key-eaten-by-comment": """The key `#`, which begins a comment.

Everything behind `#` is a comment. The key is written `pound`, or "#" in quotes.

```flow wrong
on answered: play "welcome.wav"
on tone #: hang up
after 30s: hang up
on failed: hang up
```

```flow right
on answered: play "welcome.wav"
on tone pound: hang up
after 30s: hang up
on failed: hang up
```
""",
    "clause-twice": """A clause that stands twice.

It is not clear which of the two holds.

```flow wrong
hours office = mon-fri 08:00-18:00 in Europe/Berlin
hours night = mon-fri 20:00-23:00 in Europe/Berlin
on incoming: answer
on answered during office during night: hang up
on answered: hang up
on failed: hang up
```

```flow right
hours office = mon-fri 08:00-18:00 in Europe/Berlin
on incoming: answer
on answered during office: hang up
on answered: hang up
on failed: hang up
```
""",
    "reserved-word": """A word that joins others, used as a name.

Words such as `for`, `to` and `then` would make a sentence mean two things.

```flow wrong
contact for = +12345678901
on answered: hang up
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered: transfer to desk
on failed: hang up
```
""",
    "address-in-flow": """The address of a service in a flow.

The operator says where a service is, by its name: a flow is the same in tests and in earnest, and holds no secrets.

```flow wrong
service crm = "https://crm.example/ask"
on answered:
    ask crm for 3s
    hang up
on failed: hang up
```

```flow right
service crm
on answered:
    ask crm for 3s
    hang up
on failed: hang up
```
""",
    "late-flow-line": """A `flow` line that is not the first one.

It says which version of the language the rest is written in.

```flow wrong
on answered: hang up
flow 1 "Front desk"
on failed: hang up
```

```flow right
flow 1 "Front desk"
on answered: hang up
on failed: hang up
```
""",
    "unknown-language-version": """A flow in a version of the language that is not known here.

Nothing else can be said about such a file.

```flow wrong
flow 7 "Front desk"
on answered: hang up
```

```flow right
flow 1 "Front desk"
on answered: hang up
on failed: hang up
```
""",
}
"""By code, the most general one first."""
