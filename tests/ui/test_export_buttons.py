"""Lists leave in eight formats; encoding, zone and layout are chosen where they matter."""

from streamlit.testing.v1 import AppTest

from ui.components.export_buttons import FORMATS


def page():
    from datetime import date

    import geopandas as gpd
    import pandas as pd
    import shapely

    from reports.context import ExportContext
    from ui.components.export_buttons import export_buttons

    index = pd.Index(["P1"], name="parcel_id", dtype=object)
    land = gpd.GeoDataFrame(geometry=[shapely.box(120, 27, 120.01, 27.01)], index=index, crs=4490)
    about = ("瑞安市", "全部", date(2026, 10, 31), None, 1, "r1", "拆除", True)
    export_buttons(land, ExportContext(*about), name="清单")


def test_a_list_can_be_taken_away_in_eight_formats():
    app = AppTest.from_function(page, default_timeout=120).run()
    assert not app.exception
    assert len(app.get("download_button")) == len(FORMATS) == 8
    assert app.selectbox(key="export.encoding").options == ["UTF-8", "GBK"]
    assert app.selectbox(key="export.zone").options[0] == "3 度带，加带号"
    app.selectbox(key="export.encoding").set_value("GBK").run()
    app.selectbox(key="export.fields").set_value(12).run()
    assert not app.exception
