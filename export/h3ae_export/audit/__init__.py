"""Audit before converting: what a target will refuse, compute wrongly or run badly.

A network is traced, and every operation held against a registry of rules, one file a family in
`rules`. Nothing is converted and no toolchain but torch is imported. docs/audit.md lists the
rules with their sources.
"""

from h3ae_export.audit.auditor import audit
from h3ae_export.audit.finding import Finding, Severity

__all__ = ["Finding", "Severity", "audit"]
