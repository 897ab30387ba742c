"""Measuring on iPhones and iPads, through Xcode's command-line tools.

Written against the formats that the tools document. **Not yet run on a device.**
"""
