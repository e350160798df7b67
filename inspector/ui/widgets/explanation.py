"""The explanation pane: what the selected field is called, what it says in this packet, why it exists.

Names of fields in the text are links: a click selects the field, and so do the arrow keys with Enter.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from inspector.core.node import Issue
from inspector.knowledge.annotations import Explanation
from inspector.query.prose import ProseSpan
from inspector.ui import copying
from inspector.ui.outline import summary
from inspector.ui.prose import inline, link, paragraphs
from inspector.ui.selection import Selection, place
from inspector.ui.text import NEWLINE, join, plain
from inspector.ui.widgets.painted import Painted

TEXT_AT_MOST = 2000
"""Characters of a value that the pane shows."""


class ExplanationPane(Painted, can_focus=True):
    """Shows one explanation; `show` is given the selection and what the knowledge says about it.

    It wraps the text itself and draws lines, because a widget whose height follows its text would make Textual lay out
    the whole screen with every key.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False, id="explanation.down"),
        Binding("k", "scroll_up", "Up", show=False, id="explanation.up"),
        Binding("right,l", "link(1)", "Next link", show=False, id="explanation.next"),
        Binding("left,h", "link(-1)", "Previous link", show=False, id="explanation.previous"),
        Binding("enter", "follow", "Go to field", show=False, id="explanation.follow"),
    ]

    class Picked(Message):
        """The user wants to see the field of this name."""

        def __init__(self, pane: ExplanationPane, name: str) -> None:
            super().__init__()
            self.pane, self.name = pane, name

        @property
        def control(self) -> Widget:
            return self.pane

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.selection: Selection | None = None
        self.explanation: Explanation | None = None
        self.links: list[str] = []
        self.lines: list[Strip] = []
        self.chosen = -1

    def show(self, selection: Selection, explanation: Explanation | None, *, keep: bool = False) -> None:
        """Show an explanation from its top; with `keep` only draw it again."""
        self.selection, self.explanation = selection, explanation
        if not keep:
            self.chosen = -1
        self._wrap()
        if not keep:
            self.scroll_to(y=0, animate=False, force=True)

    def on_resize(self) -> None:
        self._wrap()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.call_later(self._wrap)

    def _wrap(self) -> None:
        """Cut the text into lines for the width that there is."""
        width = self.scrollable_content_region.width
        if width > 0:
            self.lines = Visual.to_strips(self, self.text(), width, None, self.visual_style)
            self.hold(len(self.lines))
            self.refresh()

    def render_line(self, y: int) -> Strip:
        row = y + int(self.scroll_offset.y)
        line = self.lines[row] if row < len(self.lines) else Strip([])
        return line.adjust_cell_length(self.size.width, self.ground)

    def text(self) -> Content:
        """All of the pane as one Content."""
        if self.selection is None:
            return Content("")
        self.links = []
        blocks = [self._head(self.selection), *self._issues(self.selection), *self._said(), *self._references()]
        return NEWLINE.join(blocks)

    def _head(self, selection: Selection) -> Content:
        node = selection.node
        label = selection.layer.label if not selection.way else node.spec.label
        shown = node.spec.text(node.value)[:TEXT_AT_MOST] if selection.way else summary(selection.layer)
        value: Content | str = join(NEWLINE, (shown, "bold $text-accent")) if shown else ""
        where = place(selection)
        if selection.source is not None and selection.source.origins:
            where += f" of “{selection.source.name}”"
        return join((label, "bold"), ("   " + node.name, "$text-muted"), value, NEWLINE, (where, "$text-muted"))

    def _issues(self, selection: Selection) -> list[Content]:
        return [join(("! " + issue.text, "bold $text-error")) for issue in issues_of(selection)]

    def _said(self) -> list[Content]:
        said = self.explanation
        if said is None:
            return []
        found = [Content("")]
        if said.here:
            found.append(join(("In this packet  ", "bold $text-success"), *(self._span(span) for span in said.here)))
            found.append(Content(""))
        found.append(inline(said.short))
        for paragraph in paragraphs(said.long):
            found.extend((Content(""), paragraph))
        return found

    def _span(self, span: ProseSpan) -> Content:
        """A span of our sentence: our own words, or a value of the packet, which leads to its field."""
        if span.kind == "literal":
            return plain(span.text)
        return self._link(span.name, span.text[:TEXT_AT_MOST])

    def _link(self, name: str, text: str) -> Content:
        self.links.append(name)
        return link(name, text, lit=len(self.links) - 1 == self.chosen)

    def _references(self) -> list[Content]:
        said, selection = self.explanation, self.selection
        found = [Content("")]
        if said is not None and said.see:
            names = [self._link(name, name) for name in said.see]
            found.append(join(("See also  ", "$text-muted"), Content("  ").join(names)))
        if said is not None and said.rfc:
            text = ", ".join(rfc(one) for one in said.rfc)
            found.append(join(("Standard  ", "$text-muted"), text))
        if selection is not None:
            found.append(join(("Filter    ", "$text-muted"), (copying.expression(selection.node), "$text-accent")))
        if said is not None and said.claims:
            found.append(join(("Notes     ", "$text-muted"), (", ".join(said.claims), "$text-muted")))
        return found

    def action_link(self, step: int) -> None:
        """Go to the next or previous link, which Enter follows."""
        if not self.links or self.selection is None:
            return
        self.chosen = (self.chosen + step) % len(self.links) if self.chosen >= 0 else (0 if step > 0 else -1)
        if self.chosen < 0:
            self.chosen = len(self.links) - 1
        self.show(self.selection, self.explanation, keep=True)

    def action_follow(self) -> None:
        if 0 <= self.chosen < len(self.links):
            self.post_message(self.Picked(self, self.links[self.chosen]))

    def on_click(self, event: events.Click) -> None:
        name = event.style.meta.get("pick")
        if isinstance(name, str):
            event.stop()
            self.post_message(self.Picked(self, name))


def issues_of(selection: Selection) -> list[Issue]:
    """The issues that concern the selected field: pinned to it by name and place; all of a layer's for the layer."""
    issues = selection.layer.issues
    if not selection.way:
        return issues
    node = selection.node
    near = [issue for issue in issues if issue.field == node.name]
    return [issue for issue in near if node.at is None or issue.at <= node.at + node.width] if near else []


def rfc(reference: str) -> str:
    """`9293#3.8.6` as people write it."""
    number, _, section = reference.partition("#")
    return f"RFC {number} section {section}" if section else f"RFC {number}"
