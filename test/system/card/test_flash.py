# SPDX-License-Identifier: BSD-2-Clause
"""scripts/flash writes a card and nothing but a card: each refusal, against a
machine whose disks are made up in a folder; and the writing, on plain files and,
where one can be had, on a loop device."""

import importlib.machinery
import importlib.util
import os
import re
import subprocess

import pexpect
import pytest
from insula import TOP

TOOL = os.path.join(TOP, "scripts/flash")
MIB = 1 << 20


def load():
    loader = importlib.machinery.SourceFileLoader("flash", TOOL)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("flash", loader))
    loader.exec_module(module)
    return module


flash = load()


class Machine(flash.System):
    """Disks made of files: /dev/NAME is a plain file that passes for a block
    device, and its /sys folder says what a test wants."""

    def __init__(self, root):
        super().__init__(root)
        self.root = root
        self.numbers = {}
        for folder in ("sys/dev/block", "proc/self", "dev"):
            (root / folder).mkdir(parents=True)
        (root / "proc/self/mountinfo").write_text("")
        (root / "proc/swaps").write_text("Filename Type Size Used Priority\n")

    def number(self, path):
        os.stat(path)
        return self.numbers.get(str(path))

    def disk(self, name, size=8 * MIB, under="sys/devices", **says):
        folder = self.root / under / name
        number = f"{8 + len(self.numbers)}:0"
        (folder / "device").mkdir(parents=True)
        (folder / "holders").mkdir()
        says = {"size": size // 512, "dev": number, "removable": 1, "ro": 0, "device/vendor": "Acme",
                "device/model": "Card", **says}
        for key, value in says.items():
            (folder / key).write_text(f"{value}\n")
        return self.device(name, folder, number, size)

    def device(self, name, folder, number, size):
        (self.root / "sys/dev/block" / number).symlink_to(folder)
        path = self.root / "dev" / name
        with open(path, "wb") as f:
            f.truncate(size)
        self.numbers[str(path)] = number
        return path

    def part(self, disk, name, number):
        folder = self.root / "sys/devices" / disk / name
        (folder / "holders").mkdir(parents=True)
        (folder / "partition").write_text("1\n")
        (folder / "dev").write_text(number + "\n")
        return self.device(name, folder, number, MIB)

    def mount(self, number, place, source="/dev/sdb1"):
        with open(self.root / "proc/self/mountinfo", "a", encoding="utf-8") as f:
            f.write(f"36 35 {number} / {place} rw,noatime shared:1 - vfat {source} rw\n")


@pytest.fixture(name="machine")
def fixture_machine(tmp_path):
    return Machine(tmp_path / "machine")


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    path = tmp_path / "card.img"
    path.write_bytes(bytes(510) + b"\x55\xaa" + os.urandom(3 * MIB))
    return path


def refused(capsys, machine, *args):
    """What is said of it; no disk of the machine was changed."""
    before = {p: p.read_bytes() for p in (machine.root / "dev").iterdir()}
    status = flash.main([*map(str, args), "--yes"], machine)
    assert all(p.read_bytes() == old for p, old in before.items())
    said = capsys.readouterr().err
    assert status == 1 and said.count("\n") == 1, (status, said)
    return said


def test_a_removable_disk_is_written_and_read_back(machine, image, capsys):
    dev = machine.disk("sdb")
    assert flash.main([str(image), str(dev), "--yes"], machine) == 0
    data = image.read_bytes()
    assert dev.read_bytes() == data + bytes(8 * MIB - len(data))
    said = capsys.readouterr().err
    assert "Acme Card" in said and "8.4 MB" in said and "read back" in said


@pytest.mark.parametrize("says", [
    {"removable": 0, "device/type": "SD"},
    {"removable": 0, "under": "sys/devices/pci/usb1"},
])
def test_card_slots_and_usb_readers_count_as_removable(machine, image, says):
    assert flash.main([str(image), str(machine.disk("x", **says)), "--yes"], machine) == 0


def test_a_fixed_disk_is_refused_unless_told_so(machine, image, capsys):
    dev = machine.disk("sda", removable=0)
    assert "fixed disk" in refused(capsys, machine, image, dev)
    assert flash.main([str(image), str(dev), "--yes", "--fixed"], machine) == 0


