"""`bulkhead forward` between two vhost-user back ends, and what it says of bad ones."""

import captures
import harness
from fake_back_end import GET_VRING_BASE, SET_MEM_TABLE, FakeBackEnd
from harness import scaled, wait_until

FAILURE = 1


class Forward(harness.SystemTest):
    def serve(self, **of_b):
        frames = captures.make_frames(scaled(5_000, 1_000), seed=11)
        a = FakeBackEnd(self.path("a.sock"), frames)
        b = FakeBackEnd(self.path("b.sock"), **of_b)
        for back_end in (a, b):
            self.addCleanup(back_end.listener.close)
        return frames, a, b

    def start_between(self, *arguments):
        # Leaks can be looked for outside of the sandbox only.
        unconfined = ["--no-sandbox"] if harness.SANITIZERS else []
        return self.start("forward", "forward", f"vhost-user:{self.path('a.sock')}",
                          f"vhost-user:{self.path('b.sock')},split", *arguments, *unconfined)

    def assert_forwards(self, *arguments):
        frames, a, b = self.serve()
        forward = self.start_between("--json", *arguments)
        wait_until(lambda: len(b.received) == len(frames) or not forward.running(), "the frames")
        self.assertEqual(forward.stop(), 0, forward.err)
        for back_end in (a, b):
            back_end.join(harness.PATIENCE)
            self.assertIsNone(back_end.trouble)
            self.assertEqual(back_end.seen.count(GET_VRING_BASE), 2, "both rings are stopped")
        self.assertEqual(captures.first_difference(frames, b.received), "")
        self.assertEqual(forward.report["forwarded_a_to_b"], len(frames))
        self.assertEqual(a.received, [])

    def test_frames_pass_between_two_that_wake_the_forwarder(self):
        self.assert_forwards()

    def test_frames_pass_between_two_that_are_polled(self):
        self.assert_forwards("--poll")

    def test_one_that_dies_is_a_device_that_has_gone(self):
        frames, _, b = self.serve()
        forward = self.start_between()
        wait_until(lambda: len(b.received) == len(frames) or not forward.running(), "the frames")
        b.hang_up()
        self.assertEqual(forward.wait(), FAILURE)
        self.assertRegex(forward.err, r"bulkhead: .*vhost-user:.*b\.sock.*the back end has gone")

    def test_what_one_refuses_is_named(self):
        self.serve(refused={SET_MEM_TABLE})
        forward = self.start_between()
        self.assertEqual(forward.wait(), FAILURE)
        self.assertRegex(forward.err, r"b\.sock: SET_MEM_TABLE: the back end refused")

    def test_a_compartment_takes_none_and_connects_to_none(self):
        _, a, _ = self.serve()
        for arguments in (["forward", f"vhost-user:{self.path('a.sock')}", "vfio-user:b"],
                          ["netdev", f"vhost-user:{self.path('a.sock')}", "--name", "none"]):
            run = self.start("run", "run", *arguments)
            self.assertEqual(run.wait(), FAILURE)
            self.assertRegex(run.err, r"a\.sock: another process cannot run a back end's queues")
        self.assertIsNone(a.client)

    def test_the_data_path_may_write_and_no_more(self):
        if harness.SANITIZERS:
            self.skipTest("a sanitizer's runtime makes system calls of its own")
        self.serve()
        shown = self.start_between("--poll", "--show-confinement", "--json")
        self.assertEqual(shown.wait(), 0, shown.err)
        data_path = shown.report["observed"]["system_calls"][1]
        calls = data_path["pass"] + data_path["pass_with_conditions"]
        self.assertIn("write", calls)
        self.assertNotIn("pwrite64", calls)

    def test_a_path_that_nobody_serves_is_named(self):
        forward = self.start_between()
        self.assertEqual(forward.wait(), FAILURE)
        self.assertRegex(forward.err, r"vhost-user:.*a\.sock: there is no socket")


if __name__ == "__main__":
    harness.main()
