# SPDX-License-Identifier: BSD-2-Clause
"""Card and disk images: whole, as the boards' firmware and U-Boot expect them,
and the same to the byte when they are made again. Read with this file's own
eyes where the format is simple, else with mtools and fsck."""

import os
import re
import struct
import subprocess
import zlib

import pytest
from insula import TOP

TOOL = os.path.join(TOP, "scripts/mkcard")
DEBIAN = os.path.join(TOP, "build/arm64/root/usr")
START = 1 << 20
FIRMWARE = os.path.join(DEBIAN, "lib/raspi-firmware")
COMMON = {"Image", "boot.cpio", "u-boot.bin", "uboot.env", "extlinux/extlinux.conf",
          "licences/insula.txt", "licences/libfdt.txt", "licences/libsodium.txt", "licences/picolibc.txt",
          "licences/u-boot.txt"}
RASPI = {"config.txt", "licences/raspi-firmware.txt", "licences/device-tree.txt"}
HOLDS = {
    "virt": COMMON,
    "raspi3b": COMMON | RASPI | {"bootcode.bin", "start.elf", "fixup.dat", "bcm2837-rpi-3-b.dtb"},
    "raspi4b": COMMON | RASPI | {"start4.elf", "fixup4.dat", "bcm2711-rpi-4-b.dtb"},
}
boards = pytest.mark.parametrize("board", HOLDS)
raspis = pytest.mark.parametrize("board", ["raspi3b", "raspi4b"])


def image(board):
    return os.path.join(TOP, "build/image", f"{board}.img")


def read(path, mode="rb"):
    with open(path, mode) as f:
        return f.read()


def mtools(tool, board, *args):
    p = subprocess.run([tool, "-i", f"{image(board)}@@{START}", *args], capture_output=True, check=True,
                       env=dict(os.environ, MTOOLSRC="/dev/null", TZ="UTC"))
    return p.stdout


def content(board, name):
    return mtools("mcopy", board, "-n", f"::{name}", "-")


def environment(board):
    blob = content(board, "uboot.env")
    crc, = struct.unpack("<I", blob[:4])
    assert crc == zlib.crc32(blob[4:])
    words = blob[4:blob.index(b"\0\0")].decode().split("\0")
    return len(blob), dict(w.split("=", 1) for w in words)


@boards
def test_the_card_holds_what_its_board_needs_and_nothing_else(board):
    names = {n.removeprefix("::/") for n in mtools("mdir", board, "-b", "-/", "::").decode().split("\n")}
    assert {n for n in names if n and not n.endswith("/")} == HOLDS[board]


@boards
def test_every_file_is_the_built_or_fetched_one(board):
    uboot = "qemu_arm64" if board == "virt" else "rpi_arm64"
    origin = {
        "Image": os.path.join(TOP, "build/Image"),
        "boot.cpio": os.path.join(TOP, "build/boot.cpio"),
        "u-boot.bin": os.path.join(DEBIAN, "lib/u-boot", uboot, "u-boot.bin"),
        "licences/insula.txt": os.path.join(TOP, "LICENSE"),
    }
    for name in HOLDS[board]:
        if name.startswith(("bootcode", "start", "fixup")):
            origin[name] = os.path.join(FIRMWARE, name)
        if name.endswith(".dtb"):
            origin[name] = os.path.join(TOP, "build/arm64/dtb", name)
    for name, path in origin.items():
        assert content(board, name) == read(path), name


@boards
def test_the_partition_table_has_one_bootable_fat32_that_fills_the_disk(board):
    size = os.path.getsize(image(board))
    assert size == 64 << 20 and size & (size - 1) == 0, "an SD card of QEMU is a power of two"
    with open(image(board), "rb") as f:
        mbr = f.read(512)
    assert mbr[510:] == b"\x55\xaa" and mbr[440:444] != bytes(4) and not any(mbr[:440])
    flag, kind, first, count = struct.unpack("<B3xB3xII", mbr[446:462])
    assert (flag, kind) == (0x80, 0x0C)
    assert first * 512 == START and (first + count) * 512 == size
    assert not any(mbr[462:510]), "there is a second partition"


