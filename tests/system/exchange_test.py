"""`bulkhead exchange`: frames between two ports on one cable, verified."""

import signal

import harness
from harness import scaled


class Exchange(harness.SystemTest):
    def exchange(self, *arguments):
        return self.start("exchange", "exchange", self.port("a.sock"), self.port("b.sock"),
                          *arguments)

    def start_cable(self):
        wire = f"link:{self.path('cable')}"
        return self.start_model({"a.sock": wire, "b.sock": wire})

    def assert_all_arrive(self, frames, *arguments):
        model = self.start_cable()
        process = self.exchange("--json", "--frames", frames, *arguments)
        self.assertEqual(process.wait(), 0, process.err)
        for direction in ("a_to_b", "b_to_a"):
            counts = process.report[direction]
            self.assertEqual((counts["sent"], counts["received"]), (frames, frames))
            for name in ("corrupted", "out_of_order", "duplicated", "foreign"):
                self.assertEqual(counts[name], 0, counts)
        self.assert_well_behaved(self.stop_model(model))

    def test_with_interrupts(self):
        self.assert_all_arrive(scaled(100_000, 10_000))

    def test_polling(self):
        self.assert_all_arrive(scaled(100_000, 10_000), "--poll")

    def test_jumbo_frames(self):
        self.assert_all_arrive(scaled(10_000, 1_000), "--mtu", 9000)

    def test_ports_that_are_not_connected(self):
        self.start_model({"a.sock": "reflect", "b.sock": "reflect"})
        process = self.exchange("--json", "--frames", 1000)
        self.assertEqual(process.wait(), 1)
        self.assertIn("are A and B on the same cable", process.err)
        counts = process.report["a_to_b"]
        self.assertEqual(counts["received"], 0)
        # What A sent came back to A, where it is not expected.
        self.assertGreater(process.report["b_to_a"]["foreign"], 0)

    def test_a_device_that_dies(self):
        model = self.start_cable()
        process = self.exchange("--frames", 1_000_000_000)
        harness.wait_until(lambda: "B: " in process.err, "the ports to come up")
        model.send(signal.SIGKILL)
        self.assertEqual(process.wait(), 1)
        self.assertIn("the device's server has gone", process.err)

    def test_no_frames_are_no_test(self):
        process = self.exchange("--frames", 0)
        self.assertEqual(process.wait(), 2)


if __name__ == "__main__":
    harness.main()
