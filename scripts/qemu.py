# SPDX-License-Identifier: BSD-2-Clause
"""Boot Insula in QEMU, interactively or for one line of shell commands.

With -c the machine boots, the shell runs COMMANDS, and only their output is
printed; then the machine powers off. Without -c the terminal is the machine's
serial console: Ctrl-A x ends QEMU, Ctrl-C reaches the guest.

Exit status with -c: that of the last command, or
  120  usage: a wrong option (also one that only QEMU knows to be wrong), or a
       file that is not there
  121  boot failure: the shell was never ready, there is none, or the machine
       ended early
  122  the kernel panicked
  123  timeout
With --bare (a program in place of init, no shell) everything on the console is
printed and the exit status is the one the program powers off with. Without -c
and --bare it is QEMU's, or 120. Each of 120 to 123 comes with one line on
standard error that begins with "run: " and says why.

How the shell and this script agree: the boot arguments hold `insula.batch`;
the shell then neither echoes nor prompts, writes "\\x1e[ready]\\n" when it first
waits for a line and "\\x1e[status N]\\n" after each line it has run. With
--icount the lines also lie in /boot/.batch and the boot arguments name it,
`insula.script=/boot/.batch`: a shell that reads its lines from there writes
"\\x1e[script]\\n" in place of ready, and the run is deterministic, because
nothing has to arrive over the serial line.

With --boot the machine starts as a board does: U-Boot, from the card image that
`make image` has made, or over the network (virt). What U-Boot says is boot
output: -c does not print it, and --console keeps it. -c, --add, --append,
--image and --initrd work on a copy of the image.
"""

import argparse
import ctypes
import io
import json
import os
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

import devicetree
import uboot

USAGE, BOOT, PANIC, TIMEOUT = 120, 121, 122, 123
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MACHINE = os.path.join(TOP, "build/run/machine.json")   # of the latest interactive run
UPLOAD_MAGIC = 0x70754C55534E4900       # as in userland/include/insula/upload.h
UPLOAD_PLACES, UPLOAD_BYTES = 8, 128 << 10
DTB = os.path.join(TOP, "build/arm64/dtb/bcm2837-rpi-3-b.dtb")
RASPI_BYTES = 960 << 20                 # of 1 GiB; the VideoCore has the rest
FRAME = re.compile(rb"\x1e\[(ready|script|status (-?\d+))\]\r?\n")
IDLE_LINE = b"icount sleep disabled and no active timers"   # QEMU's, and no error
START_SECONDS = 0.5             # in which QEMU has refused its arguments, or not
PANIC_LINE = re.compile(rb"(?:^|\n)panic:[^\n]*")
NO_SHELL = re.compile(rb"init: manifest: [^\r\n]*: nobody reads the console\r?\n")
BOOT_SECONDS = 60
PATIENT_SECONDS = 10            # without a word to whoever waits for the shell
HEADLESS_SECONDS = 3            # for a shell that init does not know as one
POWER_OFF_SECONDS = 10


