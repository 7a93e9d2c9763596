"""Refusals of a register whose tables lie in a database; no sentence ever shows a password."""

from __future__ import annotations

from typing import ClassVar

from data.errors import ChangeRefusedError, RegisterError, WorkspaceReadOnlyError


class DatabaseAddressError(RegisterError):
    """The address of the database cannot be understood."""

    zh: ClassVar[str] = (
        "MUTU_DATABASE_URL 不是可用的 PostgreSQL 地址（{detail}）。"
        "请写成 postgresql+psycopg://用户:密码@主机:5432/数据库。"
    )
    en: ClassVar[str] = (
        "MUTU_DATABASE_URL is no usable address of PostgreSQL ({detail}). "
        "Write postgresql+psycopg://user:password@host:5432/database."
    )


class DatabaseUnreachableError(RegisterError):
    """Nobody answers, the login is refused, or the connection broke."""

    zh: ClassVar[str] = (
        "连接不上登记簿 {path} 所在的数据库（{detail}），没有写入任何内容。"
        "请检查数据库是否启动、地址与密码是否正确，然后重试。"
    )
    en: ClassVar[str] = (
        "The database of register {path} cannot be reached ({detail}); nothing was written. "
        "Check that it runs and that address and password are right, and retry."
    )


class DatabaseNotReadyError(RegisterError):
    """The database lacks what a register needs."""

    zh: ClassVar[str] = (
        "数据库尚不能存放登记簿：{detail}。请数据库管理员按 docs/deploy.zh.md 准备。"
    )
    en: ClassVar[str] = (
        "The database cannot hold a register yet: {detail}. "
        "Ask its administrator to prepare it as docs/deploy.md says."
    )


class DatabaseReadOnlyError(WorkspaceReadOnlyError):
    """The user of the database may read the register only."""

    zh: ClassVar[str] = "登记簿 {path} 在数据库中为只读，没有写入任何内容。请向管理员申请写权限。"
    en: ClassVar[str] = (
        "Register {path} is read-only in its database; nothing was written. "
        "Ask the administrator for the right to write."
    )


class DatabaseNotNamedError(RegisterError):
    """The workspace is linked to a database, but nobody says which."""

    zh: ClassVar[str] = (
        "本工作区的登记簿在数据库中（{path}），但没有设置 MUTU_DATABASE_URL。请设置后再打开。"
    )
    en: ClassVar[str] = (
        "The register of this workspace lies in a database ({path}), but MUTU_DATABASE_URL is not "
        "set. Set it and open the workspace again."
    )


class EmbeddedRegisterError(RegisterError):
    """A database is named, but the register of the workspace is a file."""

    zh: ClassVar[str] = (
        "设置了 MUTU_DATABASE_URL，但本工作区的登记簿是文件 {path}。"
        "请用 cli.py move --to database 迁入数据库，或取消该设置。"
    )
    en: ClassVar[str] = (
        "MUTU_DATABASE_URL is set, but the register of this workspace is the file {path}. "
        "Move it with `cli.py move --to database`, or unset the variable."
    )


class OtherDatabaseError(RegisterError):
    """The database does not hold the register that the workspace is linked to."""

    zh: ClassVar[str] = (
        "数据库 {database} 中没有工作区 {path} 所指的登记簿（{schema}）。"
        "请核对 MUTU_DATABASE_URL，或从备份恢复数据库。"
    )
    en: ClassVar[str] = (
        "The database {database} does not hold the register that {path} names ({schema}). "
        "Check MUTU_DATABASE_URL, or restore the database from a backup."
    )


class MoveRefusedError(RegisterError):
    """The tables of a register cannot be moved."""

    zh: ClassVar[str] = "登记簿没有迁移：{detail}。请核对环境变量和工作区后重试。"
    en: ClassVar[str] = (
        "The register was not moved: {detail}. Check the environment and the workspace, and retry."
    )


class RowsRefusedError(ChangeRefusedError):
    """Values that the database cannot hold, such as NUL characters or endless numbers."""
