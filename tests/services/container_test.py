"""bulkhead-forward@.service between two modelled ports, under a systemd in a container whose root is
this machine's: nothing that it writes stays."""

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
FRAMES = 20000

# In a mount namespace of the container's own: nspawn wants another name for the machine's root.
START = ('mount --make-rprivate / && mount --bind / "$1" && root=$1 && shift && exec systemd-nspawn'
         ' --quiet --directory="$root" --volatile=overlay --register=no --keep-unit'
         ' --link-journal=no --private-network "$@"')
# The container ends with the service, with its exit code.
ENDING = """[Unit]
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Restart=no
"""


def lacking(words):
    """The sandbox's layers that are said to be missing."""
    told = re.search(r"the sandbox lacks: (.*)", words)
    return set(re.findall(r"([\w-]+) \(", told[1])) if told else set()


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


class Forward(harness.SystemTest):
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

    def start_container(self):
        sockets = " ".join(f"vfio-user:/run/models/{name}" for name in ("a.sock", "b.sock"))
        settings = self.write("test.conf", f"PORTS={sockets}\nOPTIONS=--count {FRAMES}\n")
        units = "/etc/systemd/system"
        program = re.search(r"^ExecStart=(\S+)", UNIT.read_text(), re.MULTILINE)[1]
        given = {self.folder: "/run/models", harness.PROGRAM: program,
                 settings: "/etc/bulkhead/forward/test.conf",
                 UNIT: f"{units}/{UNIT.name}", USERS: "/etc/sysusers.d/bulkhead.conf",
                 self.write("ending", ENDING): f"{units}/{UNIT.name}.d/ending.conf"}
        return self.start("container", command=container(
            self.root, *(f"--bind-ro={here}:{there}" for here, there in given.items()),
            "--boot", f"systemd.unit={UNIT.name.replace('@', '@test')}",
            "systemd.show_status=0", "systemd.journald.forward_to_console=1"))

    def test_forwards_in_the_whole_sandbox(self):
        self.start_model({"c.sock": "generate:64@20k", "d.sock": "reflect"}, name="outside")
        outside = lacking(self.forward("--count", 1, a="c.sock", b="d.sock").err)
        model = self.start_model({"a.sock": "generate:64@20k", "b.sock": "generate:64@20k"})
        for name in ("a.sock", "b.sock"):
            self.path(name).chmod(0o666)
        started = self.start_container()
        self.assertEqual(started.wait(120), 0, started.out + started.err)
        forwarded = re.search(r"forwarded (\d+) frames", started.out)
        self.assertIsNotNone(forwarded, started.out)
        self.assertGreaterEqual(int(forwarded[1]), FRAMES)
        self.assertLessEqual(lacking(started.out), outside)
        self.assertIn(" 0 workers died", started.out)
        reports = self.stop_model(model)
        self.assert_well_behaved(reports)
        for report in reports.values():
            self.assert_verified(report["wire"])


if __name__ == "__main__":
    UNIT, USERS = Path(sys.argv.pop(2)), Path(sys.argv.pop(2))
    sys.argv.insert(2, "none")
    harness.main()
