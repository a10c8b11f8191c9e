"""Contacts of flows as people of a simulated Graph: who is meant by `heidi`."""

from collections.abc import Sequence
from contextlib import suppress

from flowlang.analysis.load import load
from flowlang.compiler.names import Names
from flowlang.scenario.simulated import identity_set
from flowlang.simulator.values import Json
from flowlang.tools.files import flow_files, read, read_flow
from flowlang.tools.options import UsageError
from flowlang.tools.run_world import contacts_of


class People:
    """`known()` for a simulated Graph, beside flows that may change: `again()` reads them anew."""

    def __init__(self, paths: Sequence[str], tenant_id: str) -> None:
        self._paths, self._tenant_id = paths, tenant_id
        self._known = people_of(paths, tenant_id)

    def known(self) -> dict[str, Json]:
        """Identity sets by name."""
        return self._known

    def again(self) -> None:
        """The contacts as the files are now; where a file cannot be read, as they were."""
        with suppress(UsageError):
            self._known = people_of(self._paths, self._tenant_id)


def people_of(paths: Sequence[str], tenant_id: str) -> dict[str, Json]:
    """Identity sets by the names of contacts, of all these files and folders; the first that has a name counts.

    Raises `UsageError` for a path that is not there.
    """
    found: dict[str, Json] = {}
    for path in flow_files(tuple(paths)) if paths else ():
        for name, party in contacts_of(Names(load(read_flow(path), read))).items():
            if party.endpoint == "default":
                found.setdefault(name, identity_set(party, tenant_id))
    return found
