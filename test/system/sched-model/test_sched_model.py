# SPDX-License-Identifier: BSD-2-Clause
"""The scheduler's reference model (test/unit/sched) at length: a long campaign,
every state up to eight events, and mutants. Without sanitizers, so that it is
fast; `make unit` runs the same programs with them."""

import os
import re
import shutil
import subprocess

import pytest

from mutants import MUTANTS

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
HOST = os.path.join(TOP, "build/host/usr")
LIBRARIES = os.path.join(HOST, "lib/x86_64-linux-gnu")
MODEL = "test/unit/sched/test_model.c"
STATES = "test/unit/sched/test_every_state.c"
FLAGS = ["-std=gnu11", "-O2", "-w", "-D_GNU_SOURCE", "-DINSULA_DEBUG", "-DINSULA_HOST_TEST",
         "-Itest/unit/include", "-Isrc/core/include", "-Isrc", "-Iuserland/include",
         "-isystem", os.path.join(HOST, "include")]
LINK = ["-L" + LIBRARIES, "-Wl,-rpath," + LIBRARIES, "-lcmocka"]
EVENTS = 100_000_000
MUTANT_EVENTS = 200_000


def sources(tree, test):
    with open(os.path.join(tree, test), encoding="utf-8") as f:
        named = re.search(r"/\* SOURCES:(.*?)\*/", f.read(), re.S).group(1)
    found = [test]
    for word in named.replace("*", " ").split():
        if word.endswith(".sources"):
            with open(os.path.join(tree, word), encoding="utf-8") as f:
                found += f.read().split()
        else:
            found.append(word)
    return found


def compiled(tree, source, to):
    out = os.path.join(to, source.replace("/", "_") + ".o")
    subprocess.run(["gcc", *FLAGS, "-c", "-o", out, source], cwd=tree, check=True)
    return out


def linked(objects, out):
    subprocess.run(["gcc", "-o", out, *objects, *LINK], check=True)
    return out


def ran(program, seconds, **settings):
    env = dict(os.environ, **{k: str(v) for k, v in settings.items()})
    return subprocess.run([program], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=seconds, check=False)


@pytest.fixture(name="objects", scope="module")
def fixture_objects(tmp_path_factory):
    """Objects of both programs, by source."""
    to = str(tmp_path_factory.mktemp("objects"))
    return {s: compiled(TOP, s, to) for s in {*sources(TOP, MODEL), *sources(TOP, STATES)}}


def test_the_model_agrees_at_length(objects, tmp_path):
    program = linked([objects[s] for s in sources(TOP, MODEL)], str(tmp_path / "model"))
    done = ran(program, 1400, MODEL_EVENTS=EVENTS, MODEL_SEED=1_000_000)
    print(done.stdout)
    assert done.returncode == 0


def test_every_state_up_to_eight_events_is_right(objects, tmp_path):
    program = linked([objects[s] for s in sources(TOP, STATES)], str(tmp_path / "states"))
    done = ran(program, 1400, STATES_DEPTH=8)
    print(done.stdout)
    assert done.returncode == 0


@pytest.fixture(name="tree", scope="module")
def fixture_tree(tmp_path_factory):
    tree = str(tmp_path_factory.mktemp("tree"))
    for folder in ("src", "test/unit", "userland/include"):
        shutil.copytree(os.path.join(TOP, folder), os.path.join(tree, folder))
    return tree


@pytest.mark.parametrize("error, file, old, new", MUTANTS, ids=[m[0] for m in MUTANTS])
def test_the_model_notices(error, file, old, new, objects, tree, tmp_path):
    path = os.path.join(tree, file)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert text.count(old) == 1, f"{file} has the text {text.count(old)} times: {old}"
    used = {s: objects[s] for s in sources(TOP, MODEL)}
    try:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new))
        used[file] = compiled(tree, file, str(tmp_path))
    finally:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    done = ran(linked(used.values(), str(tmp_path / "mutant")), 300, MODEL_EVENTS=MUTANT_EVENTS)
    print(done.stdout)
    assert done.returncode != 0, f"nobody noticed: {error}"
    assert "FAILED" in done.stdout
