# SPDX-License-Identifier: BSD-2-Clause
"""What a board tells of itself, its random numbers, its watchdog and its reset, on
both boards; and where services are in the pathname space."""

import os
import re

import pytest

from insula import BOOT_FAILURE, RELEASE, TOP, ok, run

BOTH = pytest.mark.parametrize("board", ["virt", "raspi3b"])
PROGRAMS = os.path.join(TOP, RELEASE, "test-root")


def test_board_prints_all_that_the_mailbox_tells():
    """The figures are those of QEMU's model of the firmware."""
    out = ok("board", board="raspi3b")
    assert re.search(r"^board        Raspberry Pi 3 Model B \(raspberrypi,3-model-b\)$", out, re.M), out
    assert re.search(r"^revision     a02082, firmware \d+$", out, re.M), out
    assert re.search(r"^serial       [0-9a-f]{16}$", out, re.M), out
    assert re.search(r"^memory       processor 960 MiB at 0x00000000, VideoCore 64 MiB at 0x3c000000$", out, re.M), out
    assert re.search(r"^clocks       processor \d+\.\d{3} MHz$", out, re.M), out
    assert re.search(r"^ +UART 3\.000 MHz$", out, re.M), out
    assert re.search(r"^temperature  25\.0 degrees Celsius, at most \d+$", out, re.M), out


def test_board_again_and_again_says_the_same():
    out = ok("board ; board ; board", board="raspi3b")
    third = len(out) // 3
    assert out == out[:third] * 3


def test_board_says_what_a_board_has_not():
    r = run("board")
    assert r.status == 1, str(r)
    assert r.output.splitlines() == [
        "board        linux,dummy-virt (linux,dummy-virt)",
        "board: linux,dummy-virt: no mailbox: it tells no revision, serial number, memory split, "
        "clocks or temperature"], str(r)


@BOTH
def test_services_are_names(board):
    listed = set(re.findall(r"^d +0 (\S+)$", ok("ls /svc", board=board), re.M))
    assert {"board", "console", "files", "kv", "memory", "path", "piddb", "process", "random", "rpc",
            "watchdog"} <= listed


def test_a_service_s_name_goes_and_comes_with_its_process():
    out = ok("kill board ; ls /svc ; board", board="raspi3b")
    assert "revision" in out and re.search(r"^d +0 board$", out, re.M), out


def test_the_driver_can_be_updated():
    out = ok("board ; update board /boot/mailbox ; board", board="raspi3b")
    assert "COMMITTED board" in out and out.count("revision     a02082") == 2, out


@BOTH
def test_random_bytes_differ(board):
    out = ok("random 32 ; random 32 ; random ; random --source", board=board).splitlines()
    assert all(re.fullmatch("[0-9a-f]{64}", line) for line in out[:2]) and out[0] != out[1], out
    assert re.fullmatch("[0-9a-f]{32}", out[2]), out
    if board == "virt":
        assert re.search(r"hardware source: none; from the device tree: (4[0-9]|[5-6][0-9]) bytes", out[3]), out
    else:
        assert "hardware source: yes; " in out[3] and "repeated words: 0" in out[3], out


@BOTH
def test_two_boots_have_other_random_bytes(board):
    assert ok("random 64", board=board) != ok("random 64", board=board)


@BOTH
def test_the_generator_s_key_outlives_a_crash_and_an_update(board):
    """Each start mixes in what it finds; a start without the key would count from 0 again."""
    out = ok("random --source ; kill random ; random --source ; update random /boot/entropy ; random --source",
             board=board)
    seeded = [int(n) for n in re.findall(r"; seeded (\d+) times", out)]
    assert len(seeded) == 3 and seeded[0] >= 2 and seeded == [n * seeded[0] for n in (1, 2, 3)], out


def test_without_a_source_there_are_no_random_bytes():
    r = run("random", icount=True)      # QEMU leaves the seed out of the device tree
    assert r.status == 1 and r.output == "random: random: this board has nothing to seed it with\n", str(r)


@pytest.mark.parametrize("count", ["0", "257", "x"])
def test_random_refuses_counts_out_of_range(count):
    r = run(f"random {count}")
    assert r.status == 1 and f"random: {count}: is not a number from 1 to 256" in r.output, str(r)


def ended(r):
    """The machine was reset, which -no-reboot makes its end."""
    assert r.status == BOOT_FAILURE and "the machine ended in: " in r.errors, str(r)


@BOTH
def test_reboot(board):
    ended(run("reboot", board=board))


@BOTH
def test_a_hang_at_the_chosen_priority_resets_the_machine(board):
    """The hog has the shell's priority, 20: nothing of priority 10 runs any more."""
    ended(run("watchdog 2 10 ; watchdog ; hog 30000", board=board, add=PROGRAMS))


@BOTH
def test_a_busy_system_is_not_a_hung_one(board):
    out = ok("watchdog 1 20 ; hog 3000 ; hog 2000 idle ; watchdog ; watchdog off ; watchdog",
             board=board, add=PROGRAMS)
    found = re.search(r"^resets the machine when priority 20 has not run for 1 s; it ran (\d+) times$", out, re.M)
    assert found and int(found.group(1)) >= 10, out
    assert "not armed; " in out


def test_disarmed_it_lets_a_hang_be():
    out = ok("watchdog 1 10 ; watchdog off ; hog 4000 ; echo still", add=PROGRAMS)
    assert out == "still\n"


def test_the_hardware_is_armed_where_there_is_one():
    """QEMU's model of the BCM2835 resets as soon as it is armed: which shows that it was."""
    ended(run("watchdog 5 20 hardware ; hog 8000 idle", board="raspi3b", add=PROGRAMS))
    r = run("watchdog 5 20 hardware")
    assert r.status == 1 and "watchdog: hardware: this board has no watchdog that we know" in r.output, str(r)


@pytest.mark.parametrize("words", ["0", "3601", "16 20 hardware", "5 64", "5 0"])
def test_watchdog_refuses_what_is_out_of_range(words):
    r = run(f"watchdog {words}", board="raspi3b")
    assert r.status == 1 and "out of range" in r.output, str(r)
