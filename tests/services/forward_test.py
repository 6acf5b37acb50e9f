"""bulkhead-forward@.service between two modelled ports, in a container."""

import re

import containers

FRAMES = 20000


def lacking(words):
    """The sandbox's layers that are said to be missing."""
    told = re.search(r"the sandbox lacks: (.*)", words)
    return set(re.findall(r"([\w-]+) \(", told[1])) if told else set()


class Forward(containers.ServiceTest):
    def test_forwards_in_the_whole_sandbox(self):
        self.start_model({"c.sock": "generate:64@20k", "d.sock": "reflect"}, name="outside")
        outside = lacking(self.forward("--count", 1, a="c.sock", b="d.sock").err)
        model = self.start_model({"a.sock": "generate:64@20k", "b.sock": "generate:64@20k"})
        ports = self.for_the_service("a.sock", "b.sock")
        started = self.start_container(f"PORTS={ports}\nOPTIONS=--count {FRAMES}\n")
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
    containers.main()
