"""The export toolchain: from a checkpoint to verified artifacts in a bundle."""
