"""dpdk-testpmd, told what to do line by line."""

import os
import re
import select
import signal
import subprocess
import time

from report import programs

PATIENCE = 60
# The vhost library answers a front end in a thread of its own, which has to find the forwarding one
# between two bursts; both are on one core, so forwarding is stopped while front ends come.
MEMORY_MB = 384


class Testpmd:
    def __init__(self, name, core, devices, arguments):
        # Two of its threads on one core: the first only waits for commands.
        command = ["stdbuf", "-oL", "dpdk-testpmd", "--lcores", f"0@{core},1@{core}", "--no-pci",
                   "--in-memory", "-m", str(MEMORY_MB), "--no-telemetry", "--file-prefix", name,
                   "--single-file-segments", "--iova-mode", "va", "--force-max-simd-bitwidth", "512"]
        for device in devices:
            command += ["--vdev", device]
        command += ["--", "-i", "--nb-cores", "1", "--burst", "32", "--txd", "256", "--rxd", "256",
                    "--total-num-mbufs", "16384", "--record-core-cycles", *arguments]
        self.text = ""
        self._process = programs.start(command, stdin=subprocess.PIPE, stderr=subprocess.STDOUT,
                                       text=False)
        os.set_blocking(self._process.stdout.fileno(), False)
        try:
            self._read_until("testpmd> ")
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def _read_until(self, pattern):
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.text):
            if time.monotonic() > end or self._process.poll() is not None:
                raise programs.Failed(f"dpdk-testpmd, waiting for {pattern!r}: {self.text[-2000:]}")
            select.select([self._process.stdout], [], [], 0.1)
            self.text += (self._process.stdout.read() or b"").decode(errors="replace")
        return self.text

    def tell(self, line, until):
        """Its answer, as soon as it has a line like that, behind which nothing of it is needed."""
        self.text = ""
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        return self._read_until(until)

    def begin(self):
        self.tell("start", "packets/burst=")

    def end(self):
        self.tell("stop", r"Done\.")

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def close(self):
        if self._process.poll() is None:
            self.resume()
            self._process.stdin.write(b"quit\n")
            self._process.stdin.flush()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class BackEnd(Testpmd):
    """vhost-user ports, of which every two are a pair, that send as fast as they can and count what
    comes back."""

    def __init__(self, sockets, core, frame):
        devices = [f"net_vhost{i},iface={path}" for i, path in enumerate(sockets)]
        super().__init__("bulkhead-bench-back", core, devices,
                         ["--forward-mode", "flowgen", "--txpkts", str(frame)])

    def forget(self):
        self.tell("clear port stats all", r"cleared|NIC statistics")

    def received(self, ports):
        """Frames, of each port, since it was told to forget."""
        text = self.tell("show port stats all", r"(?s)NIC statistics for port %d.*Tx-bps" % (ports - 1))
        frames = re.findall(r"RX-packets:\s+(\d+)", text)
        if len(frames) < ports:
            raise programs.Failed(f"dpdk-testpmd's statistics are not understood: {text}")
        return [int(number) for number in frames[:ports]]
