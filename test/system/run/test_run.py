# SPDX-License-Identifier: BSD-2-Clause
"""scripts/run keeps its promises (--help) whatever the machine does.

The machine is a stand-in here (fake-qemu), so that every way to fail can be
had at will.
"""

import os
import signal
import subprocess
import time

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
RUN = os.path.join(TOP, "scripts/run")
FAKE = os.path.join(HERE, "fake-qemu")


@pytest.fixture(name="machine")
def fixture_machine(tmp_path):
    """Runs scripts/run with an image that is no image, on the stand-in."""
    image = tmp_path / "Image"
    image.write_bytes(b"")
    environ = dict(os.environ, QEMU=FAKE, FAKE_ARGS=str(tmp_path / "args"),
                   FAKE_PID=str(tmp_path / "pid"))

    class Machine:
        args_file = tmp_path / "args"
        pid_file = tmp_path / "pid"

        def start(self, *args, fake="well"):
            return subprocess.Popen([RUN, f"--image={image}", "--initrd=none", *args],
                                    env=dict(environ, FAKE=fake), stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)

        def run(self, *args, fake="well"):
            p = self.start(*args, fake=fake)
            out, err = p.communicate(timeout=60)
            return p.returncode, out, err

        def is_gone(self):
            """Whether the stand-in has ended, within two seconds."""
            for _ in range(200):
                try:
                    os.kill(int(self.pid_file.read_text()), 0)
                except ProcessLookupError:
                    return True
                time.sleep(0.01)
            return False
    return Machine()


def test_only_the_output_of_the_commands_is_printed(machine):
    assert machine.run("-c", "say hello") == (0, "hello\n", "")


def test_the_status_is_that_of_the_last_command(machine):
    assert machine.run("-c", "exit 3\nexit 7")[0] == 7
    assert machine.run("-c", "exit 3\nsay ok")[:2] == (0, "ok\n")


def test_a_flood_of_output_is_passed_on_whole(machine):
    status, out, _ = machine.run("-c", "flood")
    assert status == 0 and out.count("\n") == 20001


def test_a_machine_that_is_never_ready_is_a_boot_failure_and_shows_its_console(machine):
    status, out, err = machine.run("--timeout=1", "-c", "say a", fake="deaf")
    assert status == 121 and out == "" and "boot messages" in err and "not ready after 1 s" in err
    assert machine.is_gone()


def test_whoever_waits_for_the_shell_is_told(machine):
    status, _, err = machine.run("--timeout=12", "-c", "say a", fake="deaf")
    assert status == 121 and err.startswith("run: waiting for the shell, 2 s more at most\n"), err


def test_a_machine_without_a_shell_is_a_boot_failure_at_once(machine):
    started = time.monotonic()
    status, out, err = machine.run("-c", "say a", fake="headless")
    assert status == 121 and out == "" and time.monotonic() < started + 10
    assert err.endswith("nobody reads the console\nrun: the machine has no shell to run -c in\n"), err
    assert machine.is_gone()


def test_a_machine_that_ends_early_is_a_boot_failure(machine):
    status, _, err = machine.run("-c", "say a", fake="early")
    assert status == 121 and "ended before the shell was ready" in err


def test_a_machine_that_ends_in_a_command_is_a_boot_failure(machine):
    status, _, err = machine.run("-c", "end")
    assert status == 121 and "ended in: end" in err


def test_a_panic_is_122_and_what_follows_it_is_shown(machine):
    status, out, err = machine.run("-c", "panic")
    assert status == 122 and "panic: endpoint.c:12: E1\nx0 0000\n" in out + err
    assert machine.is_gone()


def test_a_command_that_hangs_is_123_with_its_output(machine):
    status, out, err = machine.run("--timeout=1", "-c", "hang")
    assert status == 123 and out == "hanging\n" and "timeout in: hang" in err
    assert machine.is_gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_qemu_is_left_behind_when_the_script_is_killed(machine, number):
    p = machine.start("-c", "hang")
    while not (machine.pid_file.exists() and machine.pid_file.read_text()):
        time.sleep(0.01)
    p.send_signal(number)
    p.communicate(timeout=10)
    assert machine.is_gone()


@pytest.mark.parametrize("args", [
    ["--nonsense"], ["--board=moon"], ["--board=raspi3b", "--gic=3"], ["--el=3"],
    ["--board=raspi3b", "--mem=2M"], ["--add=/nonexistent"], ["--bare"],
    ["--console=/nonexistent/log"], ["--console=/"], ["--qemu", '"'], ["--mem=foo"], ["--mem=0M"],
    ["--mem=-32M"], ["--boot=uboot", "--mem=foo"], ["--timeout=-5"], ["--timeout", "-5"],
    ["--timeout=0"], ["--timeout=nan"], ["--timeout=soon"], ["--qemu"],
])
def test_wrong_options_are_120_with_one_line(machine, args):
    status, out, err = machine.run("-c", "say a", *args)
    assert status == 120 and out == "" and err.count("\n") == 1 and err.startswith("run: "), err


