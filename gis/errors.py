"""Refusals that a user can read in Chinese or English, and the base of the geometry room's errors."""

from __future__ import annotations

from typing import Any, ClassVar


class UserError(ValueError):
    """A refusal written for the person at the desk: what was found, where, how to mend it.

    Subclasses set the templates ``zh`` and ``en`` with the same placeholders and are raised with
    keyword parameters only.

    Examples
    --------
    >>> class FileEmptyError(UserError):
    ...     zh = "文件 {file} 是空的：请重新导出。"
    ...     en = "File {file} is empty: export it again."
    >>> str(FileEmptyError(file="a.shp"))
    '文件 a.shp 是空的：请重新导出。'
    >>> FileEmptyError(file="a.shp").say("en")
    'File a.shp is empty: export it again.'
    """

    zh: ClassVar[str] = "{detail}"
    en: ClassVar[str] = "{detail}"

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.say("zh"))

    def say(self, lang: str) -> str:
        """Return the sentence in ``lang`` (``"zh"`` or ``"en"``)."""
        return (self.en if lang == "en" else self.zh).format(**self.params)


class GisError(UserError):
    """A file, coordinate system, raster or geometry that cannot be used as it is."""
