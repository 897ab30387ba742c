"""What a decode would cost on a device that is not at hand: always a projection, never a result."""