class Failed(Exception):
    """The run ends with a status of this script's own and one line why."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


def usage(why):
    raise Failed(USAGE, why)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"run: {message} (scripts/run --help)", file=sys.stderr)
        sys.exit(USAGE)


def seconds_of(text):
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text}: seconds, more than 0")
    return value


def memory_of(text):
    if not re.fullmatch(r"0*[1-9]\d*[KMGkmg]?", text):
        raise argparse.ArgumentTypeError(f"{text}: a size, as 32M or 1G")
    return text


def words_of(text):
    try:
        return shlex.split(text)
    except ValueError as e:
        raise argparse.ArgumentTypeError(f"{text}: {e}") from e


def joined(argv):
    """Arguments for others may begin with a dash: `--qemu -foo` is `--qemu=-foo`."""
    out, rest = [], iter(argv)
    for word in rest:
        value = next(rest, None) if word in ("--qemu", "--append") else None
        out.append(word if value is None else f"{word}={value}")
    return out


def parse(argv):
    p = Parser(prog="scripts/run", description=__doc__,
               formatter_class=argparse.RawDescriptionHelpFormatter)
    add = p.add_argument
    add("-c", metavar="COMMANDS", dest="commands", action="append",
        help="run this line in the shell; several lines, or several -c, run one after another")
    add("--board", default="virt", choices=["virt", "raspi3b"], help="default: virt")
    add("--cpu", metavar="C", help="virt only: cortex-a53 (default), cortex-a72, ...")
    add("--boot", default="direct", choices=["direct", "uboot", "tftp"],
        help="start the kernel itself (direct), or U-Boot: from the card, or by TFTP (virt)")
    add("--card", metavar="FILE", help="with --boot: the card image (default: BUILD/image/BOARD.img)")
    add("--el", type=int, choices=[1, 2], help="the exception level that the kernel starts at")
    add("--gic", type=int, choices=[2, 3], help="virt only: the interrupt controller (default: 2)")
    add("--mem", metavar="M", type=memory_of,
        help="memory, as 32M (default: 256M, on raspi3b all of 1G)")
    add("--smp", type=int, metavar="N", help="virt only: cores (default: 1)")
    add("--icount", action="store_true", help="deterministic: one instruction is one ns")
    add("--add", metavar="DIR", action="append", default=[], help="put DIR's files into /boot")
    add("--console", metavar="FILE", help="with -c or --bare: keep all that the console said in FILE")
    add("--qemu", metavar="ARGS", action="append", default=[], type=words_of,
        help="more arguments for QEMU")
    add("--timeout", metavar="S", type=seconds_of, help="give up after S seconds (default: 120)")
    add("--build", metavar="DIR", default=os.path.join(TOP, "build"),
        help="where Image and boot.cpio lie (build, build/debug, ...)")
    add("--image", metavar="FILE", help="another Image")
    add("--initrd", metavar="FILE", help="another boot archive; 'none' for none")
    add("--append", metavar="STR", action="append", default=[], help="more boot arguments")
    add("--bare", action="store_true", help="a program in place of init: no shell")
    add("--machine", metavar="FILE", default=MACHINE,
        help="without -c: tell scripts/update-running of this machine here")
    add("--show", action="store_true", help="print QEMU's command line first")
    a = p.parse_args(joined(argv))
    if a.commands is not None:
        a.commands = "\n".join(a.commands)
    if a.bare and a.commands is not None:
        p.error("--bare has no shell to run -c in")
    if a.board == "raspi3b":
        for name, fixed in (("cpu", "cortex-a53"), ("el", 2), ("smp", 4)):
            if getattr(a, name) not in (None, fixed):
                p.error(f"--{name} is fixed on raspi3b: {fixed}")
        if a.gic:
            p.error("raspi3b has no GIC")
        if a.boot == "tftp":
            p.error("--boot=tftp: QEMU's raspi3b has no network: use --board=virt")
        if a.boot != "direct" and a.mem:
            p.error("--mem: U-Boot on raspi3b takes all memory: boot directly")
    if a.boot == "direct" and a.card:
        p.error("--card is for --boot=uboot and --boot=tftp")
    if a.boot != "direct" and a.icount:
        p.error("--icount: U-Boot waits for its disk, so no two runs are the same: boot directly")
    if a.boot != "direct" and a.board == "virt" and megabytes(a.mem or "256M") < uboot.LEAST_MIB:
        p.error(f"--mem={a.mem}: U-Boot needs at least {uboot.LEAST_MIB}M on virt")
    a.batch = a.bare or a.commands is not None
    if a.console and not a.batch:
        p.error("--console is for -c and --bare: without them the terminal is the console")
    return a


def boot_archive(a, lines, scratch, base):
    """The archive to boot with, made anew when something is added to it."""
    if base == "none":
        base = None
    if base and not os.path.exists(base):
        usage(f"no boot archive {base}: say make first")
    adds = list(a.add)
    for folder in adds:
        if not os.path.isdir(folder):
            usage(f"--add: no such directory: {folder}")
    if a.icount and lines:
        folder = os.path.join(scratch, "script")
        os.mkdir(folder)
        with open(os.path.join(folder, ".batch"), "w", encoding="utf-8") as f:
            f.write("".join(line + "\n" for line in lines))
        adds.append(folder)
    if (base or adds) and not a.batch and a.boot == "direct":
        adds.append(upload_places(scratch))
    if not adds:
        return base
    out = os.path.join(scratch, "boot.cpio")
    command = [sys.executable, os.path.join(TOP, "scripts/mkarchive"), "-o", out]
    command += ["--base", base] if base else []
    for folder in adds:
        command += ["--add", folder]
    p = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if p.returncode != 0:
        usage(f"the boot archive could not be made: {(p.stderr.splitlines() or ['?'])[-1]}")
    return out


def megabytes(text):
    scale = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:].upper())
    return int(text[:-1]) * scale >> 20 if scale else int(text)


def initrd_place(base, size):
    """Where QEMU puts the archive: in the middle of memory, or 128 MiB above its start."""
    return base + min(size // 2, 128 << 20)


def raspi_tree(a, archive, scratch):
    """The board's device tree. With --mem the rest of memory is reserved: what is left is
    the start, and as much as QEMU puts the archive and the tree into."""
    if not os.path.exists(DTB):
        usage(f"no device tree {DTB}: say scripts/setup board")
    if a.mem is None:
        return DTB
    high = initrd_place(0, RASPI_BYTES)
    step = 2 << 20      # QEMU aligns the tree so
    kept = step + (-(-os.path.getsize(archive) // step) * step if archive else 0)
    low = (megabytes(a.mem) << 20) - kept
    if low < kept:
        usage(f"--mem={a.mem}: raspi3b needs at least {2 * kept >> 20}M for this archive")
    if low < high:
        holes = [(low, high - low), (high + kept, RASPI_BYTES - high - kept)]
    else:
        end = min(low + kept, RASPI_BYTES)
        holes = [(end, RASPI_BYTES - end)]
    with open(DTB, "rb") as f:
        blob = devicetree.reserve(f.read(), [h for h in holes if h[1]])
    path = os.path.join(scratch, os.path.basename(DTB))
    with open(path, "wb") as f:
        f.write(blob)
    return path


def upload_places(scratch):
    """A folder whose files, added to the boot archive, are the request page and
    the places through which scripts/update-running hands programs in."""
    folder = os.path.join(scratch, "places")
    os.makedirs(os.path.join(folder, "upload"))
    with open(os.path.join(folder, ".upload"), "wb") as f:
        f.write(struct.pack("<Q", UPLOAD_MAGIC).ljust(4096, b"\0"))
    for n in range(UPLOAD_PLACES):
        with open(os.path.join(folder, "upload", str(n)), "wb") as f:
            f.write(bytes(UPLOAD_BYTES))
    return folder


def offsets(archive):
    """Where each member's data lies in a newc archive."""
    with open(archive, "rb") as f:
        blob = f.read()
    found, at = {}, 0
    while blob[at:at + 6] == b"070701":
        field = [int(blob[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        start = (at + 110 + field[11] + 3) & ~3
        found[blob[at + 110:at + 110 + field[11]].split(b"\0")[0].decode()] = start
        at = (start + field[6] + 3) & ~3
    return found


def write_machine(a, archive, scratch):
    """Tell scripts/update-running where this machine is, and where in its memory
    the archive lies."""
    initrd = initrd_place(0, RASPI_BYTES) if a.board == "raspi3b" else \
        initrd_place(0x40000000, megabytes(a.mem or "256M") << 20)
    where = offsets(archive)
    machine = {
        "debugger": os.path.join(scratch, "debugger"),
        "request": initrd + where["boot/.upload"],
        "places": [initrd + where[f"boot/upload/{n}"] for n in range(UPLOAD_PLACES)],
        "bytes": UPLOAD_BYTES,
        "used": {},
    }
    os.makedirs(os.path.dirname(os.path.abspath(a.machine)), exist_ok=True)
    with open(a.machine, "w", encoding="utf-8") as f:
        json.dump(machine, f)
    return machine


def boot_arguments(a):
    args = list(a.append)
    if a.commands is not None:
        args.insert(0, "insula.batch")
        if a.icount:
            args.insert(1, "insula.script=/boot/.batch")
    if a.bare:
        args.insert(0, "semihosting")
    return args


def direct_options(a, lines, scratch):
    """The kernel itself, its archive and its arguments are QEMU's to load."""
    image = a.image or os.path.join(a.build, "Image")
    if not os.path.exists(image):
        usage(f"no kernel image {image}: say make first")
    base = a.initrd or ("none" if a.bare else os.path.join(a.build, "boot.cpio"))
    archive = boot_archive(a, lines, scratch, base)
    q = ["-nic", "none", "-kernel", image]
    if a.board == "raspi3b":
        q += ["-dtb", raspi_tree(a, archive, scratch)]
    if archive:
        q += ["-initrd", archive]
    if archive and not a.batch:
        machine = write_machine(a, archive, scratch)
        q += ["-chardev", f"socket,id=debugger,path={machine['debugger']},server=on,wait=off",
              "-gdb", "chardev:debugger"]
    args = boot_arguments(a)
    return q + (["-append", " ".join(args)] if args else [])


def uboot_options(a, lines, scratch):
    """U-Boot and a card; what this run wants otherwise goes into a copy of the card."""
    card = a.card or os.path.join(a.build, "image", f"{a.board}.img")
    if not os.path.exists(card):
        usage(f"no card image {card}: say make image BOARD={a.board}")
    if a.image and not os.path.exists(a.image):
        usage(f"no kernel image {a.image}")
    args = boot_arguments(a)
    try:
        archive = None
        if a.add or a.initrd or a.bare:
            base = a.initrd or ("none" if a.bare else uboot.take(card, "/boot.cpio", scratch))
            archive = boot_archive(a, lines, scratch, base) or ""
        if args or a.image or archive is not None:
            card = uboot.changed(card, scratch, args, a.image, archive)
        return uboot.options(a.board, a.boot, card, scratch)
    except uboot.Failed as failure:
        usage(str(failure))


def qemu_command(a, lines, scratch):
    q = [os.environ.get("QEMU", "qemu-system-aarch64"), "-no-reboot"]
    console = ["-serial", "stdio"] if a.batch else ["-serial", "mon:stdio"]
    if a.board == "virt":
        machine = f"virt,gic-version={a.gic or 2}"
        machine += ",virtualization=" + ("on" if a.el == 2 else "off")
        if a.icount:
            machine += ",dtb-randomness=off"
        q += ["-M", machine, "-cpu", a.cpu or "cortex-a53", "-m", a.mem or "256M",
              "-smp", str(a.smp or 1)]
    else:
        # Three cores wait, and in one thread waiting costs nothing.
        q += ["-M", "raspi3b", "-accel", "tcg,thread=single"]
        console = ["-serial", "null"] + console     # the console is the second one
    q += ["-display", "none", "-monitor", "none"] if a.batch else ["-nographic"]
    q += console
    if a.icount:
        q += ["-icount", "shift=0,sleep=off", "-seed", "42",
              "-rtc", "base=2024-01-01T00:00:00,clock=vm"]
    if a.bare:
        q += ["-semihosting-config", "enable=on,target=native"]
    q += (direct_options if a.boot == "direct" else uboot_options)(a, lines, scratch)
    for more in a.qemu:
        q += more
    if a.show:
        print(" ".join(shlex.quote(w) for w in q), file=sys.stderr)
    return q


def die_with_parent():
    """In the child: a killed script takes its QEMU along."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Errors(threading.Thread):
    """What QEMU itself says is wrong, passed on as it comes. Its first line waits
    until it is clear that QEMU does not end with it: that would be a refusal."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process = process
        self.held = None        # the first line of a QEMU that ended at once
        self.start()

    def run(self):
        first = True
        for line in io.BufferedReader(self.process.stderr):
            if IDLE_LINE in line:
                continue
            if first and self.ends_at_once():
                self.held = line    # the others explain it
                return
            first = False
            self.say(line)

    @staticmethod
    def say(line):
        sys.stderr.buffer.write(line)
        sys.stderr.flush()

    def ended(self, refusal):
        """QEMU is gone, and its arguments may have been the reason."""
        self.join(1)
        if self.held and refusal:
            text = self.held.decode(errors="replace").strip()
            usage("QEMU: " + text.removeprefix(f"{os.path.basename(self.process.args[0])}: "))
        if self.held:
            self.say(self.held)

    def ends_at_once(self):
        try:
            return self.process.wait(START_SECONDS) == 1
        except subprocess.TimeoutExpired:
            return False


def start(command, **how):
    try:
        return subprocess.Popen(command, bufsize=0, stderr=subprocess.PIPE,
                                preexec_fn=die_with_parent, **how)
    except OSError as e:
        usage(f"{command[0]}: {e.strerror}: say scripts/setup run")


def keep_in(path):
    try:
        return open(path, "wb")
    except OSError as e:
        usage(f"--console: {path}: {e.strerror}")


class Machine:
    """A running QEMU whose serial line is our pipe, always drained."""

    def __init__(self, command, console, seconds):
        self.buffer = b""       # what the console said and nobody took yet
        self.line = b""         # its unfinished last line, to look for a panic in
        self.panicked = False
        self.ended = False
        self.log = keep_in(console) if console else None
        self.silent = True      # it has not said a word
        self.deadline = time.monotonic() + seconds
        self.process = start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             start_new_session=True)
        self.errors = Errors(self.process)

    def fill(self, until):
        """Take what the console says; False when `until` has passed or it ended."""
        if self.ended:
            return False
        left = until - time.monotonic()
        if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
            return False
        some = os.read(self.process.stdout.fileno(), 65536)
        if not some:
            self.ended = True
            self.errors.ended(refusal=self.silent)
            return False
        self.silent = False
        if self.log:
            self.log.write(some)
            self.log.flush()
        said = self.line + some
        self.panicked = self.panicked or PANIC_LINE.search(said) is not None
        self.line = said[said.rfind(b"\n") + 1:][:4096]
        self.buffer += some
        return True

    def frame(self, emit, until):
        """Pass on output until the next frame; its match, or None without one."""
        while True:
            found = FRAME.search(self.buffer)
            if found:
                emit(self.buffer[:found.start()])
                self.buffer = self.buffer[found.end():]
                return found
            keep = self.buffer.rfind(b"\x1e")
            if keep < 0 or len(self.buffer) - keep > 40:
                keep = len(self.buffer)
            emit(self.buffer[:keep])
            self.buffer = self.buffer[keep:]
            if self.panicked or not self.fill(until):
                return None

    def send(self, line):
        try:
            self.process.stdin.write(line.encode() + b"\n")
        except BrokenPipeError:
            self.ended = True

    def drain(self, seconds):
        """The rest of what a machine says that is about to stop."""
        until = time.monotonic() + seconds
        while self.fill(until):
            pass
        rest, self.buffer = self.buffer, b""
        return rest

    def end(self):
        if self.process.poll() is None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        if self.log:
            self.log.close()


def emitter(stream):
    """Writes console bytes to a stream, with the console's \\r\\n made \\n."""
    held = [b""]

    def emit(some):
        some = held[0] + some
        held[0] = b""
        if some.endswith(b"\r"):
            held[0], some = b"\r", some[:-1]
        some = some.replace(b"\r\n", b"\n")
        if some:
            stream.write(some)
            stream.flush()
    return emit


def why_stopped(m, phase, seconds):
    """The failure that explains why no frame came; what is left goes to stderr."""
    err = emitter(sys.stderr.buffer)
    if m.panicked:
        err(m.drain(1.0))
        return Failed(PANIC, f"the kernel panicked {phase}")
    err(m.drain(0.1))
    if m.ended:
        return Failed(BOOT, f"the machine ended {phase}")
    if phase == "before the shell was ready":
        return Failed(BOOT, f"the shell was not ready after {seconds:g} s")
    return Failed(TIMEOUT, f"timeout {phase}, after {seconds:g} s")


def shell_ready(m, boot, seconds):
    """The first frame, or None. What comes before it goes into boot, a bytearray."""
    started = time.monotonic()
    until = min(m.deadline, started + min(seconds, BOOT_SECONDS))
    say_at = started + PATIENT_SECONDS
    while True:
        found = m.frame(boot.extend, min(until, time.monotonic() + 1))
        now = time.monotonic()
        if found or m.ended or m.panicked or now >= until:
            return found
        if NO_SHELL.search(boot) and until > now + HEADLESS_SECONDS:
            until = now + HEADLESS_SECONDS
        if now >= say_at:
            print(f"run: waiting for the shell, {until - now:.0f} s more at most", file=sys.stderr)
            say_at = until


def run_commands(m, lines, seconds):
    boot = bytearray()
    first = shell_ready(m, boot, seconds)
    if first is None or first.group(2):
        emitter(sys.stderr.buffer)(bytes(boot))
        if first is None and NO_SHELL.search(boot) and not m.ended and not m.panicked:
            raise Failed(BOOT, "the machine has no shell to run -c in")
        raise why_stopped(m, "before the shell was ready", min(seconds, BOOT_SECONDS))
    scripted = first.group(1) == b"script"

    status = 0
    out = emitter(sys.stdout.buffer)
    for line in lines:
        if not scripted:
            m.send(line)
        frame = m.frame(out, m.deadline)
        while frame and not frame.group(2):
            frame = m.frame(out, m.deadline)
        if frame is None:
            raise why_stopped(m, f"in: {line}", seconds)
        status = int(frame.group(2))
    m.send(f"poweroff {status & 0xff}")
    until = time.monotonic() + POWER_OFF_SECONDS
    while m.fill(until):
        pass
    if m.panicked:
        raise why_stopped(m, "at power-off", seconds)
    if not m.ended:
        print("run: the machine did not power off", file=sys.stderr)
    return status & 0xff


def run_bare(m, seconds):
    out = emitter(sys.stdout.buffer)
    while m.fill(m.deadline):
        out(m.drain(0))
    out(m.drain(0))
    if not m.ended:
        raise Failed(TIMEOUT, f"timeout after {seconds:g} s")
    if m.panicked:
        raise Failed(PANIC, "the kernel panicked")
    status = m.process.wait()
    if status < 0:
        raise Failed(BOOT, f"QEMU died of signal {-status}")
    return status


def interactive(command):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("Ctrl-A x ends QEMU; Ctrl-A c is its monitor", file=sys.stderr)
    process = start(command)
    errors = Errors(process)
    status = process.wait()
    errors.ended(refusal=True)
    return status


def stop(number, _):
    raise Failed(128 + number, f"stopped by signal {number}")


def main(argv):
    a = parse(argv)
    lines = [l for l in (a.commands or "").splitlines() if l.strip()]
    seconds = a.timeout or 120.0
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    with tempfile.TemporaryDirectory(prefix="insula-run-") as scratch:
        m = None
        try:
            command = qemu_command(a, lines, scratch)
            if not a.batch:
                return interactive(command)
            m = Machine(command, a.console, seconds)
            return run_bare(m, seconds) if a.bare else run_commands(m, lines, seconds)
        except Failed as failure:
            sys.stdout.flush()
            print(f"run: {failure}", file=sys.stderr)
            return failure.status
        except BrokenPipeError:
            raise
        except OSError as e:
            print(f"run: {e.filename or 'a file'}: {e.strerror}", file=sys.stderr)
            return USAGE
        finally:
            if m:
                m.end()
            if not a.batch and a.boot == "direct" and os.path.exists(a.machine):
                os.unlink(a.machine)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:
        os._exit(1)
