"""A synthetic county (模拟数据) for trying the desk, for tests and for measuring speed."""

from data.sample.county import County, generate
from data.sample.files import write_files
from data.sample.fill import fill

__all__ = ["County", "fill", "generate", "write_files"]
