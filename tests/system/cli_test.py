"""The command line: help, version, list, and a man page that says the same."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import harness

MAN_PAGE = Path(__file__).parents[2] / "docs" / "bulkhead.1"
COMMANDS = [[], ["list"], ["doctor"], ["bind"], ["unbind"], ["forward"], ["run"],
            ["run", "forward"], ["run", "netdev"], ["exchange"], ["model"], ["model", "ixgbe"]]
OPTIONS = {"": {"--help", "--version"},
           "list": {"--help", "--version", "--json"},
           "doctor": {"--help", "--version", "--json"},
           "bind": {"--help", "--version", "--user", "--force", "--dry-run"},
           "unbind": {"--help", "--version", "--dry-run"},
           "forward": {"--help", "--version", "--batch", "--queues", "--mtu", "--seconds",
                       "--count", "--idle", "--touch", "--poll", "--relay", "--threads", "--quiet", "--json",
                       "--require", "--no-sandbox", "--show-confinement",
                       "--no-iommu-i-know-dma-can-write-anywhere"},
           "run": {"--help", "--version"},
           "run forward": {"--help", "--version", "--batch", "--queues", "--mtu", "--seconds",
                           "--count", "--touch", "--poll", "--quiet", "--json", "--hang-limit",
                            "--require", "--no-sandbox", "--workers"},
            "run netdev": {"--help", "--version", "--name", "--queues", "--mtu", "--batch", "--poll",
                           "--json", "--hang-limit", "--require", "--no-sandbox", "--workers"},
           "exchange": {"--help", "--version", "--queues", "--mtu", "--poll", "--frames",
                        "--json", "--require", "--no-sandbox", "--show-confinement",
                        "--no-iommu-i-know-dma-can-write-anywhere"},
           "model": {"--help", "--version"},
           "model ixgbe": {"--help", "--version", "--socket", "--wire", "--device-id", "--spread",
                           "--trap", "--once", "--json"}}


class CommandLine(harness.SystemTest):
    def run_it(self, *arguments):
        return subprocess.run([harness.PROGRAM, *arguments], capture_output=True, text=True,
                              timeout=harness.PATIENCE, check=False)

    def help_of(self, command):
        """The options that --help lists, and its whole text."""
        result = self.run_it(*command, "--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", result.stdout, re.MULTILINE)), result.stdout


class Help(CommandLine):
    def test_every_command_lists_its_options(self):
        for command in COMMANDS:
            with self.subTest(command):
                options, _ = self.help_of(command)
                self.assertEqual(options, OPTIONS[" ".join(command)])

    def test_every_line_explains(self):
        for command in COMMANDS:
            _, text = self.help_of(command)
            for line in re.findall(r"^  (?:-\w,)?--.*(?:\n {20,}.*)?", text, re.MULTILINE):
                with self.subTest(command, line=line):
                    self.assertRegex(line, r"\S\s{2,}[A-Z]\w+|[A-Z]\w+ \w+")

    def test_the_wires_are_all_named(self):
        _, text = self.help_of(["model", "ixgbe"])
        for wire in ("tap:NAME", "pcap:IN[,OUT]", "generate:SIZE[@RATE]", "link:PATH", "reflect"):
            self.assertIn(wire, text)

    def test_version(self):
        for command in COMMANDS:
            result = self.run_it(*command, "--version")
            self.assertEqual(result.returncode, 0)
            self.assertRegex(result.stdout, r"^bulkhead \d+\.\d+\.\d+\n$")

    def test_help_for_a_reader_that_does_not_read(self):
        for option in ("--help", "--version"):
            with open("/dev/full", "wb") as full:
                process = self.start("help", option, stdout=full)
                self.assertEqual(process.wait(), 1)


class Mistakes(CommandLine):
    def assert_usage(self, *arguments, word):
        result = self.run_it(*arguments)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertRegex(result.stderr, r"^bulkhead: .*--help.*\n$")
        self.assertEqual(result.stderr.count("\n"), 1)
        self.assertIn(word, result.stderr)

    def test_no_command(self):
        self.assert_usage(word="required")

    def test_an_unknown_command(self):
        self.assert_usage("frobnicate", word="frobnicate")

    def test_an_unknown_device(self):
        self.assert_usage("model", "nvme", word="nvme")

    def test_an_unknown_option(self):
        self.assert_usage("list", "--jason", word="--jason")

    def test_a_missing_port(self):
        self.assert_usage("forward", "vfio-user:a", word="B is required")

    def test_a_port_too_many(self):
        self.assert_usage("forward", "vfio-user:a", "vfio-user:b", "vfio-user:c",
                          word="vfio-user:c")

    def test_an_option_without_its_value(self):
        self.assert_usage("forward", "vfio-user:a", "vfio-user:b", "--batch", word="--batch")

    def test_a_relay_is_polled(self):
        self.assert_usage("forward", "vfio-user:a", "vfio-user:b", "--relay", word="--poll")

    def test_a_thread_has_a_queue_pair_at_least(self):
        self.assert_usage("forward", "vfio-user:a", "vfio-user:b", "--queues", "2", "--threads", "3",
                          word="--threads 3")

    def test_a_relay_has_a_largest_mtu(self):
        self.assert_usage("forward", "vfio-user:a", "vfio-user:b", "--relay", "--poll", "--mtu",
                          "2031", word="--relay takes an --mtu of at most 2030")

    def test_a_missing_address(self):
        self.assert_usage("bind", word="BDF is required")
        self.assert_usage("unbind", word="BDF is required")

    def test_an_address_too_many(self):
        self.assert_usage("doctor", "03:00.0", "04:00.0", word="04:00.0")

    def test_a_socket_without_a_wire(self):
        self.assert_usage("model", "ixgbe", "--socket", "a", word="--wire is required")


class List(CommandLine):
    KEYS = {"address", "vendor", "device", "kind", "name", "supported", "driver", "iommu_group",
            "in_use"}

    def test_json_has_the_functions_of_this_machine(self):
        result = self.run_it("list", "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        functions = json.loads(result.stdout)
        self.assertEqual({function["address"] for function in functions}, self.functions_in_sysfs())
        for function in functions:
            self.assertEqual(set(function), self.KEYS)
            self.assertRegex(function["address"], r"^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")
            self.assertIn(function["kind"], ("network", "nvme"))
            self.assertIsInstance(function["in_use"], list)

    def test_each_function_has_a_line(self):
        result = self.run_it("list")
        self.assertEqual(result.returncode, 0)
        self.assertEqual({line.split()[0] for line in result.stdout.splitlines()},
                         self.functions_in_sysfs())

    @staticmethod
    def functions_in_sysfs():
        """Network controllers (class 02) and NVMe (010802)."""
        folder = Path("/sys/bus/pci/devices")
        if not folder.is_dir():
            return set()
        classes = {path.name: int((path / "class").read_text(), 16) for path in folder.iterdir()}
        return {name for name, value in classes.items()
                if value >> 16 == 0x02 or value == 0x010802}


class BindAndUnbind(CommandLine):
    NOWHERE = "ffff:ff:1f.7"

    def assert_error(self, *arguments, code, words):
        result = self.run_it(*arguments)
        self.assertEqual((result.returncode, result.stdout), (code, ""))
        self.assertRegex(result.stderr, rf"^bulkhead: .*{words}.*\n$")

    def test_what_is_no_address(self):
        for command in ("bind", "unbind", "doctor"):
            self.assert_error(command, "eth0", code=2, words="'eth0' is no PCI address")

    def test_a_function_that_is_not_there(self):
        for command in ("bind", "unbind"):
            self.assert_error(command, self.NOWHERE, code=1, words=f"no PCI function {self.NOWHERE}")
        # 1 would say that it is there, and what it lacks.
        self.assert_error("doctor", self.NOWHERE, code=2, words=f"no PCI function {self.NOWHERE}")

    def test_a_function_with_a_driver_of_the_kernel_is_not_unbound(self):
        for path in Path("/sys/bus/pci/devices").glob("*/driver"):
            if path.resolve().name != "vfio-pci":
                self.assert_error("unbind", "--dry-run", path.parent.name, code=1,
                                  words="not bound to vfio-pci: its driver is")
                return
        self.skipTest("no PCI function here has a driver")

    def test_a_function_without_a_group_is_not_bound(self):
        for path in Path("/sys/bus/pci/devices").glob("*"):
            is_bridge = (path / "class").read_text().startswith("0x06")
            if not is_bridge and not (path / "iommu_group").exists():
                self.assert_error("bind", "--dry-run", "--force", path.name, code=1,
                                  words="no IOMMU group")
                return
        self.skipTest("all PCI functions here have an IOMMU group")


class Doctor(CommandLine):
    VERDICTS = {"good": 0, "finding": 1, "cannot tell": 2}

    def examine(self):
        result = self.run_it("doctor", "--json")
        self.assertEqual(result.stderr, "")
        return json.loads(result.stdout), result.returncode

    def test_its_exit_code_is_its_verdict(self):
        report, code = self.examine()
        self.assertEqual(self.VERDICTS[report["verdict"]], code)
        verdicts = {check["verdict"] for check in report["checks"]}
        worst = next(verdict for verdict in ("finding", "cannot tell", "good")
                     if verdict in verdicts)
        self.assertEqual(report["verdict"], worst)

    def test_whatever_is_not_good_has_a_reason_and_a_command(self):
        report, _ = self.examine()
        for check in report["checks"]:
            with self.subTest(check["check"]):
                self.assertEqual(set(check), {"check", "verdict", "what", "why", "fix"})
                self.assertTrue(check["what"])
                is_good = check["verdict"] == "good"
                self.assertEqual((check["why"] == "", check["fix"] == ""), (is_good, is_good))

    def test_what_it_cannot_look_at_is_an_object_too(self):
        for name in ("ffff:ff:1f.7", "eth0"):
            result = self.run_it("doctor", "--json", name)
            self.assertEqual(result.returncode, 2)
            report = json.loads(result.stdout)
            self.assertEqual((report["verdict"], report["checks"]), ("cannot tell", []))
            self.assertIn(name, report["error"])
            self.assertIn(report["error"], result.stderr)

    def test_a_machine_without_an_iommu_has_that_finding(self):
        groups = Path("/sys/kernel/iommu_groups")
        has_groups = groups.is_dir() and any(groups.iterdir())
        report, _ = self.examine()
        verdict = next(check["verdict"] for check in report["checks"] if check["check"] == "iommu")
        self.assertEqual(verdict, "good" if has_groups else "finding")

    def test_its_text_says_the_same(self):
        report, code = self.examine()
        result = self.run_it("doctor")
        self.assertEqual((result.returncode, result.stderr), (code, ""))
        for check in report["checks"]:
            self.assertRegex(result.stdout,
                             rf"(?m)^{check['verdict']} +{check['check']}: ")
            self.assertIn(check["fix"], result.stdout)

    def test_a_reader_that_does_not_read(self):
        with open("/dev/full", "wb") as full:
            process = self.start("doctor", "doctor", stdout=full)
            self.assertNotEqual(process.wait(), 0)


class ManPage(CommandLine):
    def section(self, name):
        """The part about one command, with the escapes of hyphens taken away."""
        text = MAN_PAGE.read_text().replace(r"\-", "-")
        parts = dict(re.findall(r'^\.S[HS] "?(.*?)"?\n(.*?)(?=^\.S[HS]|\Z)', text,
                                re.MULTILINE | re.DOTALL))
        self.assertIn(name, parts)
        return parts[name]

    def test_it_has_every_option_that_help_lists_and_no_other(self):
        for command in COMMANDS:
            with self.subTest(command):
                listed, _ = self.help_of(command)
                name = " ".join(["bulkhead", *command]) if command else "OPTIONS"
                if command in (["model"], ["run"]):
                    continue
                if command:
                    listed -= {"--help", "--version"}
                told = set(re.findall(r"^\.B[RI]? .*?(--[\w-]+)", self.section(name), re.MULTILINE))
                self.assertEqual(told, listed)

    def test_it_names_every_wire_and_exit_code(self):
        wires = self.section("WIRES")
        for wire in ("tap:", "pcap:", "generate:", "link:", "reflect"):
            self.assertRegex(wires, rf"(?m)^\.BI? {wire}")
        self.assertEqual(re.findall(r"^\.B (\d)$", self.section("EXIT STATUS"), re.MULTILINE),
                         ["0", "1", "2"])

    def test_it_is_well_formed(self):
        groff = shutil.which("groff")
        if not groff:
            self.skipTest("no groff here")
        result = subprocess.run([groff, "-ww", "-z", "-man", "-Tutf8", MAN_PAGE], text=True,
                                capture_output=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    harness.main()
