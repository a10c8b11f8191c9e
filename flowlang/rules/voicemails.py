"""Where a flow names the voicemail of somebody."""

from flowlang.analysis.model import Unit
from flowlang.rules.flow import Flow, StepAt
from flowlang.syntax import ast


def voicemails_of(flow: Flow) -> list[tuple[Unit, ast.Voicemail]]:
    """Every `voicemail of …` that is written."""
    found: list[tuple[Unit, ast.Voicemail]] = []
    for unit in flow.units:
        for item in unit.file.items:
            if isinstance(item, ast.Contact) and isinstance(item.value, ast.Voicemail):
                found.append((unit, item.value))
            elif isinstance(item, ast.Group):
                found += [(unit, member.who) for member in item.members if isinstance(member.who, ast.Voicemail)]
    for at in flow.steps:
        for target in at.step.targets.items if at.step.targets else ():
            if isinstance(target.who, ast.Voicemail):
                found.append((at.owner.unit, target.who))
    return found


def voicemail_target(flow: Flow, at: StepAt) -> ast.Target | None:
    """The first target of a step that is a voicemail, or a group with one."""
    for target in at.step.targets.items if at.step.targets else ():
        group = flow.group(target.who.names[0]) if isinstance(target.who, ast.Path) and target.who.names else None
        if any(_is_voicemail(flow, one) for one in (group.members if group else (target,))):
            return target
    return None


def _is_voicemail(flow: Flow, target: ast.Target) -> bool:
    contact = flow.contact(target.who.names[0]) if isinstance(target.who, ast.Path) and target.who.names else None
    return isinstance(target.who, ast.Voicemail) or (contact is not None and isinstance(contact.value, ast.Voicemail))
