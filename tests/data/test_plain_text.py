import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from data.intake_columns import Column
from data.intake_values import coerce, plain_text
from data.schema import field

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=8)


@given(TEXTS)
def test_texts_read_alike_from_a_column_of_strings_and_of_objects(texts):
    """The quick way for clean columns changes no value."""
    objects = pd.Series(texts, dtype=object)
    try:
        strings = objects.astype("str")
    except UnicodeEncodeError:  # half a character of UTF-16 fits no column of strings
        return
    assert plain_text(strings).tolist() == plain_text(objects).tolist()


@given(TEXTS)
def test_ids_are_refused_alike(texts):
    column = Column("宗地编号", field("parcel_id"), 1.0)
    objects = pd.Series(texts, dtype=object)
    try:
        strings = objects.astype("str")
    except UnicodeEncodeError:
        return
    assert coerce(strings, column).bad.to_dict() == coerce(objects, column).bad.to_dict()


def test_a_list_in_a_clean_column_of_ids_is_no_id():
    column = Column("宗地编号", field("parcel_id"), 1.0)
    found = coerce(pd.Series(["P1", "[1, 2]", "a\ufffdb"], dtype="str"), column)
    assert found.bad.to_dict() == {1: "unusable", 2: "unusable"}
