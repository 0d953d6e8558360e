"""The report: one self-contained HTML page that shows a plan, or why there is none."""

from optimizer.report.page import render_report

__all__ = ["render_report"]
