"""`bulkhead run forward` where the machine gives it less than it wants, and when its broker is killed."""

import ctypes
import errno
import os
import random
import resource
import select
import signal
import subprocess
import time
from pathlib import Path

import harness
from compartments import Compartment
from harness import scaled, wait_until
from leaks_test import memory_of, still_held

CHECK_LEAKS = Path(__file__).parents[2] / "scripts" / "check-leaks"
PR_SET_NO_NEW_PRIVS = 38
SCMP_ACT_ALLOW = 0x7FFF0000
SCMP_ACT_ERRNO = 0x00050000


def restrict_namespaces():
    """What a systemd unit's RestrictNamespaces= does."""
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(SCMP_ACT_ALLOW)))
    call = seccomp.seccomp_syscall_resolve_name(b"unshare")
    refusal = ctypes.c_uint32(SCMP_ACT_ERRNO | errno.EPERM)
    if (seccomp.seccomp_rule_add(context, refusal, call, ctypes.c_uint(0))
            or harness.LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            or seccomp.seccomp_load(context)):
        raise OSError("no filter can be loaded")


def limit(what, size):
    return lambda: resource.setrlimit(what, (size, size))


def starts_in(size):
    """Whether so many bytes of addresses are enough for the program to start."""
    return subprocess.run([harness.PROGRAM, "--version"], preexec_fn=limit(resource.RLIMIT_AS, size),
                          capture_output=True, check=False).returncode == 0


class NoNamespaces(Compartment):
    def setUp(self):
        super().setUp()
        if harness.SANITIZERS:
            self.skipTest("a sanitizer's runtime rules layers out, and nothing is told of it")
        self.model = self.start_model({"a.sock": "generate:64@1k", "b.sock": "reflect"})

    def test_a_unit_that_restricts_them(self):
        run = self.start_run(setup=restrict_namespaces)
        self.await_frames(run)
        self.finish(run, self.model, least=100)
        self.assertRegex(run.err, "bulkhead: warning: the workers' sandbox lacks: "
                                  ".*user-namespace .*RestrictNamespaces=")

    def test_a_unit_that_restricts_them_where_they_are_required(self):
        for start in (self.start_forward, self.start_run):
            run = start("--require", "user-namespace", setup=restrict_namespaces)
            self.assertEqual(run.wait(), 1)
            self.assertRegex(run.err, "(?m)^bulkhead: .*lacks the layer user-namespace, which is "
                                      "required: .*RestrictNamespaces=")


class Memory(Compartment):
    """All of it is sealed memory files: in no file system, on pages of the kernel's choice."""

    def setUp(self):
        super().setUp()
        self.model = self.start_model({"a.sock": "generate:64", "b.sock": "generate:64"})

    def test_a_full_dev_shm_takes_nothing_from_it(self):
        unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
        fill = "mount -t tmpfs -o size=4k full /dev/shm && ! head -c 8192 /dev/zero >/dev/shm/file"
        if subprocess.run([*unshare, "sh", "-c", fill], check=False, capture_output=True).returncode:
            self.skipTest("no mount namespaces here")
        run = self.start("run", command=[
            *unshare, "sh", "-c", f"{fill} && exec \"$@\"", "sh", harness.PROGRAM, "run", "forward",
            self.port("a.sock"), self.port("b.sock"), "--count", 1000])
        self.assertEqual(run.wait(), 0, run.err)

    def refuse(self, setup, *words):
        """It says which memory it did not get, how much that is, and what to do; and the next one,
        which has no such limit, gets it."""
        run = self.start_run(setup=setup)
        self.assertEqual(run.wait(), 1)
        for word in (r"\d{7,8} bytes for bulkhead-(pool|rings)", *words):
            self.assertRegex(run.err, rf"(?m)^bulkhead: .*{word}")
        again = self.start_run("--count", 1000)
        self.assertEqual(again.wait(), 0, again.err)
        self.assert_well_behaved(self.stop_model(self.model))

    def test_too_few_addresses(self):
        if harness.SANITIZERS:
            self.skipTest("a sanitizer's runtime needs more addresses than there is memory")
        least = next(size for size in range(8 << 20, 1 << 30, 2 << 20) if starts_in(size))
        # For the program itself and what it reads, but not for the frames.
        self.refuse(limit(resource.RLIMIT_AS, least + (4 << 20)), "Cannot allocate memory",
                    "ulimit -v")

    def test_files_that_must_be_small(self):
        self.refuse(limit(resource.RLIMIT_FSIZE, 1 << 20), "1048576 bytes", "ulimit -f",
                    "LimitFSIZE=")


class BrokerKilled(Compartment):
    def setUp(self):
        super().setUp()
        self.model = self.start_model({"a.sock": "generate:64", "b.sock": "generate:64"})

    def test_nothing_of_it_stays(self):
        run = self.start_run()
        self.await_worker(run)
        self.await_frames(run)
        # The model maps what it reaches by DMA.
        memory = {key: name for key, name in memory_of(self.model.pid).items() if "BAR" not in name}
        self.assertTrue(memory)
        ends = select.poll()
        workers = [os.pidfd_open(worker) for worker in self.workers(run)]
        for worker in workers:
            self.addCleanup(os.close, worker)
            ends.register(worker, select.POLLIN)
        killed = time.monotonic()
        run.send(signal.SIGKILL)
        while workers:
            ended = ends.poll(harness.PATIENCE * 1000)
            self.assertTrue(ended, "a worker lives on without its broker")
            for worker, _ in ended:
                ends.unregister(worker)
                workers.remove(worker)
        print(f"measured: workers end {(time.monotonic() - killed) * 1000:.1f} ms after their broker")
        run.wait()
        wait_until(lambda: not still_held(memory), "memory to be let go of")
        for report in self.stop_model(self.model).values():
            self.assertEqual(report["dma_ranges"], 0)
            self.assertEqual(report["dma_violations"], 0, report["trouble"])

    def test_nothing_stays_whenever_it_is_killed(self):
        moments = random.Random(4)
        for _ in range(scaled(10, 4)):
            checked = self.start("check-leaks", command=[
                CHECK_LEAKS, "--settle", harness.PATIENCE, "--kill-after",
                moments.uniform(0.02, scaled(0.6, 2)), harness.PROGRAM, "run", "forward",
                self.port("a.sock"), self.port("b.sock")])
            self.assertEqual(checked.wait(3 * harness.PATIENCE), 0, checked.err)
        again = self.start_run("--count", 1000)
        self.assertEqual(again.wait(), 0, again.err)
        for report in self.stop_model(self.model).values():
            self.assertEqual(report["dma_ranges"], 0)
            self.assertEqual(report["dma_violations"], 0, report["trouble"])


if __name__ == "__main__":
    harness.main()
