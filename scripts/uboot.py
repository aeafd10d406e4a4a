# SPDX-License-Identifier: BSD-2-Clause
"""The firmware's part, played for QEMU: boots a card image through its own U-Boot.

QEMU does not run a board's boot ROM, and takes U-Boot and, on a Raspberry Pi, the
device tree as files. Both are taken out of the card image, so that what is booted
is the card and nothing else. The card itself is never written: QEMU keeps writes
to itself, and what differs for one run (boot arguments, files added to /boot,
another kernel) goes into a copy.
"""

import os
import subprocess

PARTITION = 1 << 20             # where scripts/mkcard puts it
FLASH_BYTES = 64 << 20          # of each of virt's two flash chips
LEAST_MIB = 128                 # U-Boot's addresses on virt reach as far
TREE = "bcm2837-rpi-3-b.dtb"


class Failed(Exception):
    """One line why."""


def mtools(tool, card, *args):
    env = dict(os.environ, LC_ALL="C", MTOOLSRC="/dev/null", MTOOLS_SKIP_CHECK="1")
    try:
        p = subprocess.run([tool, "-i", f"{card}@@{PARTITION}", *args], env=env, check=False,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
    except FileNotFoundError as e:
        raise Failed(f"{tool} is not there: say scripts/setup image") from e
    if p.returncode != 0:
        said = p.stdout.decode(errors="replace").strip().splitlines()
        raise Failed(f"{card}: not a card image of scripts/mkcard: {(said or [tool])[0]}")


def take(card, name, folder):
    """One file of the card, copied into a folder; its path there."""
    path = os.path.join(folder, os.path.basename(name))
    mtools("mcopy", card, "-n", "-o", f"::{name}", path)
    return path


def put(card, path, name):
    mtools("mcopy", card, "-n", "-o", path, f"::{name}")


def with_arguments(conf, args, initrd):
    """extlinux.conf with these boot arguments, and without its boot archive if told so."""
    with open(conf, encoding="utf-8") as f:
        lines = [l for l in f.read().splitlines() if initrd or l.split()[:1] != ["INITRD"]]
    if args:
        lines.append("\tAPPEND " + " ".join(args))
    with open(conf, "w", encoding="utf-8") as f:
        f.write("".join(l + "\n" for l in lines))


def copy_of(card, scratch):
    copy = os.path.join(scratch, "card.img")
    if subprocess.run(["cp", "--sparse=always", card, copy], check=False).returncode != 0:
        raise Failed(f"{card}: cannot be copied into {scratch}")
    return copy


def changed(card, scratch, args, image, archive):
    """A copy of the card for one run: boot arguments; another kernel, unless None;
    another boot archive, unless None, and none at all if it is ""."""
    copy = copy_of(card, scratch)
    conf = take(copy, "/extlinux/extlinux.conf", scratch)
    with_arguments(conf, args, archive != "")
    put(copy, conf, "/extlinux/extlinux.conf")
    if image:
        put(copy, image, "/Image")
    if archive:
        put(copy, archive, "/boot.cpio")
    return copy


def quoted(path):
    return path.replace(",", ",,")


def flash(card, scratch):
    """virt's second flash chip, with U-Boot's environment at its start."""
    path = take(card, "/uboot.env", scratch)
    os.truncate(path, FLASH_BYTES)
    return ["-drive", f"if=pflash,index=1,format=raw,snapshot=on,file={quoted(path)}"]


def served(card, scratch):
    """A folder with what is on the card, for a TFTP server; U-Boot asks for the
    same configuration by another name there."""
    folder = os.path.join(scratch, "tftp")
    os.makedirs(os.path.join(folder, "pxelinux.cfg"))
    for name in ("/Image", "/boot.cpio"):
        take(card, name, folder)
    take(card, "/extlinux/extlinux.conf", scratch)
    os.rename(os.path.join(scratch, "extlinux.conf"), os.path.join(folder, "pxelinux.cfg/default"))
    return folder


def options(board, way, card, scratch):
    """QEMU's options that make this board boot from the card: way is uboot or tftp."""
    uboot = take(card, "/u-boot.bin", scratch)
    if board == "raspi3b":
        return ["-kernel", uboot, "-dtb", take(card, "/" + TREE, scratch), "-nic", "none",
                "-drive", f"if=sd,format=raw,snapshot=on,file={quoted(card)}"]
    out = ["-bios", uboot, *flash(card, scratch)]
    if way == "tftp":
        return out + ["-netdev", f"user,id=net,restrict=on,tftp={quoted(served(card, scratch))}",
                      "-device", "virtio-net-device,netdev=net"]
    return out + ["-nic", "none", "-device", "virtio-blk-device,drive=card",
                  "-drive", f"if=none,id=card,format=raw,snapshot=on,file={quoted(card)}"]
