"""Whatever comes in, accepted and rejected rows add up."""

import geopandas as gpd
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_tools import rejected, square, take

from gis.io import write

SHAPES = {
    "square": square(0),
    "none": None,
    "empty": shapely.Polygon(),
    "bow": shapely.Polygon(
        [(560_000, 3e6), (560_009, 3e6 + 9), (560_009, 3e6), (560_000, 3e6 + 9)]
    ),
    "line": shapely.LineString([(560_000, 3e6), (560_100, 3e6)]),
}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["P1", "P2", "P3", "", " ", "3.3E+18", None]),
            st.sampled_from(sorted(SHAPES)),
            st.one_of(
                st.none(), st.text(max_size=6), st.sampled_from(["15", "-1", "1e999", "12亩"])
            ),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_accepted_and_rejected_are_always_the_rows_that_came_in(tmp_path_factory, rows):
    frame = gpd.GeoDataFrame(
        {"宗地编号": [row[0] for row in rows], "登记面积": [row[2] for row in rows]},
        geometry=[SHAPES[row[1]] for row in rows],
        crs=4549,
    )
    frame["宗地编号"] = frame["宗地编号"].astype("str")
    frame["登记面积"] = frame["登记面积"].astype("str")
    path = tmp_path_factory.mktemp("rows") / "p.parquet"
    report = take(write(frame, path))
    assert report.accepted + report.quarantined + report.rejected == report.rows_in == len(rows)
    assert report.accepted == sum(report.diff[kind] for kind in ("new", "changed", "unchanged"))
    assert len(rejected(report)) == report.quarantined + report.rejected
