"""Refusals of the drawing room."""

from gis.errors import UserError


class LayersError(UserError):
    """Something that should be drawn cannot be."""


class WebAssetsMissingError(LayersError):
    """The browser's libraries have not been installed."""

    zh = (
        "缺少地图所需的网页组件 {missing}：请在程序目录运行一次 “python cli.py assets” 后重新启动。"
    )
    en = (
        "The map's web components {missing} are missing: "
        "run “python cli.py assets” once in the program folder, then start again."
    )


class WebAssetsFailedError(LayersError):
    """npm could not install the browser's libraries."""

    zh = "网页组件安装失败：请检查网络或 npm 软件源设置后重试（npm：{detail}）。"
    en = (
        "Installing the web components failed: check the network or npm's registry setting, "
        "then try again (npm: {detail})."
    )
