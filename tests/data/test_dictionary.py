from pathlib import Path

from data import dictionary, schema


def test_the_page_in_the_docs_is_the_generated_one():
    written = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
    assert written.read_text("utf-8") == dictionary.page()


def test_the_page_names_every_field_and_code(tmp_path):
    out = tmp_path / "dictionary.md"
    dictionary.main([str(out)])
    text = out.read_text("utf-8")
    assert all(f"`{f.key}`" in text for e in schema.ENTITIES for f in schema.fields(e))
    assert "批而未供" in text
