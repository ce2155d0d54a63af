"""The trace says what a process was at, also when it is gone."""

from bellwether.answering._trace import Lane, Phase, Trace


def test_each_lane_says_what_its_thread_is_at() -> None:
    here = Trace()
    there = Trace(here.descriptor)
    there.note(Lane.ANSWERING, Phase.RUNNING, "model", "digest")
    seen = here.see(Lane.ANSWERING)
    assert (seen.phase, seen.model_id, seen.bundle_digest) == (Phase.RUNNING, "model", "digest")
    assert here.see(Lane.WARMING).phase is Phase.IDLE
    there.note(Lane.ANSWERING, Phase.IDLE)
    later = here.see(Lane.ANSWERING)
    assert (later.phase, later.model_id) == (Phase.IDLE, "")
    assert later.count > seen.count
    here.close()


def test_names_too_long_are_cut() -> None:
    trace = Trace()
    trace.note(Lane.WARMING, Phase.LOADING, "m" * 5000, "d" * 64)
    seen = trace.see(Lane.WARMING)
    assert seen.bundle_digest == "d" * 64
    assert 0 < len(seen.model_id) < 1024
    trace.close()
