"""The machine: what it is, how busy it is, and its huge pages."""

import datetime
import os
import platform
import subprocess
import tempfile
from pathlib import Path

HUGE_PAGES = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
# Whoever holds the pipe to the janitor lives; when it closes, even by kill -9, the folder goes, and
# so many huge pages as were added.
JANITOR = """
trap '' INT TERM HUP
cat >/dev/null
rm -rf -- "$1"
[ "$2" = 0 ] || echo $(($(cat "$3/nr_hugepages") - $2)) >"$3/nr_hugepages"
"""


def first_line(path, key):
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith(key):
            return line.split(":", 1)[1].strip()
    return "unknown"


def commit(root):
    done = subprocess.run(["git", "-C", root, "describe", "--always", "--dirty"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def cores():
    return sorted(os.sched_getaffinity(0))


def describe(root):
    return {"cpu": first_line("/proc/cpuinfo", "model name"), "cores": len(cores()),
            "memory": first_line("/proc/meminfo", "MemTotal"), "kernel": platform.release(),
            "commit": commit(root), "load_before": round(os.getloadavg()[0], 2),
            "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds")}


def read_number(name):
    try:
        return int((HUGE_PAGES / name).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def huge_pages_to_add(needed):
    """None if this user cannot have them."""
    missing = max(0, needed - read_number("free_hugepages"))
    if missing and not os.access(HUGE_PAGES / "nr_hugepages", os.W_OK):
        return None
    return missing


class Workplace:
    """A folder, and huge pages if they can be had: both are given back, whatever happens here."""

    def __init__(self, huge_pages):
        missing = huge_pages_to_add(huge_pages) if huge_pages else 0
        self._added = missing or 0
        self.folder = tempfile.mkdtemp(prefix="bulkhead-bench-")
        self._janitor = subprocess.Popen(
            ["sh", "-c", JANITOR, "janitor", self.folder, str(self._added), str(HUGE_PAGES)],
            stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        if self._added:
            (HUGE_PAGES / "nr_hugepages").write_text(str(read_number("nr_hugepages") + self._added),
                                                     encoding="ascii")
        self.has_huge_pages = bool(huge_pages) and read_number("free_hugepages") >= huge_pages

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._janitor.stdin.close()
        self._janitor.wait()
