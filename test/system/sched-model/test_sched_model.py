# SPDX-License-Identifier: BSD-2-Clause
"""The scheduler and the calls beside their reference model (test/unit/sched), at length: other
seeds than the unit test's, and every state of a small system up to eight events."""

from host_program import TOP, compiled, linked, ran, sources

EVENTS = 5_000_000
DEPTH = 8
STATES = 2_965_867


def built(test, to):
    return linked([compiled(TOP, s, str(to)) for s in sources(TOP, test)], str(to / "program"))


def notes_of(done, note):
    assert done.returncode == 0, done.stdout
    lines = [x[6:] for x in done.stdout.splitlines() if x.startswith("note: ")]
    for line in lines:
        note(line)
    return lines


def test_the_model_agrees_at_length(tmp_path, note):
    program = built("test/unit/sched/test_model.c", tmp_path)
    ways = notes_of(ran(program, 600, MODEL_EVENTS=EVENTS, MODEL_SEED=100_000), note)
    assert len(ways) == 3 and all(f"{EVENTS} events" in way for way in ways)


def test_every_state_up_to_eight_events_is_right(tmp_path, note):
    program = built("test/unit/sched/test_every_state.c", tmp_path)
    ways = notes_of(ran(program, 1200, STATES_DEPTH=DEPTH), note)
    assert len(ways) == 2 and all(f"{STATES} states" in way for way in ways)
