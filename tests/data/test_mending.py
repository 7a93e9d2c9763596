"""A broken table is put together as far as it can be read in one way; the rest is listed."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.mending import mend_table
from data.mending_recipe import RecipeDoesNotFitError, RecipeFaultyError, read_recipe
from data.overprint import is_shuffle, take_apart, without

FIXTURES = Path("../shared/fixtures/register_csv")
BROWNFIELD = r"""
key = "SiteReference"
fragments = "above"
[[column]]
name = "OrganisationURI"
required = true
[[column]]
name = "OrganisationLabel"
[[column]]
name = "SiteReference"
required = true
[[column]]
name = "PreviouslyPartOf"
[[column]]
name = "SiteNameAddress"
[[column]]
name = "SiteplanURL"
one_of = ["https://www.southhams.gov.uk/article/4291/Brownfield-Land-Register"]
[[column]]
name = "CoordinateReferenceSystem"
one_of = ["OSGB36", "WGS84"]
[[column]]
name = "GeoX"
pattern = '\d{6}'
least = 240000
most = 295000
[[column]]
name = "GeoY"
pattern = '\d{5,6}'
least = 35000
most = 75000
[[column]]
name = "Hectares"
pattern = '\d+\.\d+'
[[column]]
name = "OwnershipStatus"
one_of = ["owned by a public authority", "not owned by a public authority", "mixed ownership"]
[[column]]
name = "Deliverable"
one_of = ["yes", "no"]
[[column]]
name = "PlanningStatus"
one_of = ["permissioned", "not permissioned", "pending decision"]
[[column]]
name = "PermissionType"
[[column]]
name = "PermissionDate"
date = "%d/%m/%Y"
[[column]]
name = "PlanningHistory"
[[column]]
name = "ProposedForPIP"
[[column]]
name = "MinNetDwellings"
pattern = '\d+'
[[column]]
name = "DevelopmentDescription"
[[column]]
name = "NonHousingDevelopment"
[[column]]
name = "Part2"
[[column]]
name = "Net DwellingsRange From"
[[column]]
name = "NetDwellingsRangeTo"
[[column]]
name = "HazardousSubstances"
[[column]]
name = "SiteInformation"
[[column]]
name = "Notes"
[[column]]
name = "FirstAddedDate"
date = "%d/%m/%Y"
required = true
[[column]]
name = "LastUpdatedDate"
date = "%d/%m/%Y"
required = true
"""
SMALL = """
key = "no"
[[column]]
name = "no"
required = true
[[column]]
name = "state"
one_of = ["open", "closed"]
[[column]]
name = "area"
pattern = '[0-9]+'
[[column]]
name = "note"
"""


def recipe(tmp_path, text):
    path = tmp_path / "recipe.toml"
    path.write_text(text, "utf-8")
    return read_recipe(path)


def mended(tmp_path, lines, text=SMALL):
    path = tmp_path / "broken.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return mend_table(path, recipe(tmp_path, text))


@pytest.mark.skipif(not FIXTURES.exists(), reason="the published register is not here")
def test_the_published_register_becomes_the_one_corrected_by_hand(tmp_path):
    source = tmp_path / "published.csv"
    source.write_bytes((FIXTURES / "brownfield_as_published.txt").read_bytes())
    found = mend_table(source, recipe(tmp_path, BROWNFIELD))
    text = (FIXTURES / "brownfield_fixed.csv").read_text("utf-8")
    by_hand = list(csv.DictReader(io.StringIO(text, newline="")))
    records = found.table.fillna("").to_dict(orient="records")
    assert len(records) == len(by_hand) == 12
    differing = {
        (mine["SiteReference"], name)
        for mine, theirs in zip(records, by_hand, strict=True)
        for name, value in theirs.items()
        if mine[name] != value
    }
    listed = set(zip(found.faults["row"].map(found.table["SiteReference"]), found.faults["column"],
                     strict=True))  # fmt: skip
    assert differing == listed == {("1483/17/POD", "Notes"), ("58/2441/15/F", "Notes")}
    assert found.faults["zh"].str.contains(r"3895/17/POD|2821/17/FUL").all()
    assert found.rows_in == 27


def test_texts_printed_over_one_another_are_taken_apart(tmp_path):
    found = mended(tmp_path, ["no,satraetae,note", "A,o1p2en,x", "B,closed,", "C,7,y"])
    assert found.table["state"].tolist() == ["open", "closed", "7"]
    assert found.table["area"].tolist() == ["12", None, None]
    assert found.faults[["row", "value"]].values.tolist() == [[4, "7"]]


def test_torn_rows_join_the_record_below_them(tmp_path):
    found = mended(tmp_path, ["no,state,area,note", ",,,first", "A,open,1,second", ",,,last"])
    assert found.table["note"].tolist() == ["first second"]
    assert found.faults["value"].tolist() == ["last"]


def test_what_is_missing_or_wrong_is_listed_and_stays(tmp_path):
    found = mended(tmp_path, ["no,state,area,note", "A,shut,1,x", "A,open,many,y"])
    assert found.table["state"].tolist() == ["shut", "open"]
    assert found.faults["column"].tolist() == ["state", "area", "no"]


def test_headings_that_are_not_the_recipes_are_refused(tmp_path):
    with pytest.raises(RecipeDoesNotFitError, match="weather"):
        mended(tmp_path, ["no,weather", "A,fine"])


@pytest.mark.parametrize(
    "text", ["key = 'x'", SMALL.replace("[0-9]+", "([0-9]+)"), "key = [", SMALL + "colour = 1"]
)
def test_a_recipe_that_cannot_be_used_is_refused(tmp_path, text):
    with pytest.raises(RecipeFaultyError):
        recipe(tmp_path, text)


words = st.text("abcd", min_size=1, max_size=6)


@given(words, words, st.randoms(use_true_random=False))
def test_what_was_printed_over_one_another_is_found_again(one, other, random):
    places = sorted(random.sample(range(1, len(one) + len(other)), len(other)))
    rest = iter(one)
    over = iter(other)
    text = "".join(next(over) if n in places else next(rest) for n in range(len(one) + len(other)))
    assert is_shuffle(text, [one, other])
    assert one in without(text, other)
    assert ((one, other), ()) in take_apart(text, [[one], [other]], [])
