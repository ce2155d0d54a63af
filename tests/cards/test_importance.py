"""What a model used, in words: luck is called luck."""

from bellwether.cards import IMPORTANCE_NOTE, importance_rows, tell_importance
from bellwether.cards._importance import draw_importance
from bellwether.validation import FeatureImportance


def worth(name: str, loss: float, width: float, *alike: str) -> FeatureImportance:
    return FeatureImportance(
        feature=name, loss=loss, low=loss - width, high=loss + width, alike=alike
    )


HELP, LUCK, HARM = worth("a", 0.05, 0.01), worth("b", 0.01, 0.02, "a"), worth("c", -0.05, 0.01)


def test_help_harm_and_luck_are_told_apart() -> None:
    assert [row[3] for row in importance_rows([HELP, LUCK, HARM])] == [
        "a help",
        "nothing: luck would do; moves with a",
        "a harm",
    ]
    assert tell_importance([HELP, LUCK, HARM]) == (
        "Out of sample the skill hung on a and the model did worse with c; "
        "the others cannot be told from luck."
    )
    assert tell_importance([HELP]) == "Out of sample the skill hung on a."


def test_where_nothing_can_be_told_it_is_said() -> None:
    said = tell_importance([LUCK, LUCK])
    assert said == "None of 2 features can be told from luck: every interval includes zero."


def test_the_card_has_a_section_only_where_features_were_taken_away() -> None:
    assert draw_importance(()) is None
    page = str(draw_importance([worth("<b>", 0.05, 0.01), LUCK]))
    assert "&lt;b&gt;" in page
    assert "+0.040 to +0.060" in page
    assert IMPORTANCE_NOTE.split("'", maxsplit=1)[0] in page
