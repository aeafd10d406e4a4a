# SPDX-License-Identifier: BSD-2-Clause
"""A wrong firmware state is named: one line, on every UART that could be the
console, before the MMU is on. Each state is provoked in QEMU, by a few
instructions that stand for a loader which does it wrong, or by a device tree."""

import os
import re
import subprocess
import tempfile
import time

import pytest

from insula import RELEASE, TOP

IMAGE = os.path.join(TOP, RELEASE, "test/boot/Image")
PI_DTB = os.path.join(TOP, "build/arm64/dtb/bcm2837-rpi-3-b.dtb")
PI4_DTB = os.path.join(TOP, "build/arm64/dtb/bcm2711-rpi-4-b.dtb")
VIRT, PI = "virt", "raspi3b"
RAM = {VIRT: 0x40000000, PI: 0}
LOADED = {VIRT: 0x40200000, PI: 0x200000}
DTB_AT = {VIRT: 0x48000000, PI: 0x8000000}
NO_TREE = "boot: x0 does not hold the address of a device tree"


def dtc(given, *options):
    return subprocess.run(["dtc", "-q", *options], input=given, capture_output=True, check=True).stdout


def source(board, tmp_path):
    """The board's device tree as source, with the boot arguments that tell us how it ended."""
    path = PI_DTB
    if board == VIRT:
        path = str(tmp_path / "virt.dtb")
        subprocess.run(["qemu-system-aarch64", "-M", f"virt,dumpdtb={path}", "-cpu", "cortex-a53",
                        "-m", "256M", "-nic", "none", "-display", "none"], check=True,
                       capture_output=True)
    with open(path, "rb") as f:
        text = dtc(f.read(), "-I", "dtb", "-O", "dts").decode()
    if board == PI:     # QEMU's -dtb has it from the loader
        text = re.sub(r"memory@0 \{.*?\n\t\};", "memory@0 {\n\t\tdevice_type = \"memory\";\n"
                      "\t\treg = <0x00 0x3c000000>;\n\t};", text, flags=re.S)
    return text.replace("chosen {", 'chosen {\n\t\tbootargs = "semihosting";', 1)


def compiled(text):
    return dtc(text.encode(), "-I", "dts", "-O", "dtb")


def trampoline(x0, entry, down, tmp_path):
    """What a loader does last: x0, perhaps from EL3 to EL2, and the branch."""
    asm = tmp_path / "t.S"
    asm.write_text(f"ldr x1, =0x531\nldr x2, =0x3c9\nldr x3, =0x30c50830\nldr x0, ={x0:#x}\nldr x4, ={entry:#x}\n"
                   + ("msr scr_el3, x1\nmsr spsr_el3, x2\nmsr sctlr_el2, x3\nmsr elr_el3, x4\neret\n"
                      if down else "br x4\n"))
    subprocess.run(["aarch64-linux-gnu-gcc", "-c", "-o", tmp_path / "t.o", asm], check=True)
    subprocess.run(["aarch64-linux-gnu-objcopy", "-O", "binary", tmp_path / "t.o", tmp_path / "t.bin"],
                   check=True)
    return str(tmp_path / "t.bin")


def machine(command, board, wait_for, seconds=30):
    """Runs QEMU until it ends or the text is on every UART; (status or None, texts of the UARTs)."""
    with tempfile.TemporaryDirectory() as scratch:
        uarts = [os.path.join(scratch, n) for n in (("pl011", "mini") if board == PI else ("pl011",))]
        full = ["qemu-system-aarch64", "-display", "none", "-monitor", "none", "-nic", "none",
                "-no-reboot", "-semihosting-config", "enable=on,target=native", *command]
        for u in uarts:
            full += ["-serial", f"file:{u}"]
        p = subprocess.Popen(full, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)

        def said():
            out = []
            for u in uarts:
                with open(u, "rb") as f:
                    out.append(f.read().decode(errors="replace").replace("\r\n", "\n"))
            return out
        until = time.monotonic() + seconds
        try:
            while p.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
                if os.path.exists(uarts[-1]) and all(wait_for + "\n" in s for s in said()):
                    try:
                        p.wait(1)
                    except subprocess.TimeoutExpired:
                        pass
                    break
        finally:
            if p.poll() is None:
                p.kill()
                status = None
            else:
                status = p.returncode
            errors = p.stderr.read().decode()
            p.stderr.close()
            p.wait()
        return status, (said() if os.path.exists(uarts[-1]) else []), errors


def refused(line, command, board, ends):
    status, texts, errors = machine(command, board, line)
    assert texts == [line + "\n"] * len(texts) and texts, (texts, errors)
    if ends:
        assert status == 121, (status, errors)


