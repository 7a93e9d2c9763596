"""Refusals of the reports room: where a file cannot be written, or a list does not fit."""

from __future__ import annotations

from gis.errors import UserError


class ReportError(UserError):
    """A report cannot be written as it was asked for."""


class UnknownFormatError(ReportError):
    """A format that lists cannot be written in."""

    zh = "不支持的格式“{found}”。可用的格式：{known}。"
    en = "The format “{found}” is not known. Choose one of {known}."


class FormatContradictedError(ReportError):
    """The format asked for is not the one that the file's name says."""

    zh = (
        "文件名 {out} 的后缀是 {suffix}，与格式“{fmt}”不一致，没有写入："
        "请改用 .{fmt}，或去掉 --format。"
    )
    en = (
        "The name {out} ends in {suffix}, but the format asked for is “{fmt}”; nothing was "
        "written: name it .{fmt}, or leave out --format."
    )


class TooManyRowsError(ReportError):
    """More parcels than a worksheet holds."""

    zh = (
        "清单有 {rows} 行，超过 Excel 工作表的上限 {limit} 行。请缩小筛选范围，或导出为 csv、gpkg。"
    )
    en = (
        "The list has {rows} rows; a worksheet holds {limit}. Narrow the filter or write csv, gpkg."
    )


class PlaceMissingError(ReportError):
    """The folder of the output does not exist."""

    zh = "文件夹 {folder} 不存在，没有写入任何内容。请先建立文件夹，或换一个位置。"
    en = (
        "The folder {folder} does not exist; nothing was written. Make it, or choose another place."
    )


class PlaceIsFolderError(ReportError):
    """The output names a folder instead of a file."""

    zh = "{out} 是文件夹，没有写入任何内容。请给出文件名，例如 {out}/list.{fmt}。"
    en = "{out} is a folder; nothing was written. Give a file name such as {out}/list.{fmt}."


class PlaceRefusedError(ReportError):
    """The file cannot be written there: no permission, or open in another program."""

    zh = "无法写入 {out}（{reason}）。若文件正在 Excel 等程序中打开，请先关闭；否则请检查写权限。"
    en = "Cannot write {out} ({reason}). Close it if it is open elsewhere, or check permissions."


class PlaceFullError(ReportError):
    """No room left on the disk; nothing was left behind."""

    zh = "磁盘已满，{out} 没有写入。请腾出空间后重试。"
    en = "The disk is full; {out} was not written. Free some space and retry."
