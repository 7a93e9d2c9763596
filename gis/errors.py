"""Refusals that a user can read in Chinese or English, and those of the geometry room."""

from __future__ import annotations

from typing import Any, ClassVar


class Words(str):
    """A phrase inside a refusal or a note: the Chinese text itself, with the English beside it.

    Examples
    --------
    >>> Words("文件被截断", "the file is cut off").say("en")
    'the file is cut off'
    """

    __slots__ = ("en",)
    en: str

    def __new__(cls, zh: str, en: str = "") -> Words:
        """Take the phrase in both languages; without English the Chinese stands for both."""
        phrase = super().__new__(cls, zh)
        phrase.en = en or zh
        return phrase

    def __reduce__(self) -> tuple[Any, ...]:
        return Words, (str(self), self.en)

    def say(self, lang: str) -> str:
        """Return the phrase in ``lang`` (``"zh"`` or ``"en"``)."""
        return self.en if lang == "en" else str(self)


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
    hint: Words | None = None
    """What was found out on top, such as a way that would do; said behind the sentence."""

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.say("zh"))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let copies and processes rebuild the refusal from its parameters."""
        return _rebuilt, (type(self), self.params, self.hint)

    def __str__(self) -> str:
        return self.say("zh")

    def say(self, lang: str) -> str:
        """Return the sentence in ``lang`` (``"zh"`` or ``"en"``)."""
        told = {key: spoken(value, lang) for key, value in self.params.items()}
        sentence = (self.en if lang == "en" else self.zh).format(**told)
        if self.hint is None:
            return sentence
        return f"{sentence}{' ' if lang == 'en' else ''}{self.hint.say(lang)}"


def spoken(value: Any, lang: str) -> Any:
    """Return the phrase in ``lang`` where the value has one for each language, else the value."""
    return value.say(lang) if isinstance(value, Words) else value


def _rebuilt(kind: type[UserError], params: dict[str, Any], hint: Words | None) -> UserError:
    refusal = kind(**params)
    refusal.hint = hint
    return refusal


class GisError(UserError):
    """A file, coordinate system, raster or geometry that cannot be used as it is."""


class FileMissingError(GisError):
    """The path leads nowhere."""

    zh = "找不到文件 {file}：请检查路径和文件名。"
    en = "There is no file {file}: check the path and the name."


class FileEmptyError(GisError):
    """A file of zero bytes, or with no layer or table inside."""

    zh = "文件 {file} 是空的，里面没有数据：请重新导出后再试。"
    en = "File {file} is empty, there is no data in it: export it again."


class FileUnreadableError(GisError):
    """The operating system does not let us read the file."""

    zh = "无法打开文件 {file}：{reason}。请检查权限，或关闭正在占用它的程序。"
    en = "File {file} cannot be opened: {reason}. Check permissions, or close the program using it."


class FileDamagedError(GisError):
    """Truncated or corrupt content."""

    zh = "文件 {file} 已损坏或不完整（{reason}）：请从原系统重新导出或重新拷贝。"
    en = "File {file} is damaged or incomplete ({reason}): export or copy it again."


class FormatUnknownError(GisError):
    """A suffix that Mutu does not read or write."""

    zh = "不认识文件 {file} 的格式（后缀 {suffix}）：可用的格式有 {known}。"
    en = "The format of file {file} (suffix {suffix}) is not known: usable formats are {known}."


class FormatMismatchError(GisError):
    """The suffix says one format, the content is another."""

    zh = "文件 {file} 的后缀是 {suffix}，内容却是 {actual}：请改回正确的后缀 {right} 再试。"
    en = "File {file} is named {suffix} but its content is {actual}: rename it to {right}."


class SidecarMissingError(GisError):
    """A shapefile without its companions."""

    zh = "Shapefile {file} 缺少配套文件 {missing}：请把同名的 .shp、.shx、.dbf 放在同一目录。"
    en = "Shapefile {file} lacks {missing}: put .shp, .shx and .dbf of one name in one folder."


class LayerChoiceError(GisError):
    """Several layers, none named."""

    zh = "文件 {file} 里有 {count} 个图层或工作表（{layers}）：请用 --layer 指明要读哪一个。"
    en = "File {file} holds {count} layers or sheets ({layers}): name one with --layer."


class LayerUnknownError(GisError):
    """A layer that the file does not hold."""

    zh = "文件 {file} 里没有名为 {layer} 的图层或工作表：现有 {layers}。"
    en = "File {file} has no layer or sheet named {layer}: it holds {layers}."


class GeometryMissingError(GisError):
    """A table where a map layer is needed."""

    zh = "文件 {file} 没有图形：请提供带图形的文件（如 .gpkg、.shp、.geojson）。"
    en = "File {file} has no geometry: give a file with geometry (.gpkg, .shp, .geojson)."


class EncodingUnknownError(GisError):
    """Text that decodes in no encoding we trust."""

    zh = (
        "无法判断文件 {file} 的文字编码：请用 --encoding 指明，例如 --encoding GB18030；"
        "没有字节顺序标记的 UTF-16 文件用 --encoding UTF-16LE（或 UTF-16BE）。"
    )
    en = (
        "The text encoding of {file} cannot be told: give it, for example --encoding GB18030; "
        "UTF-16 without a byte order mark needs --encoding UTF-16LE (or UTF-16BE)."
    )


class EncodingWrongError(GisError):
    """The encoding that was given does not fit the bytes."""

    zh = "按编码 {encoding} 读不通文件 {file}：请换一种编码，例如 --encoding GB18030。"
    en = "File {file} does not decode as {encoding}: try another, for example --encoding GB18030."


class EncodingNotTextError(GisError):
    """The name that was given is that of no encoding of text."""

    zh = "“{encoding}”不是可用的文字编码：请用 --encoding 给出 GB18030、UTF-8 或 UTF-16LE 之类。"
    en = "“{encoding}” is no text encoding: give --encoding GB18030, UTF-8 or UTF-16LE."


class FileEncryptedError(GisError):
    """A file that opens with a password only."""

    zh = "文件 {file} 设有密码（已加密），无法读取：请在原程序中打开，去掉密码后另存再试。"
    en = "File {file} is encrypted with a password: open it, save it without password, try again."


class SheetTooWideError(GisError):
    """A worksheet whose filled cells span more than can be held."""

    zh = (
        "文件 {file} 的工作表“{sheet}”在 {cell} 处有内容，整表会有 {rows:,} 行 × {columns:,} 列，"
        "超过上限（{limit:,} 格，且不超过 1,048,576 行、16,384 列）："
        "请删除该处多余的单元格（删除整行整列）后另存再试。"
    )
    en = (
        "Sheet “{sheet}” of {file} holds something at {cell}, which makes it {rows:,} rows × "
        "{columns:,} columns, above the limit ({limit:,} cells, and no more than 1,048,576 rows "
        "and 16,384 columns): delete the stray cell "
        "(whole row and column), save and try again."
    )


class TableTooLongError(GisError):
    """A table of more rows than a list of a county has."""

    zh = (
        "表 {file} 有 {rows:,} 行，超过 {limit:,} 行的上限，没有读取："
        "请删除下方多余的行（删除整行），或拆成几个文件再试。"
    )
    en = (
        "Table {file} has {rows:,} rows, above the limit of {limit:,}; it was not read: delete "
        "the rows that hold nothing of use, or split it into several files."
    )


class TableHeaderError(GisError):
    """No row that looks like a header."""

    zh = "在表 {file} 的前 {rows} 行里找不到表头：请检查列标题，或删去表头上方的说明行。"
    en = "No header row among the first {rows} rows of {file}: check the column headings."


class CrsMissingError(GisError):
    """No coordinate system declared."""

    zh = (
        "文件 {file} 没有说明坐标系，不能猜：请用 --crs 指明，"
        "例如 --crs EPSG:4549（2000 国家大地坐标系，3 度带，中央经线 120°）。"
    )
    en = (
        "File {file} declares no coordinate system, and it cannot be guessed: give it, "
        "for example --crs EPSG:4549 (CGCS2000, 3-degree zone, central meridian 120°)."
    )


class CrsDiffersError(GisError):
    """The coordinate system that was given is not the one that the file declares."""

    zh = (
        "文件 {file} 声明 {declared}，与给出的 {given} 不一致："
        "去掉 --crs，或先改正文件的 .prj（坐标系声明）。"
    )
    en = (
        "File {file} declares {declared}, which is not the {given} that was given: "
        "leave out --crs, or mend the file's .prj (its declaration) first."
    )


class CrsUnknownError(GisError):
    """A coordinate system that cannot be understood."""

    zh = "不认识坐标系“{crs}”：请用 --crs 给出 EPSG 代号，例如 --crs EPSG:4549 或 --crs EPSG:4490。"
    en = (
        "Coordinate system “{crs}” is not known: give an EPSG code, "
        "for example --crs EPSG:4549 or --crs EPSG:4490."
    )


class DatumRefusedError(GisError):
    """Xi'an 80, Beijing 54 or another datum without a public transformation."""

    zh = (
        "坐标系“{crs}”用的是{datum}，没有公开的精确转换参数，直接转换会偏移几十米以上："
        "请先由测绘部门转换到 2000 国家大地坐标系（如 EPSG:4549）再导入；"
        "坐标其实已经转换的，用 --crs converted 确认；有七参数的，用 --crs seven=… 给出。"
    )
    en = (
        "Coordinate system “{crs}” is on {datum}, which has no public exact transformation "
        "(errors of tens of metres): have it converted to CGCS2000 (such as EPSG:4549) first. "
        "Confirm with --crs converted that the coordinates are converted already, or give "
        "your seven parameters with --crs seven=…"
    )


