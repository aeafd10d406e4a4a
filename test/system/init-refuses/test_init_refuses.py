# SPDX-License-Identifier: BSD-2-Clause
"""What init finds wrong at boot: one clear line that names it, and power-off.

Boots with archives that lack or damage something, with manifests that the checker
would refuse, and with little memory.
"""

import importlib.machinery
import importlib.util
import os
import re
import struct
import subprocess

import pytest

from insula import BOOT_FAILURE, DEBUG, RELEASE, TOP, run

BUILD = RELEASE if os.path.exists(os.path.join(TOP, RELEASE, "boot.cpio")) else DEBUG


def load_mkarchive():
    loader = importlib.machinery.SourceFileLoader("mkarchive", os.path.join(TOP, "scripts/mkarchive"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("mkarchive", loader))
    loader.exec_module(module)
    return module


mkarchive = load_mkarchive()


@pytest.fixture(name="files")
def fixture_files():
    """The boot archive as {name: bytes}, to be changed and written again."""
    return mkarchive.read_archive(os.path.join(TOP, BUILD, "boot.cpio"))


def write(tmp_path, files):
    names = []
    for number, (name, data) in enumerate(files.items()):
        path = tmp_path / str(number)
        path.write_bytes(data)
        names.append(f"{name}={path}")
    out = tmp_path / "boot.cpio"
    subprocess.run([os.path.join(TOP, "scripts/mkarchive"), "-o", out, *names], check=True)
    return out


def manifest(old, new):
    """Our manifest with a text replaced, compiled and not checked."""
    with open(os.path.join(TOP, "dts/manifest.dts"), encoding="ascii") as f:
        source = f.read()
    assert old in source
    return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], check=True,
                          input=source.replace(old, new, 1).encode(), capture_output=True).stdout


def refused(line, **given):
    """Boots; must end by itself, saying exactly this line, before there is a shell."""
    r = run("true", build=BUILD, timeout=30, **given)
    assert r.status == BOOT_FAILURE, str(r)
    said = [x.strip() for x in r.errors.splitlines() if x.startswith("init: ")]
    assert len(said) == 1 and re.fullmatch(line, said[0]), str(r)
    return r


def test_without_an_archive():
    refused("init: there is no boot archive: give the loader an initrd", initrd="none")


@pytest.mark.parametrize("part", [0.001, 0.3, 0.999])
def test_with_a_truncated_archive(tmp_path, part):
    with open(os.path.join(TOP, BUILD, "boot.cpio"), "rb") as f:
        blob = f.read().rstrip(b"\0")
    short = tmp_path / "short.cpio"
    short.write_bytes(blob[:int(len(blob) * part)])
    refused(r"init: boot archive: at offset \d+, (after )?member \S+: .*truncated", initrd=short)


@pytest.mark.parametrize("data", [b"#!/bin/sh\n" * 1000, b"hello\n", b"0"])
def test_with_something_else_than_an_archive(tmp_path, data):
    other = tmp_path / "other"
    other.write_bytes(data)
    line = r"init: boot archive: not an archive \(cpio newc\)" if data != b"0" else \
        "init: boot archive: at offset 0: the archive ends without a trailer: it is truncated"
    refused(line, initrd=other)


