"""Two parcels as every format should keep them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

CODE = "3303810010010000001"


@pytest.fixture
def parcels():
    return gpd.GeoDataFrame(
        {
            "DKBH": [CODE, "330381001001GB00002"],
            "名称": ["甲厂", "乙厂"],
            "面积": [10_000.5, np.nan],
            "人数": pd.array([3, None], dtype="Int64"),
            "日期": pd.to_datetime(["2024-02-29", None]),
        },
        geometry=[
            shapely.box(560_000, 3_074_000, 560_100, 3_074_100),
            shapely.box(560_200, 3_074_000, 560_300, 3_074_100),
        ],
        crs=4549,
    )
