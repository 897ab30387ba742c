"""The subcommands of `h3ae-profile`, a file each."""
