"""What goes wrong is said in one line that names it, with the right exit code, and nothing stays."""

import os
import resource
import signal
import socket
import struct
import time

import captures
import harness
from fake_server import GET_INFO, REGION_READ, VERSION, FakeServer
from harness import scaled, wait_until

FAILURE, USAGE = 1, 2
EINVAL = 22


class BadInput(harness.SystemTest):
    def files(self):
        return {path.name for path in self.folder.iterdir()
                if not path.name.endswith((".stdout", ".stderr"))}

    def assert_fails(self, process, code, *words, seconds=harness.PATIENCE):
        """It ends with that code and one line on stderr that has all the words."""
        self.assertEqual(process.wait(seconds), code, process.err)
        lines = [line for line in process.err.splitlines() if line.startswith("bulkhead: ")]
        self.assertEqual(len(lines), 1, process.err)
        self.assertEqual(process.err.splitlines()[-1], lines[0])
        for word in words:
            self.assertIn(word, lines[0])

    def assert_refused(self, code, *words, arguments):
        """`bulkhead ARGUMENTS` fails, says why and leaves no file."""
        before = self.files()
        process = self.start("bulkhead", *arguments)
        self.assert_fails(process, code, *words)
        self.assertEqual(process.out, "")
        self.assertEqual(self.files(), before)

    def serve_badly(self, *words, code=FAILURE, **faults):
        server = FakeServer(self.path("a.sock"), **faults)
        self.addCleanup(server.close)
        forward = self.start_forward()
        self.assert_fails(forward, code, str(self.path("a.sock")), *words)
        return server


class Sockets(BadInput):
    def refuse_forward(self, code, *words, a="a.sock"):
        self.assert_refused(code, *words, arguments=["forward", self.port(a), self.port("b.sock")])

    def test_no_socket(self):
        self.refuse_forward(FAILURE, "there is no socket", str(self.path("a.sock")), "start")

    def test_a_file_that_is_no_socket(self):
        self.path("a.sock").write_text("I am a file")
        self.refuse_forward(FAILURE, "is not a socket")

    def test_a_folder(self):
        self.refuse_forward(FAILURE, "is not a socket", a=".")

    def test_a_datagram_socket(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(str(self.path("a.sock")))
            self.refuse_forward(FAILURE, "is not a stream socket")

    def test_a_socket_whose_server_has_died(self):
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(self.path("a.sock")))
        self.refuse_forward(FAILURE, "nobody serves", "start it again")

    def test_a_path_too_long_for_a_socket(self):
        self.refuse_forward(USAGE, "at most", a="x" * 120)

    def test_a_name_that_is_no_device(self):
        self.assert_refused(USAGE, "'a.sock' names no device", "vfio-user:PATH",
                            arguments=["forward", "a.sock", "b.sock"])

    def test_the_second_port_missing(self):
        model = self.start_model({"a.sock": "reflect"})
        self.assert_fails(self.start_forward(), FAILURE, "there is no socket", "b.sock")
        self.assertTrue(model.running())

    def test_one_port_given_twice(self):
        self.start_model({"a.sock": "reflect"})
        self.assert_fails(self.start_forward(b="a.sock"), FAILURE, "does it have another?", "a.sock")

    def test_a_model_where_a_file_is(self):
        self.path("a.sock").write_text("precious")
        self.assert_refused(FAILURE, "exists and is not a socket", arguments=[
            "model", "ixgbe", "--socket", self.path("a.sock"), "--wire", "reflect"])
        self.assertEqual(self.path("a.sock").read_text(), "precious")

    def test_a_model_where_another_listens(self):
        model = self.start_model({"a.sock": "reflect"})
        self.assert_refused(FAILURE, "a server is listening", arguments=[
            "model", "ixgbe", "--socket", self.path("a.sock"), "--wire", "reflect"])
        self.stop_model(model)

    def test_a_model_in_a_folder_that_is_not_there(self):
        self.assert_refused(FAILURE, "No such file", arguments=[
            "model", "ixgbe", "--socket", self.path("no/a.sock"), "--wire", "reflect"])


