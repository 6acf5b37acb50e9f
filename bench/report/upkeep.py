"""What is not a frame's: recovery, memory, start-up."""

import contextlib
import re
import socket
import time
from pathlib import Path

from report import programs
from report.loops import patiently
from report.summary import summarise

PART = re.compile(r"^  (?P<what>\S.*?)\s+p50\s+(?P<p50>[\d.]+)\s+p90\s+(?P<p90>[\d.]+)\s+"
                  r"p99\s+(?P<p99>[\d.]+)\s+max\s+(?P<max>[\d.]+) ms$", re.MULTILINE)
# An Ethernet frame to everybody, of IEEE's experimental type.
FRAME = b"\xff" * 6 + b"\x02BENCH" + b"\x88\xb5" + bytes(46)
PATIENCE = 60  # seconds


def parse_recovery(text):
    """[{"what", "p50", "p90", "p99", "max"}] in milliseconds, of what bench/recovery prints."""
    parts = [{key: value if key == "what" else float(value) for key, value in row.groupdict().items()}
             for row in PART.finditer(text)]
    if not parts:
        raise programs.Failed(f"bench/recovery printed no percentiles: {text.strip()[:200]!r}")
    return parts


def recovery(context):
    kills = context.plan.kills
    context.say(f"{kills} workers are killed")
    command = [programs.program("guarded", "recovery"), str(kills)]
    parts = patiently(context, lambda: parse_recovery(programs.run(command, patience=600)), ())
    return {"kills": kills, "parts_ms": parts}


def status_of(pid):
    """Kilobytes by name, of /proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    pairs = (line.split(":", 1) for line in lines if line.rstrip().endswith(" kB"))
    return {key: int(value.split()[0]) for key, value in pairs}


def memory_of(pid):
    status = status_of(pid)
    if "RssAnon" not in status:  # so the kernel says of one that has ended and was not waited for
        raise programs.Failed(f"process {pid} has no memory: it has ended")
    return {"own_kb": status["RssAnon"], "files_kb": status["RssFile"],
            "shared_with_device_kb": status["RssShmem"] + status.get("HugetlbPages", 0)}


def memory_once(context, queues):
    slow = ("generate:64@1k", "generate:64@1k")
    with programs.modelled(context.folder, slow, context.model_core) as model, \
            programs.Child(programs.forward_command(model, ["--queues", queues])) as child:
        child.wait_until(lambda: "B: " in child.complaints(), "its ports are open")
        time.sleep(0.5)  # the confinement, and the first frames
        try:
            return {"queues": queues, **memory_of(child.pid)}
        except programs.Failed as error:
            raise programs.Failed(f"{error}: {child.complaints()}") from error


def memory(context):
    rows = []
    for queues in context.plan.queues:
        context.say(f"{queues} queue pairs a port")
        rows.append(patiently(context, memory_once, (context, queues)))
    return rows


class Cable:
    """The other end of a modelled port's link. The port greets it, once a driver has brought it up."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise programs.Failed(f"{path}: {error}") from error
        self._socket.settimeout(0.001)

    def __enter__(self):
        return self

    def exchange(self, other, child):
        """Seconds on the monotonic clock when a frame from here has arrived at the other end."""
        end = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < end and child.running():
                with contextlib.suppress(TimeoutError):
                    self._socket.send(FRAME)
                with contextlib.suppress(TimeoutError):
                    if other._socket.recv(2048)[:len(FRAME)] == FRAME:
                        return time.monotonic()
        except OSError as error:
            raise programs.Failed(f"a modelled port's link: {error}") from error
        raise programs.Failed(f"no frame has come through the driver: {child.complaints()}")

    def __exit__(self, *_):
        self._socket.close()


def start_once(context, command):
    links = [f"{context.folder}/{name}.link" for name in "ab"]
    with programs.modelled(context.folder, [f"link:{path}" for path in links],
                           context.model_core) as model, Cable(links[0]) as a, Cable(links[1]) as b:
        begin = time.monotonic()
        with programs.Child(programs.forward_command(model, [], command), context.driver_core) as child:
            return (a.exchange(b, child) - begin) * 1e3


def startup(context):
    commands = {"forward": ("forward",), "run forward": ("run", "forward")}
    times = {name: [] for name in commands}
    for number in range(context.plan.starts):
        context.say(f"start {number + 1} of {context.plan.starts}")
        for name, command in commands.items():
            times[name].append(patiently(context, start_once, (context, command)))
    return {name: {"ms": summarise(values)} for name, values in times.items()}
