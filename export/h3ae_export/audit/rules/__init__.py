"""The rules, one file a family; all files of this folder are loaded."""
