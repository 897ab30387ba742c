"""One file a target behind the protocol of `base`; `registry` knows them by name."""
