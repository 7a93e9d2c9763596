"""Refusals of the data room, each a sentence in Chinese and English with the way out."""

from __future__ import annotations

from typing import ClassVar

from gis.errors import UserError


class DataError(UserError):
    """The register, a ledger, a rule or a term cannot be used as it is."""


class DictionaryFaultyError(DataError):
    """The field dictionary or the list of enums contradicts itself."""

    zh: ClassVar[str] = "字段字典 {file} 有 {count} 处错误：{faults}。请逐处改正后重试。"
    en: ClassVar[str] = (
        "The dictionary {file} has {count} faults: {faults}. Mend them all and retry."
    )


class UnknownFieldError(DataError):
    """A term that the dictionary does not hold."""

    zh: ClassVar[str] = "字段字典中没有“{key}”。请使用 data/fields.toml 中的字段名。"
    en: ClassVar[str] = "The dictionary has no field “{key}”. Use a key of data/fields.toml."


class UnknownEnumError(DataError):
    """An enum or a code that the lists do not hold."""

    zh: ClassVar[str] = "代码表 {enum} 中没有“{code}”。可用的有：{known}。"
    en: ClassVar[str] = "The list {enum} has no “{code}”. Known are: {known}."


class RulesFaultyError(DataError):
    """Rule files with missing units, sources or unknown codes; every fault is listed."""

    zh: ClassVar[str] = (
        "规则文件有 {count} 处错误，未载入：{faults}。每个数值都要有单位、出处和生效日期。"
    )
    en: ClassVar[str] = (
        "The rules have {count} faults and were not loaded: {faults}. "
        "Each value needs a unit, a source and a valid-from date."
    )


class TownsFaultyError(DataError):
    """The table of towns is incomplete or contradicts itself."""

    zh: ClassVar[str] = "乡镇表 {file} 有错误：{faults}。请改正后重试。"
    en: ClassVar[str] = "The table of towns {file} is faulty: {faults}. Mend it and retry."


class RegisterError(DataError):
    """The register cannot be opened, read or written."""


class WorkspaceMissingError(RegisterError):
    """No register lies where it was looked for."""

    zh: ClassVar[str] = "工作区 {path} 中没有登记簿。请检查路径，或先用 sample 或 import 建立。"
    en: ClassVar[str] = (
        "There is no register in workspace {path}. Check the path, "
        "or make one with `sample` or `import`."
    )


class WorkspaceReadOnlyError(RegisterError):
    """The workspace or its register cannot be written."""

    zh: ClassVar[str] = "工作区 {path} 为只读，没有写入任何内容。请取得写权限，或复制到可写目录。"
    en: ClassVar[str] = (
        "Workspace {path} is read-only; nothing was written. "
        "Get permission to write or copy it to a writable folder."
    )


class WorkspaceLockedError(RegisterError):
    """Another process keeps the register busy."""

    zh: ClassVar[str] = (
        "登记簿 {path} 正被其他程序占用，等待 {seconds} 秒仍未放开，没有写入任何内容。"
        "请关闭正在写入的程序（如 QGIS 编辑会话）后重试。"
    )
    en: ClassVar[str] = (
        "Register {path} is locked by another program and was not released within {seconds} s; "
        "nothing was written. Close what is writing to it (such as a QGIS edit session) and retry."
    )


class DiskFullError(RegisterError):
    """No room left on the disk."""

    zh: ClassVar[str] = (
        "磁盘已满，{path} 没有写入任何内容（打开登记簿也需要少量空间）。请腾出空间后重试。"
    )
    en: ClassVar[str] = (
        "The disk is full; nothing was written to {path} (opening a register needs some room too). "
        "Free some space and retry."
    )


class NewerSchemaError(RegisterError):
    """The register was made by a newer version of the program."""

    zh: ClassVar[str] = "登记簿 {path} 的结构（{found}）比本程序（{known}）新。请先升级程序再打开。"
    en: ClassVar[str] = (
        "Register {path} has schema {found}, newer than this program knows ({known}). "
        "Upgrade the program first."
    )


class OlderSchemaError(RegisterError):
    """The register needs an upgrade but cannot be written."""

    zh: ClassVar[str] = (
        "登记簿 {path} 的结构（{found}）较旧且只读，无法升级到 {known}。请在可写目录打开一次。"
    )
    en: ClassVar[str] = (
        "Register {path} has the older schema {found} and is read-only, so it cannot be brought "
        "to {known}. Open it once where it can be written."
    )