class CoordinatesOutOfRangeError(GisError):
    """Degrees beyond the globe: most likely projected coordinates."""

    zh = (
        "文件 {file} 按 {crs} 应是经纬度，坐标却超出范围（例如 {x:.1f}, {y:.1f}），多半是投影坐标："
        "请用 --crs 指明真实的坐标系，例如 --crs EPSG:4549。"
    )
    en = (
        "File {file} should hold degrees ({crs}), yet coordinates are out of range "
        "(such as {x:.1f}, {y:.1f}), most likely projected: give the real one, --crs EPSG:4549."
    )


class CoordinatesNotMetresError(GisError):
    """Metres no larger than degrees: most likely longitude and latitude."""

    zh = (
        "文件 {file} 按 {crs} 应是以米为单位的坐标，数值却像经纬度（例如 {x:.4f}, {y:.4f}）："
        "请用 --crs 指明真实的坐标系，例如 --crs EPSG:4490，或改正文件的坐标系声明。"
    )
    en = (
        "File {file} should hold metres ({crs}), yet its coordinates look like degrees "
        "(such as {x:.4f}, {y:.4f}): give the real system, for example --crs EPSG:4490, "
        "or mend what the file declares."
    )


class CoordinatesMisplacedError(GisError):
    """Coordinates that fall far outside the area of their system."""

    zh = (
        "文件 {file} 按 {crs} 换算后落在{where}，远离该坐标系的适用范围"
        "（经度 {west:.1f}°–{east:.1f}°，纬度 {south:.1f}°–{north:.1f}°）：{hint}。"
    )
    en = (
        "Taken as {crs}, file {file} falls at {where}, far from where that system is used "
        "(longitude {west:.1f}° to {east:.1f}°, latitude {south:.1f}° to {north:.1f}°): {hint}."
    )


