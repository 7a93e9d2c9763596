"""The meeting packet: slides, document, workbook and maps, all from one set of figures."""
