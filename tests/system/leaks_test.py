"""kill -9 at any moment: the others go on or end as they should, and what stays is a file that the
next run replaces (a socket, or a capture's .partial), never memory, an interface or a process."""

import os
import random
import re
import time
import unittest
from pathlib import Path

import captures
import harness
import namespaces
from harness import scaled, wait_until


def memory_of(pid):
    """(device, inode) of the memory files that a process has open or mapped, by their names."""
    held = {}
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{name}"
            if "/memfd:" in os.readlink(path):
                status = os.stat(path)
                held[status.st_dev, status.st_ino] = os.readlink(path)
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
            for line in maps:
                if "/memfd:" in line:
                    _, _, _, device, inode, name = line.split(maxsplit=5)
                    major, minor = (int(part, 16) for part in device.split(":"))
                    held[os.makedev(major, minor), int(inode)] = name.strip()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass  # it has ended meanwhile, or is of another user
    return held


def still_held(memory):
    """Those of the memory files that any process of the machine still has."""
    everybody = [memory_of(pid) for pid in os.listdir("/proc") if pid.isdigit()]
    return {name for held in everybody for key, name in held.items() if key in memory}


class Killed(harness.SystemTest):
    def setUp(self):
        super().setUp()
        captures.write(self.path("in.pcap"), captures.make_frames(10, seed=1))
        self.wires = {"a.sock": "generate:64@50k", "b.sock": "reflect"}

    def start_all(self):
        models = [self.start_model({name: wire}) for name, wire in self.wires.items()]
        forward = self.start_forward()
        self.await_frames(forward)
        return *models, forward

    def memory(self, *processes):
        return {key: name for process in processes for key, name in memory_of(process.pid).items()}

    def registers(self, *models):
        """The memory files that models make themselves; the others came from their client."""
        return {key for key, name in self.memory(*models).items() if "82599 BAR" in name}

    def assert_gone(self, memory):
        self.assertTrue(memory)
        wait_until(lambda: not still_held(memory), "memory to be let go of")

    def files(self):
        return {path.name for path in self.folder.iterdir()
                if not path.name.endswith((".stdout", ".stderr"))} - {"in.pcap"}

    def test_a_killed_forwarder_leaves_its_models_ready_for_the_next(self):
        a, b, forward = self.start_all()
        registers = self.registers(a, b)
        self.assertEqual(len(registers), 2)
        # What a confined process has is nobody's to look at but root's: its models share it.
        memory = {key: name for key, name in self.memory(a, b).items() if key not in registers}
        forward.end()
        self.assert_gone(memory)
        self.assertTrue(a.running() and b.running())
        self.forward("--count", 100)
        for model in (a, b):
            report, = self.stop_model(model).values()
            self.assertEqual(report["dma_ranges"], 0)
            self.assertEqual(report["dma_violations"], 0)
        self.assertEqual(self.files(), set())

    def test_a_killed_model_ends_the_forwarder_and_its_successor_takes_the_socket_over(self):
        a, b, forward = self.start_all()
        memory = self.memory(a, b, forward)
        a.end()
        self.assertEqual(forward.wait(), 1)
        self.assertRegex(forward.err, r"(?m)^bulkhead: .*a\.sock.*gone")
        self.assertTrue(b.running())
        kept = self.registers(b)
        self.assert_gone({key: name for key, name in memory.items() if key not in kept})
        self.assertEqual(self.files(), {"a.sock", "b.sock"})
        successor = self.start_model({"a.sock": self.wires["a.sock"]})
        self.forward("--count", 100)
        self.stop_model(successor)
        self.stop_model(b)
        self.assertEqual(self.files(), set())

    def test_all_killed_leaves_only_files_that_the_next_run_replaces(self):
        self.wires = {"a.sock": f"pcap:{self.path('in.pcap')}",
                      "b.sock": f"pcap:,{self.path('out.pcap')}",
                      "c.sock": f"link:{self.path('link')}"}
        for _ in range(2):
            model = self.start_model(self.wires)
            forward = self.start_forward()
            self.await_link(forward)
            memory = self.memory(model)
            model.end()
            forward.end()
            self.assert_gone(memory)
            self.assertEqual(self.files(),
                             {"a.sock", "b.sock", "c.sock", "link", "out.pcap.partial"})
        model = self.start_model(self.wires)
        self.forward("--count", 10)
        self.stop_model(model)
        self.assertEqual(self.files(), {"out.pcap"})
        self.assertEqual(len(captures.read(self.path("out.pcap"))), 10)

    def test_killed_at_any_moment_the_next_one_starts(self):
        moments = random.Random(1)
        model = self.start_model(self.wires)
        for _ in range(scaled(20, 8)):
            forward = self.start_forward()
            time.sleep(moments.uniform(0, scaled(0.15, 0.6)))
            forward.end()
        self.forward("--count", 100)
        report = self.stop_model(model)["a.sock"]
        self.assertEqual(report["dma_ranges"], 0)
        self.assertEqual(report["unknown_registers"], 0)

    def test_models_killed_while_they_start(self):
        moments = random.Random(2)
        words = [word for name, wire in self.wires.items()
                 for word in ("--socket", self.path(name), "--wire", wire)]
        for _ in range(scaled(20, 8)):
            model = self.start("model", "model", "ixgbe", *words)
            time.sleep(moments.uniform(0, scaled(0.03, 0.3)))
            model.end()
        model = self.start_model(self.wires)
        self.forward("--count", 100)
        self.stop_model(model)
        self.assertEqual(self.files(), set())

    def test_nothing_runs_on_in_the_background(self):
        a, b, forward = self.start_all()
        for process in (a, b, forward):
            tasks = os.listdir(f"/proc/{process.pid}/task")
            for task in tasks:
                children = Path(f"/proc/{process.pid}/task/{task}/children").read_text("ascii")
                self.assertEqual(children, "", "one more that would have to be killed")


class Interfaces(harness.SystemTest):
    def test_a_killed_model_takes_its_interface_along(self):
        if why := namespaces.why_not():
            raise unittest.SkipTest(f"no TAP interfaces in namespaces here: {why}")
        host = namespaces.Namespace(self, "host")
        wait_until(host.ready, "a namespace")
        model = self.start("model", command=host.inside(
            harness.PROGRAM, "model", "ixgbe", "--socket", self.path("a.sock"),
            "--wire", "tap:bh0"))
        self.await_listening(model, ["a.sock"])
        self.assertEqual(host.interfaces(), {"bh0"})
        model.end()
        wait_until(lambda: not host.interfaces(), "the interface to go")
        holders = [pid for pid in os.listdir("/proc") if pid.isdigit()
                   and re.fullmatch(r"net:\[\d+\]", self.namespace_of(host.keeper.pid))
                   and self.namespace_of(pid) == self.namespace_of(host.keeper.pid)]
        self.assertEqual(holders, [str(host.keeper.pid)])

    @staticmethod
    def namespace_of(pid):
        try:
            return os.readlink(f"/proc/{pid}/ns/net")
        except OSError:
            return ""


if __name__ == "__main__":
    harness.main()
