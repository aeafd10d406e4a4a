# SPDX-License-Identifier: BSD-2-Clause
"""Unit test programs built without sanitizers, so that they are fast, for what takes
millions of steps. `make unit` builds and runs the same programs with sanitizers."""

import os
import re
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOST = os.path.join(TOP, "build/host/usr")
LIBRARIES = os.path.join(HOST, "lib/x86_64-linux-gnu")
FLAGS = ["-std=gnu11", "-O2", "-w", "-D_GNU_SOURCE", "-DINSULA_DEBUG", "-DINSULA_HOST_TEST",
         "-Itest/unit/include", "-Isrc/core/include", "-Isrc", "-Iuserland/include",
         "-isystem", os.path.join(HOST, "include")]
LINK = ["-L" + LIBRARIES, "-Wl,-rpath," + LIBRARIES, "-lcmocka"]


def sources(tree, test):
    """What a test says that it is made of."""
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
    """The program with these in its environment, ended or stopped after so many seconds."""
    env = dict(os.environ, **{k: str(v) for k, v in settings.items()})
    return subprocess.run([program], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=seconds, check=False)
