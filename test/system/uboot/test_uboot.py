# SPDX-License-Identifier: BSD-2-Clause
"""The card images boot through Debian's U-Boot, unattended: a smoke test of the
whole system on each board, from the card and over the network; with the same
options as a direct boot."""

import hashlib
import os
import re
import subprocess

import pexpect
import pytest
from insula import DEBUG, RELEASE, TOP, bare, run

RUN = os.path.join(TOP, "scripts/run")
WAYS = [("virt", "uboot"), ("virt", "tftp"), ("raspi3b", "uboot")]
ways = pytest.mark.parametrize("board,boot", WAYS)


def image(board):
    return os.path.join(TOP, "build/image", f"{board}.img")


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


@ways
def test_the_system_works_after_u_boot(board, boot, tmp_path):
    """A command, an update under load, a crash and the restart; the card stays as it is."""
    before = digest(image(board))
    log = tmp_path / "console"
    r = run("echo up\n"
            "hammer kv --clients 4 --calls 2000 & update kv /boot/kv-2 ; update kv /boot/kv-1 ; wait\n"
            "hammer kv --clients 2 --calls 2000 & kill kv ; wait\n"
            "false", board=board, boot=boot, console=str(log))
    assert r.status == 1, str(r)
    assert r.output.startswith("up\n") and r.output.count("COMMITTED kv") == 2, str(r)
    assert "sent=8000 answered=8000 lost=0 repeated=0 reordered=0" in r.output, str(r)
    assert "sent=4000 answered=4000 lost=0 repeated=0 reordered=0" in r.output, str(r)
    assert "U-Boot" not in r.output and "Starting kernel" not in r.output, "U-Boot's output is no command's"
    assert digest(image(board)) == before

    said = log.read_text(errors="replace")
    assert "Starting kernel ..." in said and "Hit any key" not in said, said
    way = {"uboot": "Found /extlinux/extlinux.conf", "tftp": "pxelinux.cfg/default"}[boot]
    assert way in said and ("Loading Environment from" in said), said
    assert not re.search(r"bad CRC|using default environment", said), said


@ways
def test_files_and_boot_arguments_are_added_for_one_run(board, boot, tmp_path):
    (tmp_path / "greeting").write_text("hello from outside\n")
    before = digest(image(board))
    r = run("cat /boot/greeting", board=board, boot=boot, add=str(tmp_path), append="one=1 two")
    assert (r.status, r.output) == (0, "hello from outside\n"), str(r)
    assert digest(image(board)) == before


@pytest.mark.parametrize("given", [{"el": 2, "gic": 3}, {"el": 1, "cpu": "cortex-a72", "mem": "128M"},
                                   {"smp": 4}])
def test_virt_takes_the_options_of_a_direct_boot(given):
    r = run("echo up", board="virt", boot="uboot", **given)
    assert (r.status, r.output) == (0, "up\n"), str(r)


@pytest.mark.parametrize("board", ["virt", "raspi3b"])
def test_another_kernel_boots_from_a_copy_of_the_card(board):
    """The program that looks at what the kernel hands to the first process, at EL and in
    the place that U-Boot chose."""
    builds = (DEBUG, RELEASE) if board == "virt" else (RELEASE,)
    bare("boot", board=board, boot="uboot", card=image(board), builds=builds)


@pytest.mark.parametrize("board", ["virt", "raspi3b"])
def test_the_untouched_card_boots_to_a_prompt(board):
    """As a person runs it: nothing is copied or changed, and keys reach the shell."""
    child = pexpect.spawn(RUN, [f"--board={board}", "--boot=uboot", "--show"], timeout=60)
    try:
        child.expect(re.escape(f"file={image(board)}"))
        child.expect("Starting kernel")
        child.expect("lists the commands")
        child.send("echo a b\r")
        child.expect("echo a b\r+\na b\r+\n")
        child.send("poweroff\r")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


@pytest.mark.parametrize("args,says", [
    (["--board=raspi3b", "--boot=tftp"], "no network"),
    (["--boot=uboot", "--mem=64M"], "at least 128M"),
    (["--boot=uboot", "--icount"], "boot directly"),
    (["--boot=moon"], "invalid choice"),
    (["--card=x.img"], "--card is for --boot"),
    (["--boot=uboot", "--card=/nonexistent"], "make image BOARD=virt"),
    (["--boot=uboot", "--card=build/Image"], "not a card image"),
    (["--boot=uboot", "--image=/nonexistent"], "no kernel image"),
    (["--boot=uboot", "--add=/nonexistent"], "no such directory"),
])
def test_what_does_not_go_together_is_120_with_one_line(args, says):
    p = subprocess.run([RUN, *args, "-c", "true"], capture_output=True, text=True, check=False, cwd=TOP)
    assert p.returncode == 120 and p.stdout == "", p.stderr
    assert p.stderr.count("\n") == 1 and says in p.stderr, p.stderr