class Servers(BadInput):
    def test_another_version_of_vfio_user(self):
        self.serve_badly("the server speaks vfio-user 1.0, this client 0.1", version=(1, 0))

    def test_a_bar_too_small(self):
        self.serve_badly("BAR 0 has 0x1000 bytes", bar_size=4096)

    def test_a_refusal(self):
        self.serve_badly("DEVICE_GET_INFO", "the server refused", refused={GET_INFO: EINVAL})

    def test_silence(self):
        server = self.serve_badly("REGION_READ", "no reply within 5 s", silent={REGION_READ})
        self.assertEqual(server.seen.count(REGION_READ), 1)

    def test_a_device_of_somebody_else(self):
        self.start_model({"a.sock": "reflect"}, "--device-id", "0x1572")
        self.assert_fails(self.start_forward(), FAILURE, "no driver here knows", "8086:1572")

    def test_noise(self):
        self.serve_badly("VERSION", garbage=b"HTTP/1.1 400 Bad Request\r\n\r\n")

    def test_a_server_that_is_stopped_before_it_answers(self):
        model = self.start_model({"a.sock": "reflect", "b.sock": "reflect"})
        model.send(signal.SIGSTOP)
        forward = self.start_forward()
        self.assert_fails(forward, FAILURE, "VERSION", "no reply within 5 s")
        model.send(signal.SIGCONT)
        self.forward("--seconds", 0.1)
        self.stop_model(model)

    def test_a_server_killed_in_mid_run_is_noticed_soon(self):
        for number, victim in enumerate(("a.sock", "b.sock")):
            with self.subTest(victim):
                models = {name: self.start_model({name: "generate:64@20k"})
                          for name in ("a.sock", "b.sock")}
                forward = self.start_forward()
                self.await_link(forward)
                models[victim].end()
                killed = time.monotonic()
                self.assert_fails(forward, FAILURE, victim, "gone")
                self.assertLess(time.monotonic() - killed, 10)  # a second, on a machine that is free
                for model in models.values():
                    model.end()

    def test_a_client_that_speaks_nonsense_is_thrown_out_and_the_next_one_served(self):
        model = self.start_model({"a.sock": "reflect", "b.sock": "reflect"})
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(harness.PATIENCE)
            client.connect(str(self.path("a.sock")))
            client.sendall(struct.pack("<HHIII", 1, VERSION, 0xFFFFFFFF, 0, 0) + bytes(100))
            try:
                self.assertEqual(client.recv(100), b"")
            except ConnectionResetError:  # its end, with some of our bytes unread
                pass
        wait_until(lambda: "4294967295 bytes" in model.err, "the model to say why")
        self.forward("--seconds", 0.1)
        self.stop_model(model)


class Options(BadInput):
    def test_numbers_out_of_range(self):
        for option, values in {"--batch": (0, 257, 10_000, -1, "many"), "--queues": (0, 65),
                               "--threads": (0, 65),
                               "--mtu": (10, 67, 9729, 2**32 + 1500), "--seconds": (0, -1, "long"),
                               "--count": (0, -5), "--idle": (0,)}.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    self.assert_refused(USAGE, option, arguments=[
                        "forward", self.port("a"), self.port("b"), option, value])

    def test_seconds_that_are_no_number_at_all(self):
        for value in ("nan", "-inf"):
            with self.subTest(value):
                self.assert_refused(USAGE, "--seconds", arguments=[
                    "forward", self.port("a"), self.port("b"), "--seconds", value])

    def test_wires_that_are_none(self):
        for wire in ("foo:", "foo", "", "generate:", "generate", "generate:10", "generate:10000",
                     "generate:64@", "generate:64@0", "generate:64@fast", "pcap:", "pcap:in,",
                     "tap:", "tap:" + "x" * 16, "tap:a/b", "link:", "reflect:x"):
            with self.subTest(wire):
                self.assert_refused(USAGE, arguments=[
                    "model", "ixgbe", "--socket", self.path("a.sock"), "--wire", wire])

    def test_more_sockets_than_wires(self):
        self.assert_refused(USAGE, "2 sockets and 1 wires", arguments=[
            "model", "ixgbe", "--socket", self.path("a"), "--socket", self.path("b"),
            "--wire", "reflect"])

    def test_one_socket_for_two_ports(self):
        self.assert_refused(FAILURE, "listening", arguments=[
            "model", "ixgbe", "--socket", self.path("a"), "--socket", self.path("a"),
            "--wire", "reflect", "--wire", "reflect"])

    def test_a_device_id_of_more_than_16_bits(self):
        self.assert_refused(USAGE, "--device-id", arguments=[
            "model", "ixgbe", "--socket", self.path("a"), "--wire", "reflect",
            "--device-id", "0x18086"])


