"""Reports as a page: one file, no network, for a phone, a desk and a printer."""

from h3ae_profiling.html.page import PageInput, render

__all__ = ["PageInput", "render"]
