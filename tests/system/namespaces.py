"""Network namespaces without a name, each kept alive by a process of the test."""

import os
import subprocess

# These die with the test, and the change of credentials on the way into a user namespace forgets it.
DYING_WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"]
ROOT = os.geteuid() == 0
NEW = ["unshare", "--net", "--"] if ROOT else ["unshare", "--user", "--map-root-user", "--net", "--"]
ENTER = ["nsenter", "--net"] if ROOT else ["nsenter", "--user", "--net", "--preserve-credentials"]


def why_not():
    """Why TAP interfaces in namespaces of one's own cannot be had here; empty if they can."""
    try:
        tried = subprocess.run([*NEW, "ip", "tuntap", "add", "dev", "bhtest", "mode", "tap"],
                               capture_output=True, text=True, timeout=30, check=False)
    except OSError as error:
        return str(error)
    return tried.stderr.strip() if tried.returncode else ""


class Namespace:
    def __init__(self, test, name):
        self.keeper = test.start(name, command=[*NEW, *DYING_WITH_US, "sleep", "600"])

    def ready(self):
        try:
            with open(f"/proc/{self.keeper.pid}/comm", encoding="ascii") as comm:
                return comm.read() == "sleep\n"
        except OSError:
            return False

    def inside(self, *command):
        return [*ENTER, "--target", str(self.keeper.pid), "--", *DYING_WITH_US, *map(str, command)]

    def run(self, *command, timeout=60):
        return subprocess.run(self.inside(*command), capture_output=True, text=True, check=False,
                              timeout=timeout)

    def interfaces(self):
        lines = self.run("ip", "-oneline", "link").stdout.splitlines()
        return {line.split(": ")[1] for line in lines} - {"lo"}