class InputFiles(BadInput):
    def refuse_input(self, code, *words, content=None):
        if content is not None:
            self.path("in.pcap").write_bytes(content)
        self.assert_refused(code, "in.pcap", *words, arguments=[
            "model", "ixgbe", "--socket", self.path("a.sock"),
            "--wire", f"pcap:{self.path('in.pcap')}"])

    def test_a_file_that_is_not_there(self):
        self.refuse_input(FAILURE, "No such file")

    def test_a_file_that_is_no_capture(self):
        self.refuse_input(FAILURE, "pcap", content=b"Dear reader, " * 100)

    def test_an_empty_file(self):
        self.refuse_input(FAILURE, "pcap", content=b"")

    def test_a_capture_of_something_else_than_ethernet(self):
        self.refuse_input(FAILURE, "not Ethernet", content=captures.file_header(link_type=105))

    def test_a_folder(self):
        self.path("in.pcap").mkdir()
        self.refuse_input(FAILURE, "in.pcap")

    def replay(self, content, frames):
        """What comes out of a damaged file, and the model that replayed it."""
        self.path("in.pcap").write_bytes(content)
        model = self.start_model({"a.sock": f"pcap:{self.path('in.pcap')}",
                                  "b.sock": f"pcap:,{self.path('out.pcap')}"})
        self.forward("--count", frames)
        model.send(signal.SIGTERM)
        return captures.read(self.path("out.pcap")) if not model.wait() else None, model

    def test_a_capture_cut_short_gives_what_it_has_and_is_a_failure(self):
        frames = captures.make_frames(10, seed=1)
        whole = captures.file_header() + b"".join(map(captures.record, frames))
        _, model = self.replay(whole[:-5], 9)
        self.assert_fails(model, FAILURE, "in.pcap", "packet 10", "truncated", "were sent")
        got = captures.read(self.path("out.pcap"))
        self.assertEqual(captures.first_difference(frames[:9], got), "")

    def test_a_record_that_claims_to_be_huge_ends_the_replay(self):
        frames = captures.make_frames(5, seed=2)
        head = captures.file_header() + b"".join(map(captures.record, frames))
        huge = struct.pack("<IIII", 0, 0, 0x7FFFFFFF, 0x7FFFFFFF)
        _, model = self.replay(head + huge + bytes(1000), 5)
        self.assert_fails(model, FAILURE, "in.pcap", "packet 6")


class OutputFiles(BadInput):
    def test_a_folder_that_is_not_there(self):
        self.assert_refused(FAILURE, "No such file", "folder", arguments=[
            "model", "ixgbe", "--socket", self.path("a.sock"),
            "--wire", f"pcap:,{self.path('no/out.pcap')}"])

    def test_a_disk_that_fills_up_is_a_failure_and_leaves_no_half_file(self):
        frames = captures.make_frames(scaled(5_000, 2_000), seed=3)
        captures.write(self.path("in.pcap"), frames)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

        # Shared memory counts as a file: a model's is smaller than the limit, a driver's is not.
        model = self.start_model({"a.sock": f"pcap:{self.path('in.pcap')}",
                                  "b.sock": f"pcap:,{self.path('out.pcap')}"}, setup=limit)
        self.forward("--count", len(frames))
        model.send(signal.SIGTERM)
        self.assert_fails(model, FAILURE, "out.pcap", "File too large")
        self.assertEqual(self.files(), {"in.pcap"})

    def test_a_disk_that_is_full_from_the_start(self):
        os.symlink("/dev/full", self.path("out.pcap.partial"))
        process = self.start("model", "model", "ixgbe", "--socket", self.path("a.sock"), "--wire",
                             f"pcap:,{self.path('out.pcap')}")
        self.assert_fails(process, FAILURE, "out.pcap", "No space left")
        self.assertEqual(self.files(), set())


if __name__ == "__main__":
    harness.main()