def test_the_console_file_is_for_batches(machine):
    status, _, err = machine.run("--console=/tmp/x")
    assert status == 120 and "--console is for -c and --bare" in err


@pytest.mark.parametrize("args", [["-c", "say a"], ["--bare"], []])
def test_what_qemu_refuses_is_120_with_its_first_line(machine, args):
    status, out, err = machine.run(*args, fake="refuses")
    assert status == 120 and out == ""
    assert err.splitlines()[-1:] == ["run: QEMU: -m 3 feet: no such unit"], err
    assert "units" not in err


@pytest.mark.parametrize("args, line", [
    (["--cpu=cortex-foo"], "run: QEMU: unable to find CPU model 'cortex-foo'"),
    (["--smp=900"], "run: QEMU: Invalid SMP CPUs 900."),
    (["--qemu", "-foo"], "run: QEMU: -foo: invalid option"),
    (["--mem=1K"], "run: QEMU: "),
    (["--initrd=/"], "run: QEMU: could not load initrd '/'"),
])
def test_the_real_qemu_refuses_so(tmp_path, args, line):
    (tmp_path / "Image").write_bytes(bytes(4096))
    p = subprocess.run([RUN, f"--image={tmp_path / 'Image'}", "--initrd=none", *args, "-c", "x"],
                       capture_output=True, text=True, check=False)
    assert p.returncode == 120 and p.stdout == "", p
    assert p.stderr.startswith(line) and p.stderr.count("\n") == 1, p.stderr


def test_an_archive_that_is_none_is_120_when_something_is_added_to_it(machine, tmp_path):
    (tmp_path / "add").mkdir()
    (tmp_path / "text").write_text("hello\n")
    for bad, why in ((tmp_path / "text", "not an archive (cpio newc)"), ("/", "Is a directory")):
        status, _, err = machine.run(f"--initrd={bad}", f"--add={tmp_path / 'add'}", "-c", "say a")
        assert (status, err) == (120, f"run: the boot archive could not be made: mkarchive: {bad}: {why}\n")


def test_a_file_that_cannot_be_written_is_120(machine, tmp_path):
    (tmp_path / "add").mkdir()
    status, _, err = machine.run(f"--add={tmp_path / 'add'}", "--machine=/dev/null/x")
    assert status == 120 and err.startswith("run: /dev/null") and err.count("\n") == 1, err


def test_what_qemu_says_later_is_passed_on_but_not_that_it_idles(machine):
    idle = "qemu-system-aarch64: warning: icount sleep disabled and no active timers"
    status, out, err = machine.run("-c", f"warn {idle}\nwarn a word\nwarn {idle}\nwarn more\nexit 1")
    assert (status, out, err) == (1, "", "a word\nmore\n")


def test_arguments_for_qemu_may_begin_with_a_dash(machine):
    assert machine.run("--qemu", "-foo 'a b'", "--append", "-x", "-c", "say a")[0] == 0
    args = machine.args_file.read_text().split("\n")
    assert args[-2:] == ["-foo", "a b"] and "insula.batch -x" in args


def test_several_c_run_one_after_another(machine):
    assert machine.run("-c", "say a\nexit 3", "-c", "say b", "-c", "exit 5") == (5, "a\nb\n", "")


def test_a_machine_that_is_not_there_is_120():
    for path in ("/nonexistent/qemu", "/"):
        p = subprocess.run([RUN, f"--image={FAKE}", "--initrd=none", "-c", "x"], check=False,
                           env=dict(os.environ, QEMU=path), capture_output=True, text=True)
        assert p.returncode == 120 and p.stderr.startswith(f"run: {path}: "), p.stderr


def test_a_missing_image_is_120_and_says_make():
    p = subprocess.run([RUN, "--build=/nonexistent", "-c", "x"], capture_output=True, text=True,
                       check=False)
    assert p.returncode == 120 and "say make first" in p.stderr


def test_deterministic_runs_use_the_deterministic_flags(machine):
    machine.run("--icount", "--el=2", "--gic=3", "--mem=32M", "--cpu=cortex-a72", "-c", "say a")
    args = machine.args_file.read_text().split("\n")
    for wanted in ("shift=0,sleep=off", "42", "base=2024-01-01T00:00:00,clock=vm",
                   "virt,gic-version=3,virtualization=on,dtb-randomness=off", "32M", "cortex-a72"):
        assert wanted in args
    assert "insula.batch insula.script=/boot/.batch" in args


def test_the_console_file_holds_everything(machine, tmp_path):
    log = tmp_path / "log"
    machine.run(f"--console={log}", "-c", "say hello")
    text = log.read_bytes()
    assert b"boot messages" in text and b"hello\r\n" in text
