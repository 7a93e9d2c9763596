"""A synthetic county (模拟数据) for trying the desk, for tests and for measuring speed."""

from data.sample.county import County, generate

__all__ = ["County", "generate"]
