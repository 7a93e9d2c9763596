"""Takes files in one after another, each in a process of its own, and says how it ended.

Started by the fuzz tests; reads one JSON request a line and answers with one word a line: accepted,
quarantined, refused, crashed, slow, large, or ``broken`` and what was raised.
"""

import json
import os
import select
import signal
import sys
import warnings

from intake_tools import take

from gis.errors import UserError
from gis.io.vetting import limited

MEMORY, SECONDS = 1 << 30, 30
PATIENCE = 300  # by the clock: a busy machine is not the file's fault


def outcome(path, as_layer):
    """Say how taking a file in ends; what is no answer to a user is raised."""
    try:
        report = take(path, as_layer=as_layer, crs=None)
    except UserError as refusal:
        sentence, english = str(refusal), refusal.say("en")
        if "\n" in sentence or "\n" in english or not sentence:
            return f"broken sentence {sentence!r}"
        return "refused"
    kept_out = report.rejected + getattr(report, "quarantined", 0)
    if report.accepted + kept_out != report.rows_in:
        return f"broken sum {report.accepted} + {kept_out} != {report.rows_in}"
    return "quarantined" if kept_out else "accepted"


def in_own_process(path, as_layer):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            limited(MEMORY, SECONDS)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                word = outcome(path, as_layer)
        except MemoryError:
            word = "large"
        except BaseException as error:
            word = f"broken {type(error).__name__}: {error}"
        os.write(writer, word.replace("\n", " ")[:500].encode())
        os._exit(0)
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], PATIENCE)
    if not ready:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reader, "rb") as pipe:
        word = pipe.read().decode()
    os.waitpid(child, 0)
    return word or ("crashed" if ready else "slow")


def main():
    for line in sys.stdin:
        request = json.loads(line)
        print(in_own_process(request["path"], request["layer"]), flush=True)


if __name__ == "__main__":
    main()
