"""What headings mean: guessed, corrected once, kept under a name."""

import pytest
from intake_tools import NOW, take

from data.intake_columns import ColumnMappingError
from data.intake_guess import (
    ProfileNameError,
    ProfileUnknownError,
    fitting_profile,
    guess_columns,
    keep_profile,
    made_profile,
    profile_named,
    profiles_in,
)
from data.register import Register
from data.schema import headings, normal_heading

LEDGERS = """
项目类型 区块名称 企业 信用代码 所属街道 主导产业 面积(亩) 现状规划功能 现状土地类型
改造方式 改造后主导产业 年计划拆除面积(亩) 计划拆除月份 年计划拆后供地面积(亩)
计划供地月份 年计划拆后新开工面积(万㎡) 计划开工月份 备注 更新时间 地块索引号 权利人
是否1企1地 乡镇 村 出让合同号 不动产权证 不动产单元代码 电子监管号 批准用途 实际用途
供应面积 登记面积 实际用地面积 违法用地面积 shape_area 规划符合情况 约定固投
约定投资强度 约定亩均税收 约定开工时间 实际开工时间 约定竣工时间 实际竣工时间 规划容积率
实际容积率 建筑密度 建筑面积 基底面积 使用权到期日 违章建筑面积 改变用途面积 实际税收
亩均税收 增加值 职工 排放 R&D 主营收入 用地评价 是否登记 是否供地 开发建设情况 整治措施
整治方式 整治提升理由 预计腾出用地(亩) 预计腾出能耗(吨标煤) 企业规模 镇街 规模 评价结果
年度 容积率 约定开工 约定竣工 交地时间 是否标准地 投资强度 SZXZ SZC TDSYQR YDDW TDMJ
PZMJ YJCMJ JZMJ RJL JSZK GHYT SYQLX PHFS SSSJ HYLB DKMC DKBH MJ DKYT TFH DLBM
已完成拆除面积(亩) 已完成拆后供地面积(亩) 已完成拆后新开工面积(万㎡) SFDXYD 是否低效用地""".split()  # noqa: SIM905


def test_every_heading_of_the_bureaus_ledgers_is_understood():
    unknown = [g.heading for name in LEDGERS for g in guess_columns([name], "parcel")
               if g.how in ("unknown", "unit_unknown")]  # fmt: skip
    assert unknown == []
    assert len({headings("parcel").get(normal_heading(name)) for name in LEDGERS}) > 70


def test_each_heading_says_how_it_was_understood_and_in_what_unit():
    names = [
        "地块索引号",
        "登记面积（亩）",
        "宗地面积",
        "GBYTMJ",
        "图形面积",
        "序号",
        "建筑面积(坪)",
        "天气",
    ]
    found = {g.heading: g for g in guess_columns(names, "parcel")}
    assert [g.how for g in found.values()] == [
        "alias", "label", "repeated", "code", "computed", "not_kept", "unit_unknown", "unknown",
    ]  # fmt: skip
    assert found["登记面积（亩）"].factor == pytest.approx(2000 / 3)
    assert found["登记面积（亩）"].unit == "亩"
    assert found["天气"].to_json()["likely"] == []
    (near,) = guess_columns(["土地使用权人名称"], "parcel")
    assert near.likely[0] == "owner"


def test_a_mapping_by_hand_counts_more_and_must_name_real_fields():
    found = guess_columns(["号", "面积", "备注"], "parcel", {"号": "parcel_id", "备注": ""})
    assert [(g.key, g.how) for g in found] == [
        ("parcel_id", "mapped"), ("registered_area_m2", "alias"), (None, "left_out"),
    ]  # fmt: skip
    with pytest.raises(ColumnMappingError, match="castle"):
        guess_columns(["号"], "parcel", {"号": "castle"})


def test_a_corrected_mapping_is_kept_for_the_next_month(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("号,主人\nP1,甲\n", "utf-8")
    mapping = {"号": "parcel_id", "主人": "owner"}
    with Register.open(tmp_path / "w", create=True) as register:
        report = take(table, register, mapping=mapping)
        assert report.headings == ("号", "主人")
        profile = made_profile("月报", "parcels", mapping, report.headings)
        register.commit(keep_profile(report.change, profile, "李工", NOW))
        assert profile_named(register.meta, "月报") == profile
        assert fitting_profile(register.meta, ["主人", "号"], "parcels") == profile
        assert fitting_profile(register.meta, ["号"], "parcels") is None
        register.commit(keep_profile(None, made_profile("乙", "events", {}, []), "李工", NOW))
        assert list(profiles_in(register.meta)) == ["乙", "月报"]
        assert register.verify().ok
    with pytest.raises(ProfileUnknownError, match="月报"):
        profile_named(profile.meta(), "年报")
    with pytest.raises(ProfileNameError):
        made_profile(" ", "parcels", {}, [])
