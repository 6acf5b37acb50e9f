"""The two drivers, each in front of two ports of a back end: at work, paused, or counted."""

import re
import time

from report import programs

from side_by_side.testpmd import PATIENCE, Testpmd


class OfDpdk(Testpmd):
    """virtio-user, forwarding without a look at the frames."""

    def __init__(self, name, sockets, core, options):
        self._vectorized = "vectorized=1" in options
        devices = [",".join([f"net_virtio_user{i}", f"path={path}", "queue_size=256", *options])
                   for i, path in enumerate(sockets)]
        super().__init__(name, core, devices, ["--forward-mode", "io"])

    def __enter__(self):
        super().__enter__()
        # It takes another way, and says so in passing, where it may not or cannot.
        if self._vectorized and not re.search(r"using (packed ring )?vectorized Rx path", self.first_words):
            raise programs.Failed("this DPDK does not receive by vector instructions here")
        self.begin()
        return self

    def ticks(self, seconds):
        """Of a frame, in calls that moved frames."""
        self.tell("clear fwd stats all")
        time.sleep(seconds)
        text = self.tell("show fwd stats all", "CPU cycles/packet=")
        return float(re.search(r"CPU cycles/packet=([\d.]+)", text).group(1))


class OfBulkhead:
    """`bulkhead forward`, with its sandbox and all checks."""

    def __init__(self, program, sockets, core, split):
        ports = [f"vhost-user:{path}{',split' if split else ''}" for path in sockets]
        self._child = programs.Child([program, "forward", *ports, "--poll", "--batch", "32", "--json",
                                      "--quiet"], core=core)

    def __enter__(self):
        self._child.wait_until(lambda: "\nB: " in f"\n{self._child.complaints()}", "its ports are up",
                               PATIENCE)
        return self

    def pause(self):
        self._child.pause()

    def resume(self):
        self._child.resume()

    def ticks(self, seconds):
        """Of a frame, in steps that moved frames, since it began; it ends."""
        time.sleep(seconds)
        self._child.terminate()
        return programs.parse(self._child.finish(PATIENCE))["ticks_per_packet"]

    def __exit__(self, *_):
        self._child.__exit__()
