"""The ladder as text, 60 to 160 columns wide: time, the lanes, and beside them the lines of the flow.

seconds  caller          consult.flow    consult
         Robin Doe                       Heidi Steen
   0.00  │─ incoming ───▶│
         │◀────── answer ─│               7  on answered:
"""

from flowlang.ladder.canvas import Look, Row, Signs, clip, signs_of, width_of
from flowlang.ladder.rows import Arrow, Beside, LadderRow, Lane, Rows, rows_of
from flowlang.ladder.story import Story

NARROWEST, WIDEST = 60, 160
TIME_COLUMNS = 9
MIN_PITCH, USUAL_PITCH, MAX_PITCH = 13, 18, 24
BESIDE_COLUMNS = 18  # what the flow's lines get at least, while the lanes can be narrower
INDENT_OF_NOTES = 3


def draw(story: Story, look: Look) -> list[str]:
    """The lines of a ladder, without colours where `look` says so."""
    width = max(NARROWEST, min(look.width, WIDEST))
    look = look._replace(width=width)
    page = rows_of(story, (width - TIME_COLUMNS - 2 - BESIDE_COLUMNS) // MIN_PITCH + 1)
    return [row.text(look) for row in _Drawing(page, look, len(story.plan.files) > 1, story).rows()]


def pitch_of(width: int, lanes: int) -> int:
    """Columns from one lane to the next: half of the room for the lanes, half for the lines of the flow beside them."""
    room, gaps = width - TIME_COLUMNS - 2, max(lanes - 1, 1)
    wanted = max(room // 2 // gaps, USUAL_PITCH)
    return max(MIN_PITCH, min(wanted, (room - BESIDE_COLUMNS) // gaps, MAX_PITCH))


class _Drawing:
    def __init__(self, page: Rows, look: Look, names_files: bool, story: Story) -> None:
        self.page = page
        self.look = look
        self.signs: Signs = signs_of(look)
        self.story = story
        self.names_files = names_files
        self.pitch = pitch_of(look.width, len(page.lanes))
        self.column = [TIME_COLUMNS + 1 + n * self.pitch for n in range(len(page.lanes))]
        self.beside = self.column[-1] + 3
        self.open = [False] * len(page.lanes)
        self.open[0] = bool(page.lanes[0].name) and not story.is_started
        self.open[1] = True
        self.shown = ""
        self.number_columns = max([len(self._number(row.beside)) for row in page.rows if row.beside] + [2])

    def rows(self) -> list[Row]:
        rows = self._head()
        for row in self.page.rows:
            rows += self._draw(row)
        return rows

    # ------------------------------------------------------------ head

    def _head(self) -> list[Row]:
        top, second = Row(self.look.width), Row(self.look.width)
        top.put(TIME_COLUMNS - 8, "seconds", "dim")
        for n, lane in enumerate(self.page.lanes):
            self._name(top, second, n, lane)
        return [top, second] if any(lane.party for lane in self.page.lanes) else [top]

    def _name(self, top: Row, second: Row, n: int, lane: Lane) -> None:
        room = self.pitch - 2 if n < len(self.column) - 1 else self.look.width - self.column[n]
        top.put(self.column[n], clip(lane.name, room, self.signs.more), "bold")
        second.put(self.column[n], clip(lane.party, room, self.signs.more), "dim")

    # ------------------------------------------------------------ rows

    def _draw(self, row: LadderRow) -> list[Row]:
        lines: list[Row] = []
        if row.title is not None:
            lines.append(self._title(row.title))
        if row.closes >= 0:
            self.open[row.closes] = False
        if row.arrow is None and row.beside is None:
            return lines
        line = self._lanes()
        self._time(line, row.at_ms)
        if row.arrow is not None:
            self._arrow(line, row.arrow)
        lines.append(line)
        if row.beside is not None:
            lines += self._beside(line, row.beside)
        return lines

    def _time(self, line: Row, at_ms: int) -> None:
        text = f"{at_ms / 1000:{TIME_COLUMNS - 1}.2f}"
        if text != self.shown:
            self.shown = text
            line.put(0, text, "dim")

    def _lanes(self) -> Row:
        line = Row(self.look.width)
        for column, is_open in zip(self.column, self.open, strict=True):
            if is_open:
                line.put(column, self.signs.lane, "dim")
        return line

    def _title(self, title: tuple[int, str, str]) -> Row:
        lane, name, party = title
        line = self._lanes()
        text = clip(f"{name}: {party}" if name and party else name or party, self.look.width, self.signs.more)
        line.put(min(self.column[lane], self.look.width - width_of(text)), text, "bold")
        return line

    def _arrow(self, line: Row, arrow: Arrow) -> None:
        signs = self.signs
        low, high = sorted((arrow.source, arrow.goal))
        start, end = self.column[low] + 1, self.column[high]
        if start > end:
            return
        style, to_right, inner = arrow.style, arrow.source < arrow.goal, end - start
        roomy, tight = inner - 4, inner - 2
        label = next((one for one in arrow.labels if width_of(one) <= roomy), "")
        line.put(start, signs.line * inner, style or "dim")
        if label:
            line.put(start + 1 if to_right else end - 3 - width_of(label), f" {label} ", style)
        else:
            label = next((one for one in arrow.labels if width_of(one) <= tight), arrow.labels[-1])
            label = clip(label, tight, signs.more)
            gap = " " if width_of(label) < tight else ""
            at = start + 1 if to_right else end - 1 - width_of(label) - len(gap)
            line.put(at, f"{label}{gap}" if to_right else f"{gap}{label}", style)
        line.put(end - 1 if to_right else start, signs.right if to_right else signs.left, style)
        if arrow.begins:
            self.open[arrow.goal] = True
            line.put(self.column[arrow.goal], signs.begin, "dim")
        if arrow.ends:
            self.open[arrow.source] = False
            line.put(self.column[arrow.source], signs.end, "dim")

    # ------------------------------------------------------------ beside

    def _number(self, beside: Beside) -> str:
        if beside.line == 0:
            return ""
        if beside.file == 0 or not self.names_files:
            return str(beside.line)
        name = self.story.plan.files[beside.file].replace("\\", "/").rsplit("/", 1)[-1]
        return f"{name.removesuffix('.flow')}:{beside.line}"

    def _beside(self, line: Row, beside: Beside) -> list[Row]:
        """The line's number and text on the row itself; a note may need more rows."""
        room = self.look.width - self.beside
        if beside.line:
            number = self._number(beside)
            line.put(self.beside, number.rjust(min(self.number_columns, 6)), "dim")
            at = max(len(number), min(self.number_columns, 6)) + 2
            line.put(self.beside + at, clip(beside.text, room - at, self.signs.more))
            return []
        sign = {"bad": self.signs.bad, "good": self.signs.good}.get(beside.style, self.signs.note)
        first, *more = _wrapped(beside.text, room - INDENT_OF_NOTES, 3, self.signs.more)
        line.put(self.beside, sign, beside.style or "dim")
        line.put(self.beside + len(sign) + 1, first, beside.style)
        rows = []
        for text in more:
            row = self._lanes()
            row.put(self.beside + len(sign) + 1, text, beside.style)
            rows.append(row)
        return rows


def _wrapped(text: str, width: int, lines: int, more: str) -> list[str]:
    """A text in at most so many lines."""
    out = [""]
    for word in text.split():
        if out[-1] and width_of(out[-1]) + 1 + width_of(word) > width:
            out.append(word)
        else:
            out[-1] = f"{out[-1]} {word}".strip()
    kept = out[:lines]
    if len(out) > lines:
        kept[-1] = f"{kept[-1]} {more}"
    return [clip(line, width, more) for line in kept]