class NotARegisterError(RegisterError):
    """A file that is no database, is cut off, or is another kind of GeoPackage."""

    zh: ClassVar[str] = (
        "{path} 不是亩图登记簿，或文件已损坏（{detail}）。请从备份恢复，或换一个工作区。"
    )
    en: ClassVar[str] = (
        "{path} is not a register of this program or is damaged ({detail}). "
        "Restore a backup or choose another workspace."
    )


class RegisterDamagedError(RegisterError):
    """A cell holds what its column cannot hold, such as text that is no UTF-8."""

    zh: ClassVar[str] = (
        "登记簿 {path} 里有读不出的内容（{detail}）。"
        "请停止写入，运行 verify 查明是哪一行，并从备份恢复。"
    )
    en: ClassVar[str] = (
        "Register {path} holds what cannot be read ({detail}). "
        "Stop writing to it, run `verify` to see which row it is, and restore a backup."
    )


class DiskFaultError(RegisterError):
    """The disk or the network drive does not read or write."""

    zh: ClassVar[str] = (
        "读写 {path} 时磁盘出错，没有写入任何内容。请检查磁盘空间、移动盘或网络盘的连接后重试。"
    )
    en: ClassVar[str] = (
        "The disk failed on {path}; nothing was written. "
        "Check its free space and the connection of the drive, and retry."
    )


class RegisterUnopenableError(RegisterError):
    """The file is there, but the system does not let it be opened."""

    zh: ClassVar[str] = (
        "打不开登记簿 {path}。请检查对文件和所在文件夹的读写权限，以及网络盘是否连接。"
    )
    en: ClassVar[str] = (
        "Register {path} cannot be opened. Check the permissions of the file and its folder, "
        "and that the drive is connected."
    )


class WorkspaceIsFileError(RegisterError):
    """A workspace is a folder; a file was given."""

    zh: ClassVar[str] = "工作区应是文件夹，{path} 却是文件。请给出登记簿所在的文件夹。"
    en: ClassVar[str] = (
        "A workspace is a folder, but {path} is a file. Give the folder that holds the register."
    )


class RegisterFaultError(RegisterError):
    """The database refused for a reason that has no sentence of its own."""

    zh: ClassVar[str] = "登记簿 {path} 操作失败：{detail}。没有写入任何内容，请运行 verify 检查。"
    en: ClassVar[str] = "Register {path} failed: {detail}. Nothing was written; run `verify`."


class ChangeRefusedError(RegisterError):
    """A change that cannot be committed as it is; nothing was written.

    ``faults`` are pairs of a Chinese and an English phrase; ``count`` may exceed their number.
    """

    zh: ClassVar[str] = "变更未写入，共 {count} 处问题：{faults}。请改正后重新提交。"
    en: ClassVar[str] = "The change was not written; {count} faults: {faults}. Mend them and retry."

    def say(self, lang: str) -> str:
        """Return the sentence with the faults in the same language."""
        told = self.zh if lang != "en" else self.en
        own = [fault[0 if lang != "en" else 1] for fault in self.params["faults"]]
        joined = ("；" if lang != "en" else "; ").join(own)
        return told.format(**{**self.params, "faults": joined})


class EventsRefusedError(ChangeRefusedError):
    """Stage events that contradict the register; every fault is counted, the first ten shown."""

    zh: ClassVar[str] = "阶段事件未写入，共 {count} 处问题：{faults}。请改正后整批重新提交。"
    en: ClassVar[str] = (
        "No stage event was written; {count} faults: {faults}. Mend them and send the batch again."
    )


class ConflictError(ChangeRefusedError):
    """Somebody else changed since then what this change would overwrite; nothing was written.

    ``conflicts`` are the collisions as records of ``data.register.conflicts``.
    """

    zh: ClassVar[str] = (
        "在您打开之后，他人已改动同样的内容，没有写入，共 {count} 处：{faults}。"
        "请刷新，核对他人的值后重新提交。"
    )
    en: ClassVar[str] = (
        "Since you opened it somebody else changed the same; nothing was written. "
        "{count} conflicts: {faults}. Refresh, look at their values and submit again."
    )


class UnknownParcelError(RegisterError):
    """A parcel the register has never held."""

    zh: ClassVar[str] = "登记簿中没有宗地“{parcel_id}”。请核对宗地编号。"
    en: ClassVar[str] = "The register has no parcel “{parcel_id}”. Check the parcel ID."


class UnknownLayerError(RegisterError):
    """A reference layer the register does not list, or whose file is gone."""

    zh: ClassVar[str] = "登记簿中没有图层“{name}”，或其文件 {file} 已丢失。请重新导入该图层。"
    en: ClassVar[str] = (
        "The register has no layer “{name}”, or its file {file} is missing. Import the layer again."
    )
