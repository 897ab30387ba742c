"""The subcommands of `h3ae`, one file each."""
