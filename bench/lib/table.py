# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Markdown tables."""


def markdown(head, rows):
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    lines = [head, ["-" * w for w in widths], *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).ljust(w) for cell, w in zip(line, widths)) + " |" for line in lines
    )


def milliseconds(seconds):
    return f"{seconds * 1000:.1f}" if seconds < 0.1 else f"{seconds * 1000:.0f}"


def ratio(ours, theirs):
    return f"{ours / theirs:.3f}" if ours < 0.1 * theirs else f"{ours / theirs:.2f}"
