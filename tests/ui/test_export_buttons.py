"""Lists leave in eight formats; encoding, zone and layout are chosen where they matter."""

from ui.components.export_buttons import FORMATS


def opened(home):
    home.run()
    home.switch_page("pages/parcels.py").run()
    home.session_state["export.open"] = True
    return home.run()


def test_a_list_can_be_taken_away_in_eight_formats(home):
    app = opened(home)
    assert not app.exception
    labels = [button.proto.label for button in app.get("download_button")]
    assert len([label for label in labels if "（." in label]) == len(FORMATS) == 8
    assert app.selectbox(key="export.encoding").options == ["UTF-8", "GBK"]
    assert app.selectbox(key="export.zone").options[0] == "3 度带，加带号"
    app.selectbox(key="export.encoding").set_value("GBK").run()
    app.selectbox(key="export.fields").set_value(12).run()
    assert not app.exception