def test_a_disk_that_is_too_small_is_refused_with_both_sizes(machine, image, capsys):
    said = refused(capsys, machine, image, machine.disk("sdb", size=2 * MIB))
    assert "does not fit" in said and "3.1 MB" in said and "2.1 MB" in said


def test_an_empty_reader_is_refused(machine, image, capsys):
    assert "no card in it" in refused(capsys, machine, image, machine.disk("sdb", size=0))


def test_a_write_protected_card_is_refused(machine, image, capsys):
    assert "write-protected" in refused(capsys, machine, image, machine.disk("sdb", ro=1))


def test_a_partition_is_refused_and_its_disk_named(machine, image, capsys):
    machine.disk("sdb")
    part = machine.part("sdb", "sdb1", "8:17")
    said = refused(capsys, machine, image, part)
    assert "is a partition" in said and "/dev/sdb" in said


def test_a_mounted_partition_is_refused_with_its_place(machine, image, capsys):
    dev = machine.disk("sdb")
    machine.part("sdb", "sdb1", "8:17")
    machine.mount("8:17", "/media/my\\040card")
    said = refused(capsys, machine, image, dev)
    assert "mounted at /media/my card" in said and "umount" in said


def test_a_mounted_disk_is_refused_though_it_is_fixed_and_told_so(machine, image, capsys):
    dev = machine.disk("sda", removable=0)
    machine.mount(machine.number(dev), "/mnt")
    assert "mounted at /mnt" in refused(capsys, machine, image, dev, "--fixed")


def test_what_has_a_number_of_its_own_is_known_by_its_source(machine, image, capsys):
    dev = machine.disk("sdb")
    machine.part("sdb", "sdb1", "8:17")
    machine.mount("0:42", "/mnt/btrfs", source="/dev/sdb1")
    assert "mounted at /mnt/btrfs" in refused(capsys, machine, image, dev)


@pytest.mark.parametrize("place", ["/", "/boot", "/usr"])
def test_the_disk_of_the_system_is_refused_even_through_an_encrypted_layer(machine, image, capsys, place):
    dev = machine.disk("sdb")
    machine.part("sdb", "sdb1", "8:17")
    machine.disk("dm-0")
    folder = machine.root / "sys/devices"
    (folder / "sdb/sdb1/holders/dm-0").symlink_to(folder / "dm-0")
    machine.mount((folder / "dm-0/dev").read_text().strip(), place, source="/dev/mapper/crypt")
    said = refused(capsys, machine, image, dev, "--fixed")
    assert "this system runs from" in said and place in said


def test_swap_is_refused(machine, image, capsys):
    dev = machine.disk("sdb")
    machine.part("sdb", "sdb1", "8:17")
    (machine.root / "proc/swaps").write_text("Filename Type Size Used Priority\n/dev/sdb1 partition 1 0 -2\n")
    assert "swap (/dev/sdb1)" in refused(capsys, machine, image, dev)


def test_a_plain_file_and_a_loop_device_are_refused_unless_told_so(machine, image, capsys, tmp_path):
    plain = tmp_path / "plain"
    plain.write_bytes(b"old")
    loop = machine.disk("loop0", removable=0)
    assert "plain file" in refused(capsys, machine, image, plain) and plain.read_bytes() == b"old"
    assert "loop device" in refused(capsys, machine, image, loop)
    for dev in (plain, loop):
        assert flash.main([str(image), str(dev), "--yes", "--file"], machine) == 0
        assert dev.read_bytes().startswith(image.read_bytes())


def test_what_is_not_there_or_not_a_disk_is_refused(machine, image, capsys):
    assert "No such file" in refused(capsys, machine, image, "/nonexistent")
    assert "not a block device" in refused(capsys, machine, image, "/dev/null", "--file")


def test_what_is_no_image_is_refused(machine, capsys, tmp_path):
    dev = machine.disk("sdb")
    (tmp_path / "text").write_bytes(b"hello" * 1000)
    assert "not a card image" in refused(capsys, machine, tmp_path / "text", dev)
    assert "make image" in refused(capsys, machine, tmp_path / "nothing", dev)


