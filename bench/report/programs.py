"""The programs that are measured, as children that do not outlive this process."""

import contextlib
import ctypes
import importlib.util
import json
import os
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILDS = {"guarded": "release", "unguarded": "unguarded"}
LOOPS = {"queues": "forward_loop", "relay": "relay_loop"}
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Failed(Exception):
    """A program did not do what was asked; the words are for the user."""


def program(build, name):
    folder = ROOT / "build" / BUILDS[build]
    return str(folder / name if name == "bulkhead" else folder / "bench" / name)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def start(command, core=None, **options):
    """Without a core it runs on all that this process may use."""
    def prepare():
        _die_with_parent()
        if core is not None:
            os.sched_setaffinity(0, {core})
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
               "text": True, **options}
    try:
        return subprocess.Popen(command, preexec_fn=prepare, **options)
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}. Run bench/run without --built") from error


def finish(child, patience=120):
    """What it printed; it must end well, and in time."""
    try:
        out, errors = child.communicate(timeout=patience)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{child.args[0]} has not ended after {patience} s") from error
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode != 0:
        raise Failed(f"{' '.join(child.args)}: exit code {child.returncode}: {errors.strip()[-500:]}")
    return out


def run(command, patience=120, **options):
    return finish(start(command, **options), patience)


def parse(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failed(f"no JSON: {text.strip()[:200]!r}") from error


def loop_command(build, loop, batch, bursts, pages="4k"):
    return [program(build, LOOPS[loop]), "--ticks", "--pages", pages, str(batch), str(bursts)]


def parse_loop(text):
    """{"batch", "ticks_per_frame", "ticks_per_second"}"""
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
    except (SystemExit, OSError) as error:
        raise Failed(f"counting instructions: {error}") from error


class Model:
    """Two modelled ports in one process, on the first core that there is."""

    def __init__(self, folder, wires, core):
        self.sockets = [f"{folder}/{name}.sock" for name in "ab"]
        words = [word for path, wire in zip(self.sockets, wires)
                 for word in ("--socket", path, "--wire", wire)]
        self._child = start([program("guarded", "bulkhead"), "model", "ixgbe", "--json", *words],
                            core=core)
        for _ in wires:
            if not self._child.stdout.readline().startswith("listening on"):
                self._child.kill()
                raise Failed(f"the model has not started: {self._child.communicate()[1]}")

    @property
    def ports(self):
        return [f"vfio-user:{path}" for path in self.sockets]

    def stop(self):
        """Its report."""
        self._child.terminate()
        return parse(finish(self._child, 30))

    def kill(self):
        if self._child.poll() is None:
            self._child.kill()
            self._child.communicate()


@contextlib.contextmanager
def modelled(folder, wires, core):
    model = Model(folder, wires, core)
    try:
        yield model
    finally:
        model.kill()


def forward_command(model, options, command=("forward",)):
    return [program("guarded", "bulkhead"), *command, *model.ports, "--quiet", *map(str, options)]


def forward(model, seconds, options, core, command=("forward",)):
    """What `bulkhead forward --json` reports."""
    words = forward_command(model, ["--touch", "--json", "--seconds", seconds, *options],
                            command)
    return parse(run(words, core=core))
