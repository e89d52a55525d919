"""The colours and sizes of drawings, for light pages and for dark ones."""

from __future__ import annotations

from typing import Final

TITLE_SIZE: Final = 17.0
NAME_SIZE: Final = 13.0
FACT_SIZE: Final = 11.0
MARGIN: Final = 28.0
PADDING: Final = 14.0
LINE_HEIGHT: Final = 16.0
COLUMN_GAP: Final = 64.0
ROW_GAP: Final = 20.0
BOX_WIDTH_MIN: Final = 132.0
BOX_WIDTH_MAX: Final = 268.0
LABEL_HEIGHT: Final = 24.0
LABEL_WIDTH_MAX: Final = 230.0

_FACE: Final = (
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono',"
    " monospace"
)
_LIGHT: Final = """\
.page{fill:#ffffff;stroke:#e2e8f0}
.box{fill:#f8fafc;stroke:#cbd5e1}
.name,.title{fill:#0f172a}
.kind,.fact,.note{fill:#64748b}
.value{fill:#334155}
.label{fill:#eef2f7;stroke:#d5dde8}
.end{fill:#0f172a}
.endname{fill:#ffffff}
.edge{stroke:#94a3b8}
.head{fill:#94a3b8}
.group{stroke:#e2e8f0}
.bar-init{fill:#64748b}
.bar-update{fill:#2563eb}
.bar-query{fill:#0d9488}
.bar-timer{fill:#db2777}
.bar-handler{fill:#7c3aed}
.bar-retired{fill:#94a3b8}
.bar-callee{fill:#b45309}
.bar-unknown{fill:#b91c1c}
.box.added,.label.added{fill:#f0fdf4;stroke:#16a34a}
.box.removed,.label.removed{fill:#fef2f2;stroke:#dc2626}
.box.changed,.label.changed{fill:#fffbeb;stroke:#d97706}
.edge.added{stroke:#16a34a}
.edge.removed{stroke:#dc2626}
.head.added,.sign.added{fill:#16a34a}
.head.removed,.sign.removed{fill:#dc2626}
.sign.changed,.value.changed{fill:#b45309}
"""
_DARK: Final = """\
.page{fill:#0d1117;stroke:#30363d}
.box{fill:#161b22;stroke:#3d444d}
.name,.title{fill:#f0f6fc}
.kind,.fact,.note{fill:#9198a1}
.value{fill:#d1d7e0}
.label{fill:#212830;stroke:#3d444d}
.end{fill:#f0f6fc}
.endname{fill:#0d1117}
.edge{stroke:#6e7681}
.head{fill:#6e7681}
.group{stroke:#30363d}
.bar-init{fill:#8b949e}
.bar-update{fill:#58a6ff}
.bar-query{fill:#2dd4bf}
.bar-timer{fill:#f472b6}
.bar-handler{fill:#a78bfa}
.bar-retired{fill:#6e7681}
.bar-callee{fill:#e3b341}
.bar-unknown{fill:#f85149}
.box.added,.label.added{fill:#0f2417;stroke:#3fb950}
.box.removed,.label.removed{fill:#2a1416;stroke:#f85149}
.box.changed,.label.changed{fill:#2a2112;stroke:#d29922}
.edge.added{stroke:#3fb950}
.edge.removed{stroke:#f85149}
.head.added,.sign.added{fill:#3fb950}
.head.removed,.sign.removed{fill:#f85149}
.sign.changed,.value.changed{fill:#e3b341}
"""
STYLE: Final = (
    f"text{{font-family:{_FACE};font-size:{FACT_SIZE:g}px;white-space:pre}}\n"
    f".title{{font-size:{TITLE_SIZE:g}px;font-weight:600}}\n"
    f".name,.sign{{font-size:{NAME_SIZE:g}px;font-weight:600}}\n"
    ".endname{font-weight:600;text-anchor:middle}\n"
    ".labelname{text-anchor:middle}\n"
    ".edge{fill:none;stroke-width:1.5}\n"
    ".edge.added,.edge.removed{stroke-width:2.2}\n"
    ".edge.removed,.box.removed,.box.retired{stroke-dasharray:6 4}\n"
    ".edge.send{stroke-dasharray:2 4;stroke-linecap:round}\n"
    ".group{fill:none}\n"
    f"{_LIGHT}"
    f"@media (prefers-color-scheme:dark){{\n{_DARK}}}\n"
)