def test_without_a_terminal_nobody_is_asked_and_nothing_written(image, tmp_path):
    (tmp_path / "card").write_bytes(b"old")
    p = subprocess.run([TOOL, "--file", image, tmp_path / "card"], stdin=subprocess.DEVNULL,
                       capture_output=True, text=True, check=False)
    assert p.returncode == 2 and "--yes" in p.stderr and (tmp_path / "card").read_bytes() == b"old"


@pytest.mark.parametrize("answer", ["", "y", "no", "\x03"])
def test_any_answer_but_yes_writes_nothing(image, tmp_path, answer):
    (tmp_path / "card").write_bytes(b"old")
    child = pexpect.spawn(TOOL, ["--file", str(image), str(tmp_path / "card")], timeout=20)
    child.expect("Everything on .* will be lost.*Type yes: ")
    child.send(answer if answer == "\x03" else answer + "\r")
    child.expect("nothing was written")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 3 and (tmp_path / "card").read_bytes() == b"old"


def test_yes_writes_and_shows_the_progress_of_both_passes(image, tmp_path):
    (tmp_path / "card").write_bytes(b"old")
    child = pexpect.spawn(TOOL, ["--file", str(image), str(tmp_path / "card")], timeout=20)
    child.expect("Type yes: ")
    child.send("yes\r")
    child.expect(r"write +\[#+\] 100 % ")
    child.expect(r"verify +\[#+\] 100 % ")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0 and (tmp_path / "card").read_bytes() == image.read_bytes()


def test_a_card_that_forgets_a_byte_is_5_with_its_offset(machine, image, capsys, monkeypatch):
    dev = machine.disk("sdb")

    def forget(fd):
        byte = os.pread(fd, 1, 2 * MIB + 7)
        os.pwrite(fd, bytes([byte[0] ^ 1]), 2 * MIB + 7)
    monkeypatch.setattr(flash, "forget", forget)
    assert flash.main([str(image), str(dev), "--yes"], machine) == 5
    assert f"byte {2 * MIB + 7} is different" in capsys.readouterr().err


def test_a_card_that_fails_is_4(machine, image, capsys):
    dev = machine.disk("sdb")
    dev.unlink()
    dev.symlink_to("/dev/full")
    assert flash.main([str(image), str(dev), "--yes"], machine) == 4
    assert "No space left" in capsys.readouterr().err


@pytest.mark.parametrize("args", [[], ["a", "b", "c"], ["--nonsense", "x"], ["--board=moon", "x"]])
def test_wrong_usage_is_2_with_one_line(args):
    p = subprocess.run([TOOL, *args], capture_output=True, text=True, check=False)
    assert p.returncode == 2 and p.stderr.count("\n") == 1


def test_help_tells_the_statuses():
    text = subprocess.run([TOOL, "--help"], capture_output=True, text=True, check=True).stdout
    assert [int(n) for n in re.findall(r"^  (\d)  ", text, re.M)] == list(range(6))


def test_the_boards_image_is_the_default(tmp_path):
    (tmp_path / "card").write_bytes(b"")
    p = subprocess.run([TOOL, "--file", "--yes", "--board=raspi4b", tmp_path / "card"],
                       capture_output=True, text=True, check=False)
    assert p.returncode == 0, p.stderr
    with open(os.path.join(TOP, "build/image/raspi4b.img"), "rb") as f:
        assert (tmp_path / "card").read_bytes() == f.read()


@pytest.fixture(name="loop")
def fixture_loop(tmp_path):
    """A loop device of 8 MiB, for whoever may make one."""
    with open(tmp_path / "disk", "wb") as f:
        f.truncate(8 * MIB)
    p = subprocess.run(["losetup", "--find", "--show", tmp_path / "disk"], capture_output=True, text=True,
                       check=False, env=dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin"))
    if p.returncode != 0:
        pytest.skip("no loop device can be had here: " + p.stderr.strip())
    yield p.stdout.strip()
    subprocess.run(["losetup", "-d", p.stdout.strip()], check=True,
                   env=dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin"))


def test_a_real_loop_device_is_written_and_read_back(loop, image, tmp_path):
    p = subprocess.run([TOOL, "--file", "--yes", image, loop], capture_output=True, text=True, check=False)
    assert p.returncode == 0, p.stderr
    assert (tmp_path / "disk").read_bytes().startswith(image.read_bytes())
