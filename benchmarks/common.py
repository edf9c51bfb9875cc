"""What the benchmarks of whole jobs share: a random checkpoint, and the time and memory of a process."""

import os
import pathlib
import subprocess
import sys
import time
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Cost(typing.NamedTuple):
    """Of a process and those that it waited for: seconds until it ended, seconds until what it wrote was on the disk (only
    ours waits for that itself), CPU seconds, and the largest resident set in kB."""

    wall: float
    stored: float
    cpu: float
    peak: int

    def then(self, other):
        return Cost(self.wall + other.wall, self.stored + other.stored, self.cpu + other.cpu, max(self.peak, other.peak))


def measured(command, allowed=(0,), **environment):
    """The Cost of a process."""
    log = subprocess.DEVNULL
    # What an earlier process left for the system to write is not this one's work.
    os.sync()
    begin = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], stdout=log, stderr=log, env=os.environ | environment)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) not in allowed:
        sys.exit(f"exit status {os.waitstatus_to_exitcode(status)}: {' '.join(map(str, command))}")
    os.sync()
    return Cost(wall, time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def line(what, cost, beside=""):
    print(f"{what:<38}{cost.wall:>7.1f} s{cost.stored:>7.1f} s{cost.cpu:>7.1f} s{cost.peak / 1000:>7.0f} MB  {beside}".rstrip(), flush=True)


def spread(what, rounds):
    """How many times faster our job was in several rounds, each a pair of the reference's Cost and ours."""
    walls = [reference.wall / own.wall for reference, own in rounds]
    print(f"{what}: {sum(walls) / len(walls):.1f} times by wall clock in the mean of {len(walls)}, "
          f"{min(walls):.1f} to {max(walls):.1f}", flush=True)


def ready():
    """Builds our program before the first time is taken."""
    subprocess.run([ROOT / "pennyweight", "--version"], check=True, stdout=subprocess.DEVNULL)


def checkpoint(shape, work):
    folder = work / f"random-{shape}"
    if not folder.exists():
        ready()
        subprocess.run([ROOT / "mvnw", "-q", "-f", ROOT / "pom.xml", "test-compile", "-pl", "converter", "-am"], check=True)
        home = subprocess.run(["sh", "-c", f". {ROOT}/.mvn/find-jdk25.sh; find_java25 java"], check=True,
                              capture_output=True, text=True).stdout.strip()
        subprocess.run([f"{home}/bin/java", "--add-modules", "jdk.incubator.vector", "-cp",
                        f"{ROOT}/converter/target/test-classes:{ROOT}/cli/target/pennyweight",
                        "pennyweight.converter.GenerateCheckpoint", ROOT / "testdata/tiny-qwen35", folder, shape],
                       check=True, stderr=subprocess.DEVNULL)
    return folder


def read_through(folder):
    """Reads the weights once, so that neither side pays for a cold disk."""
    for shard in folder.glob("*.safetensors"):
        with open(shard, "rb") as data:
            while data.read(1 << 24):
                pass


def header():
    print(f"{'':<38}{'wall':>9}{'on disk':>9}{'CPU':>9}{'peak':>10}", flush=True)


def times(reference, own):
    """How many times faster our job was: both as `measured` gives them."""
    return (f"{reference.wall / own.wall:.1f} times by wall clock, {reference.stored / own.stored:.1f} on disk, "
            f"{reference.cpu / own.cpu:.1f} by CPU")
