"""What leaves the house: workbooks and lists."""