def loaded(board, tmp_path, x0=None, tree=None, tree_at=None, at=None, el3=False):
    """A machine whose loader is ours; the Image at `at`, the tree at `tree_at`."""
    at = at or LOADED[board]
    tree_at = DTB_AT[board] if tree_at is None else tree_at
    start = RAM[board] + 0x1000000 + 0x10000
    t = trampoline(tree_at if x0 is None else x0, at, board == PI and not el3, tmp_path)
    command = ["-M", board + (",secure=on" if el3 and board == VIRT else "")]
    command += ["-cpu", "cortex-a53", "-m", "256M"] if board == VIRT else []
    command += ["-device", f"loader,file={IMAGE},addr={at:#x},force-raw=on",
                "-device", f"loader,file={t},addr={start:#x},force-raw=on",
                "-device", f"loader,addr={start:#x},cpu-num=0"]
    if tree:
        (tmp_path / "tree.dtb").write_bytes(tree)
        command += ["-device", f"loader,file={tmp_path / 'tree.dtb'},addr={tree_at:#x},force-raw=on"]
    return command


BOTH = pytest.mark.parametrize("board", [VIRT, PI])


@BOTH
@pytest.mark.parametrize("x0", [0, 4, "ram", "nothing"])
def test_no_device_tree(board, x0, tmp_path):
    """Nowhere, misaligned, memory that is not one, an address where there is nothing."""
    where = {"ram": RAM[board] + 0x2000000, "nothing": 0x7000000000}.get(x0, x0)
    refused(NO_TREE, loaded(board, tmp_path, x0=where), board, ends=False)


@BOTH
def test_a_damaged_device_tree(board, tmp_path):
    tree = bytearray(compiled(source(board, tmp_path)))
    tree[0x200:0x240] = b"\xff" * 0x40
    refused(NO_TREE, loaded(board, tmp_path, tree=bytes(tree)), board, ends=False)


@BOTH
def test_entered_at_el3(board, tmp_path):
    tree = compiled(source(board, tmp_path))
    refused("boot: entered at EL3, which is not supported: enter at EL2 or EL1",
            loaded(board, tmp_path, tree=tree, el3=True), board, ends=True)


@pytest.mark.parametrize("board", [VIRT, PI])
def test_entered_in_aarch32(board):
    line = "boot: entered in AArch32 state: start this core in AArch64 state, at EL2 or EL1"
    command = ["-M", "virt", "-cpu", "cortex-a15", "-m", "256M"] if board == VIRT else \
        ["-M", "raspi2b", "-dtb", PI_DTB]
    refused(line, [*command, "-kernel", IMAGE], board, ends=False)


@BOTH
@pytest.mark.parametrize("offset", [0x1000, 0x80000])
def test_the_device_tree_overlaps_the_kernel(board, offset, tmp_path):
    size = os.path.getsize(IMAGE) & ~0xfff
    where = LOADED[board] + (size + offset if offset == 0x1000 else offset)
    tree = compiled(source(board, tmp_path))
    refused("boot: device tree overlaps the kernel",
            loaded(board, tmp_path, tree=tree, tree_at=where), board, ends=offset == 0x1000)


@BOTH
@pytest.mark.parametrize("more", [0x1000, 0x80000, 0x10])
def test_the_kernel_is_not_where_it_can_run(board, more, tmp_path):
    tree = compiled(source(board, tmp_path))
    refused("boot: kernel was not loaded to a multiple of 2 MiB",
            loaded(board, tmp_path, tree=tree, at=LOADED[board] + more), board, ends=more >= 0x1000)


def with_initrd(text, start, end):
    return text.replace("chosen {", f"chosen {{\n\t\tlinux,initrd-start = <{start:#x}>;\n"
                        f"\t\tlinux,initrd-end = <{end:#x}>;", 1)


@BOTH
@pytest.mark.parametrize("what, line", [
    ("unaligned", "initrd does not begin at a multiple of 4096 bytes: load it to another address"),
    ("kernel", "initrd overlaps the kernel"),
    ("tree", "initrd overlaps the device tree"),
    ("outside", "initrd does not lie in the memory of the device tree"),
    ("backwards", "device tree has a bad initrd range in /chosen"),
])
def test_a_wrong_initrd(board, what, line, tmp_path):
    start, end = {
        "unaligned": (RAM[board] + 0x4000200, RAM[board] + 0x4010000),
        "kernel": (LOADED[board] + 0x10000, LOADED[board] + 0x20000),
        "tree": (DTB_AT[board] - 0x10000, DTB_AT[board] + 0x100),
        "outside": (0x3fff0000, 0x40000000),
        "backwards": (RAM[board] + 0x5000000, RAM[board] + 0x4000000),
    }[what]
    tree = compiled(with_initrd(source(board, tmp_path), start, end))
    refused("boot: " + line, loaded(board, tmp_path, tree=tree), board, ends=True)


