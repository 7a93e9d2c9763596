"""Wrong usage told in the language of the run; the parser itself speaks English only."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperGroup

from cli_frame import lang_of

# The parser's own base class of wrong usage, which typer does not name in public.
UsageError: Any = typer.BadParameter.__base__


class Verbs(TyperGroup):
    """The verbs, with wrong usage told in Chinese unless English is asked."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        """Read the words before the verb."""
        try:
            return super().make_context(*args, **more)
        except UsageError as error:
            raise in_the_language(error) from error.__cause__

    def invoke(self, ctx: Any) -> Any:
        """Read the words after the verb, and do it."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            raise in_the_language(error) from error.__cause__


def in_the_language(error: Any) -> Any:
    """Let the error show itself in the language of the run."""
    if lang_of() == "zh" and type(error).__name__ != "NoArgsIsHelpError":
        sentence = usage_sentence(error)
        path = error.ctx.command_path if error.ctx else "cli.py"
        told = f"{sentence}\n用法见：{path} --help"
        error.show = lambda file=None: typer.echo(told, file=file, err=file is None)
    return error


def usage_sentence(error: Any) -> str:
    """Return what is wrong with the words of the command, in Chinese."""
    kind, message = type(error).__name__, str(error.message)
    if kind == "MissingParameter":
        return f"缺少 {error.param.get_error_hint()}。"
    if kind == "NoSuchOption":
        return f"没有选项 {error.option_name}。"
    if kind == "BadOptionUsage":
        return f"选项 {error.option_name} 用法不对：后面要有且只有一个值。"
    if isinstance(error, typer.BadParameter):
        hint = error.param.get_error_hint() if error.param else ""
        return f"{hint} 的值不可用：{_reason(error, message)}。"
    for pattern, told in (
        (r"No such command '(.*)'", "没有命令 {}。"),
        (r"unexpected extra argument.*\((.*)\)", "多出的内容：{}。"),
        (r"Missing command()", "缺少命令{}。"),
    ):
        if found := re.search(pattern, message):
            return told.format(found[1])
    return f"命令用法不对：{message}"


def _reason(error: Any, message: str) -> str:
    """Say what the value should be, as the reader of values found it."""
    faults = error.__cause__.errors() if hasattr(error.__cause__, "errors") else []
    kind = faults[0]["type"] if faults else ""
    limits = faults[0].get("ctx", {}) if faults else {}
    if found := re.search(r"('.*?') is not one of (.*?)\.?$", message):
        return f"{found[1]} 不在可选值 {found[2].replace(', ', '、')} 之中"
    if "ge" in limits:
        return f"不能小于 {limits['ge']}"
    if "le" in limits:
        return f"不能大于 {limits['le']}"
    if kind.startswith("int_"):
        return "应为整数"
    if message.endswith("YYYY-MM-DD"):
        return message.replace(": YYYY-MM-DD", " 不是日期，应写作 2026-10-31 的样子")
    return message