class NotMetricError(GisError):
    """Lengths or areas asked of degrees."""

    zh = "{what} 的坐标系是 {crs}，不是以米为单位的投影坐标系：请先转换到 EPSG:{metric}。"
    en = "{what} is in {crs}, which is not projected in metres: transform to EPSG:{metric} first."


class WriteRefusedError(GisError):
    """Nowhere to write to."""

    zh = "无法写入 {file}：{reason}。没有写出任何内容，请换一个可写的位置。"
    en = "{file} cannot be written: {reason}. Nothing was written; choose a writable place."


class DiskFullError(GisError):
    """No room on the disk."""

    zh = "磁盘空间不足，{file} 没有写出：请清理磁盘或换一个位置再试。"
    en = "The disk is full and {file} was not written: make room or choose another place."


class ColumnNameTooLongError(GisError):
    """A shapefile column name over ten bytes, which would be cut silently."""

    zh = "Shapefile 的列名不能超过 10 个字节：{columns}。请改用字段代码，或导出为 .gpkg。"
    en = "Shapefile column names hold at most 10 bytes: {columns}. Use codes, or export .gpkg."


class TextTooLongError(GisError):
    """Text over what a shapefile holds, which would be cut silently."""

    zh = "Shapefile 的文字不能超过 {most} 个字节，这些列里有更长的：{columns}。请导出为 .gpkg。"
    en = "A shapefile holds texts of {most} bytes at most; longer ones in: {columns}. Use .gpkg."


class OutlineMissingError(GisError):
    """No outline for that county code."""

    zh = "行政区划代码 {adcode} 没有界线数据（{source}）：请检查代码，或提供一个面文件。"
    en = "There is no outline for code {adcode} ({source}): check it, or give a polygon file."


class RasterShapeError(GisError):
    """An array that is not a grid, or a raster without values."""

    zh = "栅格 {what} 不可用：{reason}。"
    en = "Raster {what} is not usable: {reason}."


class SameRasterError(GisError):
    """One raster is given both as surface and as terrain."""

    zh = "地表栅格和地面栅格是同一个文件 {what}，高度处处为零。请分别给出地表和地面两个栅格。"
    en = "Surface and terrain are one file, {what}: every height would be zero. Give two rasters."


class ParcelUnknownError(GisError, KeyError):
    """An identifier that is not among the geometries."""

    zh = "没有编号为 {parcel_id} 的图形。"
    en = "There is no geometry with the identifier {parcel_id}."

    def __str__(self) -> str:
        return self.say("zh")