def test_with_an_archive_damaged_in_the_middle(tmp_path):
    with open(os.path.join(TOP, BUILD, "boot.cpio"), "rb") as f:
        blob = bytearray(f.read())
    at = blob.index(b"070701", len(blob) // 2)
    blob[at:at + 6] = b"070707"
    bad = tmp_path / "bad.cpio"
    bad.write_bytes(blob)
    refused(rf"init: boot archive: at offset {at}, after member \S+: there is no newc header .*",
            initrd=bad)


def test_without_a_manifest(tmp_path, files):
    del files["manifest.dtb"]
    refused("init: boot archive: it has no manifest.dtb", initrd=write(tmp_path, files))


def test_with_a_manifest_that_is_no_device_tree(tmp_path, files):
    files["manifest.dtb"] = b"no tree" * 100
    refused("init: manifest: node /: the file is no device tree, or damaged",
            initrd=write(tmp_path, files))


@pytest.mark.parametrize("old, new, line", [
    ("binary = \"/boot/shell\"", "binray = \"/boot/shell\"",
     "node shell: property binray: is not known"),
    ("grants = \"home\", \"tables\"", "grants = \"tables\"",
     "node memory: property grants: lacks home"),
    ("device = \"stdout\";", "",
     "node console: property device: is missing: a grant needs it"),
    ("binary = \"/boot/pm\"", "binary = \"/boot/pm-9\"",
     "node process: property binary: the archive has no /boot/pm-9"),
    ("binary = \"/boot/shell\"", "binary = \"/boot/shall\"",
     "node shell: property binary: the archive has no /boot/shall"),
    ("binary = \"/boot/path\"", "binary = \"/boot/piddb\"",
     "node path: /boot/piddb is not a binary of service path"),
    ("\"uart=device\", \"uart-irq=irq\"", "\"uart=device\"",
     "node console: needs the grant `uart-irq=irq`, which the manifest does not give it"),
    ("\"mailbox\", \"buffer=dma\"", "\"mailbox\"",
     "node board: needs the grant `buffer=dma`, which the manifest does not give it"),
    ("binary = \"/boot/console\"", "binary = \"/boot/true\"",
     "node console: /boot/true: it ended before it offered service console"),
    ("binary = \"/boot/archive\"", "binary = \"/boot/true\"",
     "node archive: /boot/true: it ended before it offered service files"),
    ("binary = \"/boot/kv-1\"", "binary = \"/boot/piddb\"",
     "node kv: /boot/piddb is not a binary of service kv"),
])
def test_with_a_wrong_manifest(tmp_path, files, old, new, line):
    files["manifest.dtb"] = manifest(old, new)
    refused("init: manifest: " + re.escape(line), initrd=write(tmp_path, files))


@pytest.mark.parametrize("name, change, why", [
    ("boot/piddb", lambda b: b[:100], "it is truncated: .*"),
    ("boot/piddb", lambda b: b"", "it is empty"),
    ("boot/rpc", lambda b: b"#!/bin/sh\n" + bytes(100), "it is not an ELF file"),
    ("boot/memory", lambda b: b[:18] + b"\x3e\0" + b[20:], "it is for another processor"),
    ("boot/pm", lambda b: b[:len(b) // 2], ".*"),
])
def test_with_a_server_that_is_no_program(tmp_path, files, name, change, why):
    files[name] = change(files[name])
    node = {"boot/pm": "process"}.get(name, os.path.basename(name))
    refused(f"init: manifest: node {node}: /{name}: {why}", initrd=write(tmp_path, files))


def test_a_later_process_that_is_no_program_is_named_by_the_manager_s_reason(tmp_path, files):
    files["boot/archive"] = b"\177ELF" + bytes(200)
    refused("init: manifest: node archive: /boot/archive: .+", initrd=write(tmp_path, files))


def test_a_server_that_crashes_before_it_serves_is_named(tmp_path, files):
    program = bytearray(files["boot/kv-1"])
    entry, headers = struct.unpack_from("<QQ", program, 24)
    for at in range(headers, headers + 56 * struct.unpack_from("<H", program, 56)[0], 56):
        kind, _, offset, address, _, size = struct.unpack_from("<IIQQQQ", program, at)
        if kind == 1 and address <= entry < address + size:
            struct.pack_into("<I", program, offset + entry - address, 0)     # udf
    files["boot/kv-1"] = bytes(program)
    r = refused("init: manifest: node kv: /boot/kv-1: it ended before it offered service kv",
                initrd=write(tmp_path, files))
    assert "crash: kv (pid " in r.errors and "undefined instruction" in r.errors, str(r)


@pytest.mark.parametrize("change", [
    ("binary = \"/boot/shell\"", "binary = \"/boot/true\""),
    ("\t\tshell {", "\t\tlast {\n\t\t\tbinary = \"/boot/true\";\n\t\t\tpriority = <20>;\n"
     "\t\t\tstack = <4096>;\n\t\t\tquota-pages = <64>;\n\t\t};\n\t};\n\tunused {\n\t\tshell {"),
])
def test_a_machine_without_a_shell_says_so(tmp_path, files, change):
    """It may be meant so: it goes on, and scripts/run does not wait for one."""
    files["manifest.dtb"] = manifest(*change)
    r = run("true", build=BUILD, timeout=40, initrd=write(tmp_path, files))
    assert r.status == BOOT_FAILURE and "the machine has no shell to run -c in" in r.errors, str(r)
    lines = [x.strip() for x in r.errors.splitlines() if x.startswith("init: ")]
    assert lines == ["init: manifest: no node has the binary /boot/shell: nobody reads the console"]


def sources(*folders):
    for folder in folders:
        for where, _, names in os.walk(os.path.join(TOP, folder)):
            for name in names:
                with open(os.path.join(where, name), encoding="utf-8") as f:
                    yield f.read()


# What a program can do without.
CAN_LACK = {"registers"}


def test_the_grants_that_programs_ask_for_are_those_that_the_rules_name():
    with open(os.path.join(TOP, "userland/init/manifest_rules.h"), encoding="ascii") as f:
        needs = set(re.findall(r'N\("/boot/[\w-]+", "([\w-]+)", \w+\)', f.read()))
    asked = {name for text in sources("userland/drivers", "userland/servers/archive")
             for name in re.findall(r'process_grant\("([\w-]+)"', text)}
    assert asked - CAN_LACK <= needs <= asked


def test_with_too_little_memory_for_the_quotas_in_the_manifest(tmp_path, files):
    heap = "heap-pages = <{}>;\n\t\t\tquota-pages = <128>"  # rpc's
    files["manifest.dtb"] = manifest(heap.format(8), heap.format(4096))
    refused(r"init: out of memory at rpc: \d+ KiB were free, the first servers need about 1[78]\d{3}",
            mem="20M", initrd=write(tmp_path, files))


@pytest.mark.parametrize("mem", ["16M", "20M", "24M", "32M"])
def test_small_machines_boot(mem):
    r = run("echo up", build=BUILD, mem=mem, timeout=30)
    assert r.status == 0 and r.output == "up\n", str(r)
