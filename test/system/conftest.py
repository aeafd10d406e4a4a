# SPDX-License-Identifier: BSD-2-Clause
"""Makes insula.py importable, keeps from a board what it cannot have, and reports the
checks of bare programs as subtests."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import insula  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--board", default="virt", choices=["virt", "raspi3b"],
                     help="the board that tests boot unless they name one")


def pytest_configure(config):
    insula.suite["board"] = config.getoption("--board")


def folder_of(item):
    """A bare program's folder is its test's parameter."""
    name = os.path.basename(os.path.dirname(str(item.path)))
    return item.callspec.params["name"] if item.path.name == "test_bare.py" else name


def pytest_collection_modifyitems(config, items):
    """Deselects, and remembers for the summary, what not-on-BOARD lists."""
    entries = insula.not_on(config.getoption("--board"))
    kept, config.not_run, config.notes = [], [], []
    for item in items:
        entry = insula.lacking(entries, folder_of(item), item.path.name, item.name)
        if entry:
            config.not_run.append((item, entry))
        else:
            kept.append(item)
    config.hook.pytest_deselected(items=[item for item, _ in config.not_run])
    items[:] = kept


def pytest_terminal_summary(terminalreporter, config):
    """One line for each entry; scripts/run-tests passes them on."""
    for folder, what, why in dict.fromkeys(entry for _, entry in config.not_run):
        name = f"{folder}::{what}" if what else folder
        terminalreporter.write_line(f"not on {config.getoption('--board')}: {name}: {why}")
    for text in config.notes:
        terminalreporter.write_line(f"note: {text}")


@pytest.fixture(name="note")
def fixture_note(request):
    """note(TEXT): a line for the reader, of a test that passes, too."""
    return request.config.notes.append


@pytest.fixture(autouse=True)
def count_subtests(record_property):
    insula.counted.update(passed=0, failed=0)
    yield
    for kind, number in insula.counted.items():
        if number:
            record_property(f"subtests_{kind}", number)
