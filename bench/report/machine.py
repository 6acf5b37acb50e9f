"""The machine: what it is, how busy it is, and its huge pages."""

import contextlib
import datetime
import os
import platform
import select
import subprocess
import tempfile
from pathlib import Path

PATIENCE = 60  # seconds
CPUS = Path("/sys/devices/system/cpu")
HUGE_PAGES = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
# Whoever holds the pipe to the janitor lives; when it closes, even by kill -9, the folder goes, and so
# many huge pages as were added. It adds them itself, as the kernel may give fewer than were asked for,
# and says so by a line.
JANITOR = """
trap '' INT TERM HUP
added=0
if [ "$2" != 0 ]; then
  before=$(cat "$3/nr_hugepages")
  echo $((before + $2)) >"$3/nr_hugepages"
  added=$(($(cat "$3/nr_hugepages") - before))
fi
echo ready
cat >/dev/null
rm -rf -- "$1"
[ "$added" -le 0 ] || echo $(($(cat "$3/nr_hugepages") - added)) >"$3/nr_hugepages"
"""


def first_line(path, key):
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith(key):
            return line.split(":", 1)[1].strip()
    return "unknown"


def commit(root):
    try:
        done = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty"],
                              capture_output=True, text=True, check=False, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() or "unknown"


def cores():
    return sorted(os.sched_getaffinity(0))


def siblings(core):
    """The logical processors that share a core with this one, itself included."""
    path = CPUS / f"cpu{core}/topology/thread_siblings_list"
    try:
        parts = path.read_text(encoding="ascii").strip().split(",")
        ranges = [[int(end) for end in part.split("-")] for part in parts]
    except (OSError, ValueError):
        return {core}
    return {number for ends in ranges for number in range(ends[0], ends[-1] + 1)}


def two_cores():
    """Two that are no siblings, where there are such; the same one twice if there is no other."""
    first, *others = cores()
    return first, next((core for core in reversed(others) if core not in siblings(first)),
                       others[-1] if others else first)


def describe(root):
    first, second = two_cores()
    return {"cpu": first_line("/proc/cpuinfo", "model name"), "cores": len(cores()),
            "memory": first_line("/proc/meminfo", "MemTotal"), "kernel": platform.release(),
            "commit": commit(root), "load_before": round(os.getloadavg()[0], 2),
            "cores_used": [first, second],
            "siblings": first != second and second in siblings(first),
            "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds")}


def read_number(name):
    try:
        return int((HUGE_PAGES / name).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def free_huge_pages():
    """Reserved ones are free until they are touched, and somebody else's nevertheless."""
    return max(0, read_number("free_hugepages") - read_number("resv_hugepages"))


def huge_pages_to_add(needed):
    """0 as well if this user cannot have them."""
    return max(0, needed - free_huge_pages()) if os.access(HUGE_PAGES / "nr_hugepages", os.W_OK) else 0


class Workplace:
    """A folder, and huge pages if they can be had: both are given back, whatever happens here."""

    def __init__(self, huge_pages):
        self.folder = tempfile.mkdtemp(prefix="bulkhead-bench-")
        self._janitor = subprocess.Popen(
            ["sh", "-c", JANITOR, "janitor", self.folder, str(huge_pages_to_add(huge_pages)),
             str(HUGE_PAGES)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True)
        # A page more may cost the kernel a walk through all of memory, but no more than that.
        select.select([self._janitor.stdout], [], [], PATIENCE)
        self.has_huge_pages = bool(huge_pages) and free_huge_pages() >= huge_pages

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._janitor.stdin.close()
        # It ends by itself; if it takes long, that costs nobody what was measured.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._janitor.wait(PATIENCE)
        self._janitor.stdout.close()
