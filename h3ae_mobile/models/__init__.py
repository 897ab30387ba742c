"""The networks as trained (paper Sec. 3.1), one idea per file; their state lives in a `Chunk`."""
