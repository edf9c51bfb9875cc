"""What the benchmarks of whole jobs share: a random checkpoint, and the time and memory of a process."""

import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def measured(command, allowed=(0,), **environment):
    """Wall seconds, CPU seconds and the largest resident set (kB) of a process and those that it waited for."""
    log = subprocess.DEVNULL
    # What an earlier process left for the system to write is not this one's work.
    os.sync()
    begin = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], stdout=log, stderr=log, env=os.environ | environment)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) not in allowed:
        sys.exit(f"exit status {os.waitstatus_to_exitcode(status)}: {' '.join(map(str, command))}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def line(what, wall, cpu, peak, beside=""):
    print(f"{what:<44}{wall:>9.1f} s{cpu:>9.1f} s{peak / 1000:>9.0f} MB  {beside}", flush=True)


def checkpoint(shape, work):
    folder = work / f"random-{shape}"
    if not folder.exists():
        subprocess.run([ROOT / "pennyweight", "--version"], check=True, stdout=subprocess.DEVNULL)
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
    print(f"{'':<44}{'wall':>11}{'CPU':>11}{'peak':>12}", flush=True)


def times(reference, own):
    """How many times faster our job was: both as `measured` gives them."""
    return f"{reference[0] / own[0]:.1f} times by wall clock, {reference[1] / own[1]:.1f} by CPU"
