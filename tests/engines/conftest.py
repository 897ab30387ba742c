"""Networks this small are fastest on one thread."""

from tests.models.conftest import _one_thread  # noqa: F401  (a fixture)
