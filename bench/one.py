"""One figure in a process of its own: `python -m bench.one peer NAME CALLS` `python -m bench.one ours FUNCTION [N]`,
`python -m bench.one proving FUNCTION` or `python -m bench.one serving FUNCTION …`.

Prints one line of JSON. Exit code 4: the peer is not installed.
"""

import gc
import json
import sys
from importlib.util import find_spec

from bench import floor, ours, proving, serving
from bench import waiting as standing
from bench.measuring import measure
from bench.peers import PEERS

NOT_INSTALLED = 4


def main(words: list[str]) -> int:
    match words:
        case ["serving", *_] if find_spec("uvloop") is None or find_spec("orjson") is None:
            return NOT_INSTALLED
        case ["peer", name, calls]:
            peer = next(peer for peer in PEERS if peer.name == name)
            try:
                machines = peer.make()
            except ImportError:
                return NOT_INSTALLED
            print(json.dumps(measure(machines, int(calls))._asdict()))
        case ["ours", "notification_cost", waiting]:
            print(json.dumps(ours.notification_cost(int(waiting))))
        case ["serving", "whole_calls"]:
            print(json.dumps(serving.whole_calls()))
        case ["serving", "at_half_load", path, top, begin]:
            print(json.dumps(serving.at_half_load(path, float(top), int(begin))))
        case ["serving", "start_and_memory", path]:
            print(json.dumps(standing.start_and_memory(path)))
        case ["serving", "floor"]:
            print(json.dumps(floor.calls_per_second()))
        case ["proving", name]:
            gc.disable()  # as the command does
            print(json.dumps(getattr(proving, name)()))
        case ["ours", name]:
            print(json.dumps(getattr(ours, name)()))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
