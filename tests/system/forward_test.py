"""`bulkhead forward`: what goes in comes out, whatever the options."""

import socket
import time

import captures
import harness
from harness import scaled


def touched(frame):
    return frame[:1] + bytes([(frame[1] + 1) & 0xFF]) + frame[2:]


class Captures(harness.SystemTest):
    """A capture file in at port a, another one out of port b."""

    totals = {}

    def replay(self, frames, *arguments):
        captures.write(self.path("in.pcap"), frames)
        model = self.start_model({"a.sock": f"pcap:{self.path('in.pcap')}",
                                  "b.sock": f"pcap:,{self.path('out.pcap')}"})
        # Leaks can be looked for outside of the sandbox only.
        unconfined = ["--no-sandbox"] if harness.SANITIZERS else []
        forward = self.forward("--json", "--count", len(frames), *arguments, *unconfined)
        reports = self.stop_model(model)
        self.assert_well_behaved(reports)
        self.totals = forward.report
        self.assertEqual(self.totals["forwarded_a_to_b"], len(frames))
        self.assertEqual(reports["b.sock"]["wire"]["out"], len(frames))
        return captures.read(self.path("out.pcap"))

    def assert_same(self, expected, got):
        self.assertEqual(captures.first_difference(expected, got), "")

    def test_every_frame_arrives_unchanged_and_in_order(self):
        frames = captures.make_frames(scaled(100_000, 20_000), seed=1)
        self.assert_same(frames, self.replay(frames))

    def test_touch_increments_byte_1_and_nothing_else(self):
        frames = captures.make_frames(scaled(100_000, 10_000), seed=2)
        self.assert_same([touched(frame) for frame in frames], self.replay(frames, "--touch"))

    def test_jumbo_frames(self):
        frames = captures.make_frames(scaled(10_000, 2_000), seed=3, largest=9014)
        self.assert_same(frames, self.replay(frames, "--mtu", 9000))

    def test_in_place(self):
        frames = captures.make_frames(scaled(100_000, 10_000), seed=8)
        self.assert_same([touched(frame) for frame in frames],
                         self.replay(frames, "--touch", "--relay", "--poll"))

    def test_frame_by_frame(self):
        frames = captures.make_frames(scaled(20_000, 5_000), seed=4)
        self.assert_same(frames, self.replay(frames, "--batch", 1))

    def test_in_the_largest_batches(self):
        frames = captures.make_frames(scaled(20_000, 5_000), seed=5)
        self.assert_same(frames, self.replay(frames, "--batch", 256))

    def flows_through_two_threads(self, *arguments):
        frames = captures.make_flows(scaled(100_000, 10_000), flows=64)
        got = self.replay(frames, "--queues", 4, "--threads", 2, *arguments)
        self.assertEqual(len(frames), len(got))
        after = captures.by_flow(got)
        for flow, before in captures.by_flow(frames).items():
            self.assert_same(before, after[flow])
        first, second = self.totals["forwarded_by_thread"]
        self.assertEqual(first + second, len(frames))
        # The device's hash gives each of 4 queues a good part of 64 addresses.
        self.assertGreater(min(first, second), len(frames) // 8)

    def test_two_threads_keep_every_flow_in_order(self):
        self.flows_through_two_threads()

    def test_two_threads_in_place_keep_every_flow_in_order(self):
        self.flows_through_two_threads("--relay", "--poll")

    def test_a_frame_longer_than_the_mtu_is_counted_and_the_others_pass(self):
        frames = captures.make_frames(100, seed=6)
        mixed = frames[:50] + [bytes(range(200)) * 30] + frames[50:]
        captures.write(self.path("in.pcap"), mixed)
        model = self.start_model({"a.sock": f"pcap:{self.path('in.pcap')}",
                                  "b.sock": f"pcap:,{self.path('out.pcap')}"})
        forward = self.forward("--json", "--count", len(frames))
        self.stop_model(model)
        self.assert_same(frames, captures.read(self.path("out.pcap")))
        self.assertEqual(forward.report["ports"][0]["device"]["rx_oversize"], 1)


class SlowReceiver(harness.SystemTest):
    def connect(self, path):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(link.close)
        link.settimeout(harness.PATIENCE)
        link.connect(str(path))
        self.assertEqual(link.recv(100), b"\x01")  # one end of a wire greets the other
        return link

    def test_nothing_is_lost_when_the_wire_behind_is_slower_than_the_one_in_front(self):
        frames = captures.make_frames(scaled(20_000, 5_000), seed=7)
        captures.write(self.path("in.pcap"), frames)
        model = self.start_model({"a.sock": f"pcap:{self.path('in.pcap')}",
                                  "b.sock": f"link:{self.path('link')}"})
        link = self.connect(self.path("link"))
        forward = self.start_forward("--json", "--count", len(frames))
        self.await_link(forward)
        got = []
        while len(got) < len(frames):
            if len(got) < 4000 and len(got) % 400 == 0:
                time.sleep(0.1)  # rings and the socket's buffer fill up meanwhile
            got.append(link.recv(16384))
        self.assertEqual(forward.wait(), 0, forward.err)
        self.assertEqual(captures.first_difference(frames, got), "")
        self.assertEqual(forward.report["forwarded_a_to_b"], len(frames))
        self.assert_well_behaved(self.stop_model(model))


class Generators(harness.SystemTest):
    def run_generators(self, seconds, *arguments, size=64, spread=False):
        model = self.start_model({"a.sock": f"generate:{size}", "b.sock": f"generate:{size}"},
                                 *(["--spread"] if spread else []))
        forward = self.forward("--json", "--seconds", seconds, *arguments)
        reports = self.stop_model(model)
        self.assert_well_behaved(reports)
        for report in reports.values():
            self.assert_verified(report["wire"], least=1000)
        return forward.report, reports

    def test_both_directions_at_full_rate(self):
        _, reports = self.run_generators(scaled(10, 5), "--touch")
        for report in reports.values():
            self.assertEqual(report["wire"]["frame_size"], 64)

    def test_four_queues_keep_every_flow_in_order(self):
        _, reports = self.run_generators(scaled(2, 4), "--queues", 4, spread=True)
        self.assertEqual(len(reports), 2)

    def test_four_relays_each_way_keep_every_flow_in_order(self):
        self.run_generators(scaled(2, 4), "--relay", "--poll", "--queues", 4, spread=True)

    def test_all_queues(self):
        self.run_generators(scaled(1, 4), "--queues", 64, spread=True)

    def test_the_driver_counts_what_the_wires_count(self):
        forward, reports = self.run_generators(scaled(1, 3), size=200)
        a, b = forward["ports"]
        self.assertEqual(forward["forwarded_a_to_b"], reports["b.sock"]["wire"]["received"])
        self.assertEqual(forward["forwarded_b_to_a"], reports["a.sock"]["wire"]["received"])
        self.assertEqual(forward["forwarded"],
                         forward["forwarded_a_to_b"] + forward["forwarded_b_to_a"])
        self.assertEqual(b["tx"]["frames"], forward["forwarded_a_to_b"])
        self.assertEqual(a["rx"]["frames"], forward["forwarded_a_to_b"])
        for port, report in ((a, reports["a.sock"]), (b, reports["b.sock"])):
            self.assertEqual(port["tx"]["frames"], report["frames_out"])
            # Read while the last ones wait to be sent.
            self.assertLessEqual(port["device"]["tx_packets"], report["frames_out"])
            self.assertGreaterEqual(report["frames_in"], port["rx"]["frames"])
            self.assertEqual(port["rx"]["bad_frame"] + port["rx"]["bad_length"], 0)

    def test_round_trips_over_a_reflecting_wire(self):
        model = self.start_model({"a.sock": "generate:64@100k", "b.sock": "reflect"})
        self.forward("--seconds", 1, "--touch")
        reports = self.stop_model(model)
        self.assert_verified(reports["a.sock"]["wire"])
        self.assert_well_behaved(reports)

    def test_frames_that_are_all_too_long_pass_none_and_harm_nothing(self):
        model = self.start_model({"a.sock": "generate:9000@10k", "b.sock": "reflect"})
        forward = self.forward("--json", "--seconds", 1, "--mtu", 1500)
        self.assertEqual(forward.report["forwarded"], 0)
        self.assertGreater(forward.report["ports"][0]["device"]["rx_oversize"], 0)
        self.assert_well_behaved(self.stop_model(model))


class LongRun(harness.SystemTest):
    def test_a_minute_at_full_rate(self):
        model = self.start_model({"a.sock": "generate:64", "b.sock": "reflect"})
        self.assertEqual(self.start_forward("--seconds", 60).wait(120), 0)
        reports = self.stop_model(model)
        self.assert_verified(reports["a.sock"]["wire"], least=1_000_000)
        self.assert_well_behaved(reports)


if __name__ == "__main__":
    harness.main()