@BOTH
def test_too_little_memory(board, tmp_path):
    """The tree has only the 320 KiB where the kernel lies."""
    start = LOADED[board]
    cells = f"0x0 {start:#x} 0x0 0x50000" if board == VIRT else f"{start:#x} 0x50000"
    text, found = re.subn(r"(memory@\w+ \{[^}]*?reg = <)[^>]*>", rf"\g<1>{cells}>", source(board, tmp_path))
    assert found == 1
    tree = compiled(text)
    status, texts, errors = machine(loaded(board, tmp_path, tree=tree), board, "\0")
    assert status == 121, (texts, errors)
    for t in texts:
        assert re.fullmatch(r"boot: too little memory: \d+ KiB are free in one piece, \d+ KiB are needed\n", t), texts


@BOTH
def test_an_unknown_board(board, tmp_path):
    text = re.sub(r'compatible = "(arm,cortex-a15-gic|brcm,bcm2836-l1-intc)"', 'compatible = "other,intc"',
                  source(board, tmp_path))
    name = "linux,dummy-virt" if board == VIRT else "raspberrypi,3-model-b"
    refused(f"boot: unknown board: no interrupt controller (GICv2, GICv3 or BCM2836) on {name}",
            loaded(board, tmp_path, tree=compiled(text)), board, ends=True)


STDOUT = {VIRT: "/pl011@9000000", PI: "serial1:115200n8"}
CONSOLE = {VIRT: "pl011@9000000", PI: "serial@7e215040"}
CLOCK = {VIRT: "/pl031@9010000", PI: "/soc/timer@7e003000"}


@BOTH
@pytest.mark.parametrize("what, line", [
    ("none", "device tree has no stdout-path in /chosen"),
    ("wrong", "device tree has no node for its stdout-path, /nothing:9600"),
    ("other", "stdout-path is neither a PL011 nor a BCM2835 mini-UART: {clock}"),
    ("disabled", "device tree has disabled its stdout-path, {console}"),
    ("nowhere", "device tree has no usable reg in its stdout-path, {console}"),
])
def test_no_usable_console(board, what, line, tmp_path):
    """Said on every UART that the tree still has; on virt that is none for the last two, and then
    it is said where virt is known to have one."""
    text = source(board, tmp_path)
    path = f'stdout-path = "{STDOUT[board]}";'
    uart = f"{CONSOLE[board]} {{"
    assert text.count(path) == 1 and text.count(uart) == 1
    if what == "none":
        text = text.replace(path, "")
    elif what in ("wrong", "other"):
        text = text.replace(STDOUT[board] + '";', {"wrong": "/nothing:9600", "other": CLOCK[board]}[what] + '";')
    elif what == "disabled":
        at = text.index(uart)
        text = text[:at] + re.sub(r'\n\t*status = "okay";', "", text[at:], count=1) if board == PI else text
        text = text.replace(uart, uart + '\n\t\tstatus = "disabled";')
    else:
        at = text.index(uart)
        text = text[:at] + re.sub(r"\n\t*reg = <[^>]*>;", "", text[at:], count=1)
    line = "boot: " + line.format(console=CONSOLE[board], clock=os.path.basename(CLOCK[board]))
    status, texts, errors = machine(loaded(board, tmp_path, tree=compiled(text)), board, "\0")
    assert status == 121, (status, texts, errors)
    silent = [""] if board == PI and what in ("disabled", "nowhere") else []
    assert texts == [line + "\n"] + (silent or [line + "\n"] * (len(texts) - 1)), texts


@BOTH
def test_a_loader_that_does_it_right(board, tmp_path):
    """What the others change is all that is wrong with them."""
    tree = compiled(source(board, tmp_path))
    status, texts, errors = machine(loaded(board, tmp_path, tree=tree), board, "\0", 60)
    assert status == 0 and "done " in "".join(texts), (status, texts, errors)


def uarts_of(dtb):
    """(address, is a mini-UART) of serial0 and serial1 of a Raspberry Pi's device tree."""
    with open(dtb, "rb") as f:
        text = dtc(f.read(), "-I", "dtb", "-O", "dts").decode()
    soc = re.search(r"\bsoc \{.*?\branges = <0x7e000000 ((?:0x0+ )?)(0x[0-9a-f]+) ", text, re.S)
    base = int(soc.group(2), 16)
    return {(base + int(at, 16) - 0x7e000000, at == "7e215040")
            for at in re.findall(r"serial\d = \"/soc/serial@([0-9a-f]+)\"", text)}


def test_the_known_uarts_are_those_of_the_device_trees(tmp_path):
    with open(os.path.join(TOP, "src/core/aarch64/boot_uarts.S"), encoding="ascii") as f:
        known = {(int(a, 16), k == "2") for a, k in re.findall(r"\.quad\s+(0x[0-9a-f]+), (\d)", f.read())}
    virt = re.search(r"pl011@([0-9a-f]+)", source(VIRT, tmp_path))
    assert known == uarts_of(PI_DTB) | uarts_of(PI4_DTB) | {(int(virt.group(1), 16), False)}
