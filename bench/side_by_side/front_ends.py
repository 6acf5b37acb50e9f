"""The two drivers, each in front of two ports of the back end: at work, paused, or counted."""

import re
import signal
import subprocess
import tempfile
import time

from report import programs

from side_by_side.testpmd import PATIENCE, Testpmd


class OfDpdk(Testpmd):
    """virtio-user, forwarding without a look at the frames."""

    def __init__(self, sockets, core, options):
        devices = [",".join([f"net_virtio_user{i}", f"path={path}", "queue_size=256", *options])
                   for i, path in enumerate(sockets)]
        super().__init__("bulkhead-bench-front", core, devices, ["--forward-mode", "io"])
        self.begin()

    def ticks(self, seconds):
        """Of a frame, in calls that moved frames."""
        self.tell("clear fwd stats all", "clear fwd")
        time.sleep(seconds)
        text = self.tell("show fwd stats all", r"CPU cycles/packet=.*\n")
        return float(re.search(r"CPU cycles/packet=([\d.]+)", text).group(1))


class OfBulkhead:
    """`bulkhead forward`, with its sandbox and all checks."""

    def __init__(self, program, sockets, core, split):
        ports = [f"vhost-user:{path}{',split' if split else ''}" for path in sockets]
        self._said = tempfile.TemporaryFile("w+")
        self._process = programs.start([program, "forward", *ports, "--poll", "--batch", "32", "--json",
                                        "--quiet"], core=core, stderr=self._said)
        end = time.monotonic() + PATIENCE
        while "\nB: " not in self._errors():
            if self._process.poll() is not None or time.monotonic() > end:
                self._process.kill()
                self._process.communicate()
                raise programs.Failed(f"bulkhead forward: {self._errors()}")
            time.sleep(0.05)

    def _errors(self):
        self._said.seek(0)
        return self._said.read()

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def ticks(self, seconds):
        """Of a frame, in steps that moved frames, since it began; it ends."""
        time.sleep(seconds)
        self._process.send_signal(signal.SIGINT)
        out, _ = self._process.communicate(timeout=PATIENCE)
        if self._process.returncode != 0:
            raise programs.Failed(f"bulkhead forward: {self._errors()}")
        return programs.parse(out)["ticks_per_packet"]

    def close(self):
        if self._process.poll() is None:
            self.resume()
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
