"""Tests of services: a systemd in a container whose root is this machine's: nothing that it writes stays. Each test file
is called as TEST.py PROGRAM UNIT USERS [TEST...]."""

import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "system"))

import harness  # noqa: E402

CANNOT_TEST = 77
UNIT = Path()
USERS = Path()

# In a mount namespace of the container's own: nspawn wants another name for the machine's root.
START = ('mount --make-rprivate / && mount --bind / "$1" && root=$1 && shift && exec systemd-nspawn'
         ' --quiet --directory="$root" --volatile=overlay --register=no --keep-unit'
         ' --link-journal=no --private-network "$@"')
# The container ends with the service, with its exit code.
ENDING = """\
[Unit]
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Restart=no
"""


def container(root, *arguments):
    return ["unshare", "--mount", "sh", "-c", START, "sh", root, *arguments]


def why_not(root):
    """Why no container can be had here; empty if one can."""
    if os.geteuid() != 0:
        return "a container takes root"
    try:
        tried = subprocess.run(container(root, "--as-pid2", "true"), stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=60, check=False)
    except OSError as error:
        return str(error)
    return tried.stderr.strip() or "systemd-nspawn has failed" if tried.returncode else ""


class ServiceTest(harness.SystemTest):
    """The service `test` of the unit under test, in a container with the test's folder."""

    def setUp(self):
        super().setUp()
        self.root = self.path("root")
        self.root.mkdir()
        # The service's user opens the sockets.
        self.folder.chmod(0o755)
        if reason := why_not(self.root):
            print(f"skipped: {reason}")
            sys.exit(CANNOT_TEST)

    def write(self, name, text):
        self.path(name).write_text(text)
        return self.path(name)

    def for_the_service(self, *sockets):
        """The ports' names in the container."""
        for socket in sockets:
            self.path(socket).chmod(0o666)
        return " ".join(f"vfio-user:/run/models/{socket}" for socket in sockets)

    def start_container(self, settings, **more):
        """With these settings, and what else is to stand in the unit's section `[Service]`: lists of
        values."""
        units = "/etc/systemd/system"
        kind = UNIT.name.removeprefix("bulkhead-").removesuffix("@.service")
        program = re.search(r"^ExecStart=(\S+)", UNIT.read_text(), re.MULTILINE)[1]
        lines = "".join(f"{name}={value}\n" for name, values in more.items() for value in values)
        given = {self.folder: "/run/models", harness.PROGRAM: program,
                 self.write("settings", settings): f"/etc/bulkhead/{kind}/test.conf",
                 UNIT: f"{units}/{UNIT.name}", USERS: "/etc/sysusers.d/bulkhead.conf",
                 self.write("ending", ENDING + lines): f"{units}/{UNIT.name}.d/ending.conf"}
        return self.start("container", command=container(
            self.root, *(f"--bind-ro={here}:{there}" for here, there in given.items()),
            "--boot", f"systemd.unit={UNIT.name.replace('@', '@test')}",
            "systemd.show_status=0", "systemd.journald.forward_to_console=1"))


def main():
    """To be called by each test file."""
    global UNIT, USERS
    UNIT, USERS = Path(sys.argv.pop(2)), Path(sys.argv.pop(2))
    sys.argv.insert(2, "none")
    harness.main()
