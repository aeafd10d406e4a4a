# SPDX-License-Identifier: BSD-2-Clause
"""The scheduler's reference model (test/unit/sched) at great length, and against mutants of the
kernel. `make test` runs it at length, and `make unit` with sanitizers."""

import os
import shutil

import pytest
from host_program import TOP, compiled, linked, ran, sources

from mutants import MUTANTS

MODEL = "test/unit/sched/test_model.c"
EVENTS = 100_000_000
MUTANT_EVENTS = 200_000


@pytest.fixture(name="objects", scope="module")
def fixture_objects(tmp_path_factory):
    """Of the program, by source."""
    to = str(tmp_path_factory.mktemp("objects"))
    return {s: compiled(TOP, s, to) for s in sources(TOP, MODEL)}


def test_the_model_agrees_at_great_length(objects, tmp_path):
    done = ran(linked(objects.values(), str(tmp_path / "model")), 1400,
               MODEL_EVENTS=EVENTS, MODEL_SEED=1_000_000)
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
