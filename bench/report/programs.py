"""The programs that are measured, as children that do not outlive this process."""

import contextlib
import ctypes
import importlib.util
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILDS = {"guarded": "release", "unguarded": "unguarded"}
LOOPS = {"queues": "forward_loop", "relay": "relay_loop"}
PATIENCE = 120  # seconds, for whatever is waited for
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Failed(Exception):
    """A program did not do what was asked; the words are for the user."""


def program(build, name):
    folder = ROOT / "build" / BUILDS[build]
    return str(folder / name if name == "bulkhead" else folder / "bench" / name)


def needed():
    """All that bench/run builds."""
    return [program("guarded", name) for name in ("bulkhead", "recovery")] + [
        program(build, name) for build in BUILDS for name in LOOPS.values()]


def start(command, core=None, priority=None, **options):
    """Without a core it runs on all that this process may use; a priority is a real-time one."""
    def prepare():
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if core is not None:
            os.sched_setaffinity(0, {core})
        if priority is not None:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               "text": True, **options}
    try:
        return subprocess.Popen([str(word) for word in command], preexec_fn=prepare, **options)
    except (OSError, subprocess.SubprocessError) as error:
        why = getattr(error, "strerror", None) or error
        raise Failed(f"{command[0]}: {why}") from error


class Child:
    """A program beside this one, which has ended when the block does. What it prints goes to files:
    nobody has to read it meanwhile, and no pipe fills up."""

    def __init__(self, command, core=None, priority=None):
        self.command = [str(word) for word in command]
        self._out, self._errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        try:
            self._process = start(self.command, core, priority, stdout=self._out, stderr=self._errors)
        except Failed:
            self._out.close()
            self._errors.close()
            raise
        self.pid = self._process.pid

    @staticmethod
    def _text(file):
        # The child writes at the file's position, which is therefore left alone.
        return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode(errors="replace")

    def printed(self):
        return self._text(self._out)

    def told(self):
        return self._text(self._errors)

    def complaints(self):
        return self.told().strip()[-500:]

    def running(self):
        return self._process.poll() is None

    def wait_until(self, condition, what, patience=PATIENCE):
        end = time.monotonic() + patience
        while not condition():
            if not self.running():
                raise Failed(f"{self.command[0]} has ended before {what}: {self.complaints()}")
            if time.monotonic() > end:
                raise Failed(f"{self.command[0]}: waited {patience} s for {what}")
            time.sleep(0.005)

    def wait(self, patience=PATIENCE):
        """Its exit code."""
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{self.command[0]} has not ended after {patience} s") from error
        finally:
            self.kill()

    def finish(self, patience=PATIENCE):
        """What it printed; it must end well, and in time."""
        code = self.wait(patience)
        if code != 0:
            raise Failed(f"{' '.join(self.command)}: exit code {code}: {self.complaints()}")
        return self.printed()

    def terminate(self):
        self._process.terminate()

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.running():
            self._process.kill()
            self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self._out.close()
        self._errors.close()


def run(command, patience=PATIENCE, **options):
    with Child(command, **options) as child:
        return child.finish(patience)


def parse(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failed(f"no JSON: {text.strip()[:200]!r}") from error


def loop_command(build, loop, batch, bursts, pages="4k"):
    return [program(build, LOOPS[loop]), "--ticks", "--pages", pages, batch, bursts]


def parse_loop(text):
    """{"batch", "ticks_per_frame", "ticks_per_second", "began_ns", "ended_ns"}"""
    result = parse(text)
    if result["ticks_per_frame"] <= 0:
        raise Failed(f"batch {result['batch']}: longer bursts took no longer than short ones; the "
                     "machine is too busy to measure on")
    return result


def run_loop(build, loop, batch, bursts, pages="4k", core=None):
    return parse_loop(run(loop_command(build, loop, batch, bursts, pages), core=core))


def count_instructions(build, loop, batch):
    path = ROOT / "tests/instructions/count.py"
    spec = importlib.util.spec_from_file_location("count", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        return module.per_packet(program(build, LOOPS[loop]), batch)
    except (SystemExit, OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"counting instructions: {error}") from error


class Model:
    """Two modelled ports in one process."""

    def __init__(self, child, program_path, sockets):
        self._child, self.program = child, program_path
        self.ports = [f"vfio-user:{path}" for path in sockets]

    def stop(self):
        """Its report."""
        self._child.terminate()
        text = self._child.finish(30)
        return parse(text[max(text.find("{"), 0):])


@contextlib.contextmanager
def modelled(folder, wires, core=None, priority=None, program_path=None):
    sockets = [f"{folder}/{name}.sock" for name in "ab"]
    program_path = program_path or program("guarded", "bulkhead")
    words = [word for path, wire in zip(sockets, wires)
             for word in ("--socket", path, "--wire", wire)]
    with Child([program_path, "model", "ixgbe", "--json", *words], core, priority) as child:
        child.wait_until(lambda: child.printed().count("listening on") == len(sockets),
                         "the modelled ports listen")
        yield Model(child, program_path, sockets)


def forward_command(model, options, command=("forward",)):
    return [model.program, *command, *model.ports, "--quiet", *options]


def forward(model, seconds, options, core=None, command=("forward",), priority=None):
    """What `bulkhead forward --json` reports."""
    words = forward_command(model, ["--touch", "--json", "--seconds", seconds, *options], command)
    return parse(run(words, seconds + PATIENCE, core=core, priority=priority))
