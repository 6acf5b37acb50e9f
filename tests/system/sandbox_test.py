"""The sandbox around `bulkhead forward` and `bulkhead exchange`: on by default, complete, and told."""

import json
import os
import signal
import subprocess

import harness

NOBODY = 65534


class Sandbox(harness.SystemTest):
    def setUp(self):
        super().setUp()
        if harness.SANITIZERS:
            self.skipTest("a sanitizer's runtime makes system calls of its own")
        wire = f"link:{self.path('cable')}"
        self.model = self.start_model({"a.sock": wire, "b.sock": wire})

    def run_it(self, command, *arguments, **options):
        """With pipes for its output: a file that grows would be one more right."""
        return subprocess.run([harness.PROGRAM, command, self.port("a.sock"), self.port("b.sock"),
                               *map(str, arguments)], capture_output=True, text=True, check=False,
                              timeout=harness.PATIENCE, **options)

    def skip_if_lacking(self):
        result = self.run_it("forward", "--show-confinement")
        if "the sandbox lacks" in result.stderr:
            self.skipTest(result.stderr)

    def report(self, command="forward", *arguments, **options):
        result = self.run_it(command, "--show-confinement", "--json", *arguments, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["observed"]

    def assert_nothing_is_left(self, seen):
        self.assertEqual(set(seen["capabilities"].values()), {0})
        self.assertEqual(len(seen["capabilities"]), 5)
        self.assertEqual(seen["root"], [])
        self.assertFalse(seen["opens_files"])
        self.assertEqual([one for one in seen["interfaces"] if one["up"]], [])
        self.assertEqual([one for one in seen["descriptors"] if not one["purpose"]], [])
        self.assertEqual({one["kind"] for one in seen["namespaces"] if not one["own"]}, {"pid"})
        self.assertEqual(seen["uid"], NOBODY)


class Left(Sandbox):
    def test_a_polling_data_path_has_at_most_two_system_calls(self):
        self.skip_if_lacking()
        for threads in (1, 2):
            seen = self.report("forward", "--poll", "--queues", 2, "--threads", threads)
            self.assert_nothing_is_left(seen)
            self.assertEqual(seen["limits"]["processes and threads"], 1 + threads)
            main, data_path = seen["system_calls"]
            self.assertLessEqual(len(data_path["pass"] + data_path["pass_with_conditions"]), 2)
            for name in ("openat", "socket", "execve", "fork", "ptrace", "mount", "bpf", "connect"):
                self.assertNotIn(name, main["pass"] + main["pass_with_conditions"])

    def test_one_with_interrupts_has_at_most_six(self):
        self.skip_if_lacking()
        for queues, threads in ((1, 1), (4, 1), (4, 3)):
            seen = self.report("forward", "--queues", queues, "--threads", threads)
            self.assert_nothing_is_left(seen)
            wakers = [one for one in seen["descriptors"] if one["purpose"] == "wakes a worker"]
            self.assertGreaterEqual(len(wakers), threads)
            data_path = seen["system_calls"][1]
            self.assertLessEqual(len(data_path["pass"] + data_path["pass_with_conditions"]), 6)

    def test_exchange_has_no_more_than_the_main_thread_of_forward(self):
        self.skip_if_lacking()
        seen = self.report("exchange")
        self.assert_nothing_is_left(seen)
        calls, = seen["system_calls"]
        forward = self.report("forward")["system_calls"][0]
        self.assertLessEqual(set(calls["pass"]), set(forward["pass"]))
        self.assertNotIn("clone", calls["pass_with_conditions"])

    def test_a_person_can_read_it(self):
        result = self.run_it("forward", "--show-confinement")
        self.assertEqual(result.returncode, 0, result.stderr)
        for words in ("capabilities", "standard output", "82599", "system-calls"):
            self.assertIn(words, result.stdout)

    def test_an_ordinary_user_has_all_of_it(self):
        if os.geteuid() != 0:
            self.skipTest("all tests run as one")
        try:
            subprocess.run([harness.PROGRAM, "--version"], user=1234, check=True,
                           capture_output=True)
        except PermissionError as error:
            self.skipTest(f"the program is not for every user: {error}")
        self.folder.chmod(0o711)
        for name in ("a.sock", "b.sock"):
            os.chown(self.path(name), 1234, 1234)
        self.skip_if_lacking()
        self.assert_nothing_is_left(self.report(user=1234, group=1234, extra_groups=[]))


class Options(Sandbox):
    def test_all_layers_can_be_required(self):
        self.skip_if_lacking()
        result = self.run_it("exchange", "--frames", 100, "--require", "all")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_required_layer_that_is_not_there_is_an_error(self):
        result = self.run_it("forward", "--seconds", 1, "--require", "pid-namespace")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, "(?m)^bulkhead: .*lacks the layer pid-namespace.*parent")

    def test_a_layer_that_nobody_knows_is_a_mistake(self):
        result = self.run_it("forward", "--require", "moat")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, "no layer 'moat'.*landlock")

    def test_without_it_there_is_a_warning(self):
        result = self.run_it("exchange", "--frames", 100, "--no-sandbox")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, "(?m)^bulkhead: WARNING: --no-sandbox")

    def test_nothing_is_required_of_no_sandbox(self):
        result = self.run_it("forward", "--no-sandbox", "--require", "all")
        self.assertEqual(result.returncode, 2)

    def test_in_a_container_without_user_namespaces_it_says_what_is_lacking(self):
        tried = subprocess.run(["unshare", "--user", "--map-root-user", "true"], check=False,
                               capture_output=True)
        if tried.returncode:
            self.skipTest("no user namespaces here to begin with")
        inside = ("echo 0 > /proc/sys/user/max_user_namespaces; "
                  "exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs -- \"$@\"")
        result = subprocess.run(
            ["unshare", "--user", "--map-root-user", "sh", "-c", inside, "sh", harness.PROGRAM,
             "exchange", self.port("a.sock"), self.port("b.sock"), "--frames", "100"],
            capture_output=True, text=True, check=False, timeout=harness.PATIENCE)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, "the sandbox lacks: .*user.max_user_namespaces")


class Ending(Sandbox):
    def test_signals_end_a_confined_forwarder(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for arguments in ([], ["--poll"], ["--queues", 2, "--threads", 2]):
                forward = self.start_forward(*arguments)
                self.await_link(forward)
                self.assertEqual(forward.stop(number), 0, forward.err)


if __name__ == "__main__":
    harness.main()
