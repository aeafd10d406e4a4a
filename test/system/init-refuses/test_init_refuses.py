# SPDX-License-Identifier: BSD-2-Clause
"""What init finds wrong at boot: one clear line that names it, and power-off.

Boots with archives that lack or damage something, with manifests that the checker
would refuse, and with little memory.
"""

import importlib.machinery
import importlib.util
import os
import re
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


def test_without_an_archive():
    refused("init: there is no boot archive: give the loader an initrd", initrd="none")


@pytest.mark.parametrize("part", [0.001, 0.3, 0.999])
def test_with_a_truncated_archive(tmp_path, part):
    with open(os.path.join(TOP, BUILD, "boot.cpio"), "rb") as f:
        blob = f.read().rstrip(b"\0")
    short = tmp_path / "short.cpio"
    short.write_bytes(blob[:int(len(blob) * part)])
    refused(r"init: boot archive: at offset \d+, (after )?member \S+: .*truncated", initrd=short)


def test_with_something_else_than_an_archive(tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"#!/bin/sh\n" * 1000)
    refused(r"init: boot archive: at offset 0: there is no newc header \(070701\)", initrd=other)


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


def test_with_too_little_memory_for_the_quotas_in_the_manifest(tmp_path, files):
    heap = "heap-pages = <{}>;\n\t\t\tquota-pages = <128>"  # rpc's
    files["manifest.dtb"] = manifest(heap.format(8), heap.format(4096))
    refused(r"init: out of memory at rpc: \d+ KiB were free, the first servers need about 1[78]\d{3}",
            mem="20M", initrd=write(tmp_path, files))


@pytest.mark.parametrize("mem", ["16M", "20M", "24M", "32M"])
def test_small_machines_boot(mem):
    r = run("echo up", build=BUILD, mem=mem, timeout=30)
    assert r.status == 0 and r.output == "up\n", str(r)