@boards
def test_the_file_system_is_a_sound_fat32(board, tmp_path):
    with open(image(board), "rb") as f:
        f.seek(START)
        fat = f.read()
    assert fat[82:90] == b"FAT32   " and fat[71:82] == b"INSULA     "
    assert struct.unpack("<I", fat[28:32])[0] * 512 == START, "hidden sectors"
    (tmp_path / "fat").write_bytes(fat)
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    p = subprocess.run(["fsck.vfat", "-n", "-v", str(tmp_path / "fat")], capture_output=True,
                       text=True, check=False, env=dict(os.environ, PATH=path))
    assert p.returncode == 0, p.stdout + p.stderr
    # The label and two folders count as files.
    assert re.search(rf"{len(HOLDS[board]) + 3} files", p.stdout), p.stdout


@raspis
def test_config_txt_starts_u_boot_in_64_bit_with_the_boards_tree(board):
    lines = content(board, "config.txt").decode().splitlines()
    tree, = (n for n in HOLDS[board] if n.endswith(".dtb"))
    for line in ("arm_64bit=1", "enable_uart=1", "uart_2ndstage=1", "upstream_kernel=1",
                 "kernel=u-boot.bin", f"device_tree={tree}"):
        assert line in lines, line


@boards
def test_u_boots_environment_is_its_own_without_the_countdown(board):
    size, values = environment(board)
    assert size == (0x40000 if board == "virt" else 0x4000), "as CONFIG_ENV_SIZE of Debian's U-Boot"
    assert values["bootdelay"] == "-2" and "preboot" not in values or values["preboot"] == ""
    assert values["bootcmd"] == "run distro_bootcmd"
    for name in ("kernel_addr_r", "ramdisk_addr_r", "scan_dev_for_extlinux", "fdt_high"):
        assert values[name]


@boards
def test_extlinux_conf_boots_the_kernel_and_the_archive_at_once(board):
    lines = [l.strip() for l in content(board, "extlinux/extlinux.conf").decode().splitlines()]
    for line in ("DEFAULT insula", "LABEL insula", "TIMEOUT 0", "PROMPT 0", "KERNEL /Image",
                 "INITRD /boot.cpio"):
        assert line in lines, line


@boards
def test_two_images_are_the_same_to_the_byte(board, tmp_path):
    """Made elsewhere, later, in another time zone, language and umask."""
    env = dict(os.environ, TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8", HOME=str(tmp_path))
    other = tmp_path / "other.img"
    subprocess.run([TOOL, "--board", board, "-o", str(other)],
                   env=env, umask=0o077, cwd=tmp_path, check=True)
    assert other.read_bytes() == read(image(board))


def test_dates_are_those_of_SOURCE_DATE_EPOCH(tmp_path):
    out = tmp_path / "card.img"
    subprocess.run([TOOL, "--board", "virt", "-o", str(out)], check=True,
                   env=dict(os.environ, SOURCE_DATE_EPOCH="1000000000"))
    listed = subprocess.run(["mdir", "-i", f"{out}@@{START}", "::"], capture_output=True, text=True,
                            check=True, env=dict(os.environ, TZ="UTC")).stdout
    assert "2001-09-09" in listed and "2024-" not in listed


@pytest.mark.parametrize("lacking", ["Image", "boot.cpio"])
def test_what_is_not_built_is_named_and_no_image_is_left(lacking, tmp_path):
    for name in {"Image", "boot.cpio"} - {lacking}:
        (tmp_path / name).write_bytes(b"x")
    out = tmp_path / "card.img"
    p = subprocess.run([TOOL, "--board", "virt", "--build", str(tmp_path), "-o", str(out)],
                       capture_output=True, text=True, check=False)
    assert p.returncode == 1 and p.stderr.count("\n") == 1 and lacking in p.stderr
    assert not list(tmp_path.glob("card.img*"))


def test_what_does_not_fit_is_told_and_no_image_is_left(tmp_path):
    (tmp_path / "Image").write_bytes(b"x")
    with open(tmp_path / "boot.cpio", "wb") as f:
        f.truncate(70 << 20)
    p = subprocess.run([TOOL, "--board", "virt", "--build", str(tmp_path), "-o",
                        str(tmp_path / "card.img")], capture_output=True, text=True, check=False)
    assert p.returncode == 1 and "mkcard: " in p.stderr and "full" in p.stderr.lower()
    assert not list(tmp_path.glob("card.img*"))
