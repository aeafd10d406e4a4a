# SPDX-License-Identifier: BSD-2-Clause
"""The boot archive that scripts/mkarchive writes: page-aligned, reproducible,
and a cpio that this test's own reader takes apart by the format's rules."""

import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
TOOL = os.path.join(TOP, "scripts/mkarchive")


def make(*args):
    return subprocess.run([sys.executable, TOOL, *map(str, args)], capture_output=True, text=True,
                          check=False)


def entries(blob):
    """(name, mode, offset of the data, data) of each entry, in order."""
    at = 0
    while True:
        assert blob[at:at + 6] == b"070701"
        field = [int(blob[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, namesize = field[1], field[6], field[11]
        raw = blob[at + 110:at + 110 + namesize]
        assert raw.endswith(b"\0")
        start = (at + 110 + namesize + 3) & ~3
        name = raw.rstrip(b"\0").decode()
        if name == "TRAILER!!!":
            return
        yield name, mode, start, blob[start:start + size]
        at = (start + size + 3) & ~3


@pytest.fixture(name="files")
def fixture_files(tmp_path):
    sizes = {"empty": 0, "one": 1, "page": 4096, "more": 10001}
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(os.urandom(size))
    return tmp_path, sizes


def archive(files, out, *more):
    where, sizes = files
    r = make("-o", out, *[f"boot/{n}={where / n}" for n in sizes], *more)
    assert r.returncode == 0, r.stderr
    return out.read_bytes()


def test_every_file_is_there_and_its_data_begins_a_page(files, tmp_path):
    blob = archive(files, tmp_path / "a.cpio")
    found = {name: (mode, start, data) for name, mode, start, data in entries(blob)}
    assert set(found) == {"boot"} | {f"boot/{n}" for n in files[1]}
    for name, size in files[1].items():
        mode, start, data = found[f"boot/{name}"]
        assert mode == 0o100755 and data == (tmp_path / name).read_bytes()
        assert size == 0 or start % 4096 == 0
    assert len(blob) % 4096 == 0


def test_the_same_files_give_the_same_bytes(files, tmp_path):
    first = archive(files, tmp_path / "a.cpio")
    for name in files[1]:
        os.utime(tmp_path / name, (1, 1))
    assert archive(files, tmp_path / "b.cpio") == first


def test_add_puts_a_folder_under_boot_and_replaces_what_has_its_name(files, tmp_path):
    archive(files, tmp_path / "a.cpio")
    (tmp_path / "add/sub").mkdir(parents=True)
    (tmp_path / "add/one").write_bytes(b"new")
    (tmp_path / "add/sub/x").write_bytes(b"x")
    r = make("-o", tmp_path / "b.cpio", "--base", tmp_path / "a.cpio", "--add", tmp_path / "add")
    assert r.returncode == 0
    found = {name: data for name, _, _, data in entries((tmp_path / "b.cpio").read_bytes())}
    assert found["boot/one"] == b"new" and found["boot/sub/x"] == b"x"
    assert found["boot/more"] == (tmp_path / "more").read_bytes()


@pytest.mark.parametrize("args", [["noequals"], ["--add", "/nonexistent"], ["a=/nonexistent"]])
def test_what_is_not_there_is_one_line(tmp_path, args):
    r = make("-o", tmp_path / "a.cpio", *args)
    assert r.returncode != 0 and r.stderr.count("\n") == 1 and args[-1].split("=")[-1] in r.stderr
