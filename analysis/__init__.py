"""Pure measures: frames in, frames out; no files, no clock."""
