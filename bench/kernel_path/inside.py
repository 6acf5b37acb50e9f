"""Forwarding by the kernel, in a network namespace that is this process's own."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from kernel_path.bpf import DROP, TOUCH, Bpf, Lacking, redirect

PATIENCE = 60  # seconds
BURST = 20000  # frames: what sets a run up and ends it takes milliseconds

# Its destination is what the bridge knows to be behind the output; the type is for local experiments.
DESTINATION, SOURCE = bytes.fromhex("020000000002"), bytes.fromhex("020000000001")
FRAME = (DESTINATION + SOURCE + bytes.fromhex("88b5")).ljust(64, b"\0")


def run(words):
    """What came of it. A tool that is not there is lacking, too."""
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except OSError as error:
        raise Lacking(f"{words[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        # This round's failure: it does not say that anything is lacking.
        raise SystemExit(f"{' '.join(words)}: has not ended after {PATIENCE} s") from error


def tell(command):
    done = run(command.split())
    if done.returncode != 0:
        raise Lacking(f"{command}: {done.stderr.strip()}")


def run_on(core, thread=0, priority=1):
    os.sched_setaffinity(thread, {core})
    os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(priority))


def napi_thread(interface, core):
    """The thread that polls the interface, from now on one of its own on that core."""
    switch = Path(f"/sys/class/net/{interface}/threaded")
    if not switch.exists():
        raise Lacking("this kernel has no NAPI threads (it needs 5.12)")
    switch.write_text("1")
    for name in Path("/proc").glob("[0-9]*/comm"):
        try:
            if name.read_text().startswith(f"napi/{interface}-"):
                thread = int(name.parent.name)
                os.sched_setaffinity(thread, {core})
                return thread
        except (FileNotFoundError, ProcessLookupError):
            continue
    raise Lacking(f"the NAPI thread of {interface} is not seen in /proc: is this a PID namespace of its own?")


def set_up(way, bpf, names):
    generator, entrance, leaving, sink = names
    tell(f"ip link add {generator} type veth peer name {entrance}")
    tell(f"ip link add {leaving} type veth peer name {sink} address {DESTINATION.hex(':')}")
    bpf.attach(DROP, sink)
    if way == "xdp":
        bpf.attach(TOUCH + redirect(leaving), entrance)
    else:
        tell("ip link add bridge type bridge")
        for name in (entrance, leaving):
            tell(f"ip link set {name} master bridge")
        tell(f"bridge fdb add {DESTINATION.hex(':')} dev {leaving} master static")
        # Without an XDP program veth polls, instead of handing over in the sender, if it does GRO.
        tell(f"ethtool -K {entrance} gro on")
        tell("ip link set bridge up")
    for name in names:
        tell(f"ip link set {name} up")


def generate(bpf, core, generator, end, problems):
    run_on(core)
    try:
        descriptor = bpf.load(redirect(generator))
        while not end.is_set():
            bpf.send(descriptor, FRAME, BURST)
    except Lacking as problem:
        problems.append(problem)


def counters(thread, entrance, leaving):
    """(nanoseconds that the thread ran, frames that it took, frames that found the output full, now)"""
    def count(interface, what):
        return int(Path(f"/sys/class/net/{interface}/statistics/{what}").read_text())
    return (int(Path(f"/proc/{thread}/schedstat").read_text().split()[0]), count(entrance, "rx_packets"),
            count(leaving, "tx_dropped"), time.monotonic())


def measure(way, seconds, deliver, others_core, forwarder_core):
    """{"nanoseconds" a frame, "rate", "busy", "lost"}; the last two are shares"""
    tell("mount -t sysfs sysfs /sys")
    # The thread's name has the interface's, which must be nobody else's.
    names = [f"{what}{os.getpid()}" for what in ("g", "i", "o", "s")]
    generator, entrance, leaving, sink = names
    bpf, end, problems = Bpf(), threading.Event(), []
    set_up(way, bpf, names)
    thread = napi_thread(entrance, forwarder_core)
    run_on(forwarder_core, thread)
    drain = napi_thread(sink, others_core)
    if deliver:
        run_on(others_core, drain, 2)
    run_on(others_core, priority=3)  # This thread looks at the counters, and must not be late.
    sender = threading.Thread(target=generate, args=(bpf, others_core, generator, end, problems), daemon=True)
    sender.start()
    time.sleep(0.25 * seconds)
    before = counters(thread, entrance, leaving)
    time.sleep(seconds)
    busy, frames, lost, taken = (late - early for early, late in zip(before, counters(thread, entrance, leaving)))
    end.set()
    sender.join(PATIENCE)
    if problems:
        raise problems[0]
    if frames == 0:
        sys.exit(f"{way}: no frame has come through")
    return {"nanoseconds": busy / frames, "rate": frames / taken, "busy": busy / 1e9 / taken, "lost": lost / frames}
