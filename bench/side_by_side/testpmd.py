"""dpdk-testpmd, told what to do line by line."""

import contextlib
import os
import re
import select
import signal
import subprocess
import time

from report import programs

PATIENCE = 60
MEMORY_MB = 384
PROMPT = r"testpmd> $"
# Two of its threads on one core, as the first only waits for commands; and frames in one piece of
# memory, which a virtio-user port shows its back end.
ENVIRONMENT = ["--no-pci", "--in-memory", "-m", str(MEMORY_MB), "--no-telemetry", "--single-file-segments",
               "--iova-mode", "va", "--force-max-simd-bitwidth", "512", "--log-level", "pmd.net.virtio*:info"]
FORWARDING = ["-i", "--nb-cores", "1", "--burst", "32", "--txd", "256", "--rxd", "256",
              "--total-num-mbufs", "16384", "--record-core-cycles"]


class Testpmd:
    def __init__(self, name, core, devices, arguments):
        command = ["stdbuf", "-oL", "dpdk-testpmd", "--lcores", f"0@{core},1@{core}", "--file-prefix", name,
                   *ENVIRONMENT]
        for device in devices:
            command += ["--vdev", device]
        command += ["--", *FORWARDING, *arguments]
        self._process = programs.start(command, stdin=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       text=False)
        os.set_blocking(self._process.stdout.fileno(), False)

    def __enter__(self):
        self.first_words = self._read_until(PROMPT)
        return self

    def _read_until(self, pattern):
        text, end = "", time.monotonic() + PATIENCE
        while not re.search(pattern, text):
            if time.monotonic() > end or self._process.poll() is not None:
                raise programs.Failed(f"dpdk-testpmd, waiting for {pattern!r}: {text[-2000:]}")
            select.select([self._process.stdout], [], [], 0.1)
            text += (self._process.stdout.read() or b"").decode(errors="replace")
        return text

    def tell(self, line, until=""):
        """Its answer, to the end, which has a line like that."""
        try:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
        except OSError as error:
            raise programs.Failed(f"dpdk-testpmd has ended before {line!r}") from error
        return self._read_until(rf"(?s){until}.*{PROMPT}")

    def begin(self):
        self.tell("start", "packets/burst=")

    def end(self):
        self.tell("stop", r"Done\.")

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.resume()
            self._process.stdin.write(b"quit\n")
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class BackEnd(Testpmd):
    """Two vhost-user ports that send as fast as they can and count what comes back.

    The library answers a front end in a thread of its own, which has to find the forwarding one
    between two bursts, on the same core: so nothing is forwarded while front ends come."""

    def __init__(self, name, sockets, core, frame):
        devices = [f"net_vhost{i},iface={path}" for i, path in enumerate(sockets)]
        super().__init__(name, core, devices, ["--forward-mode", "flowgen", "--txpkts", str(frame)])

    def forget(self):
        self.tell("clear port stats all", "port 1 cleared")

    def received(self):
        """Frames, since it was told to forget."""
        text = self.tell("show port stats all", "NIC statistics for port 1")
        frames = re.findall(r"RX-packets:\s+(\d+)", text)
        if len(frames) != 2:
            raise programs.Failed(f"dpdk-testpmd's statistics are not understood: {text}")
        return sum(map(int, frames))
