"""From a checkpoint to verified files for phones: audit, convert, check, publish."""
