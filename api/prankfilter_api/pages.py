"""The few pages the service draws itself: the API's documentation and what each problem means."""

from __future__ import annotations

from html import escape

from prankfilter_api.problems import PROBLEMS, Problem

DOCS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>prankfilter API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/docs.js"></script>
</body>
</html>
"""


def problems_page() -> str:
    """List all problems."""
    rows = "\n".join(
        f'<tr><td>{row.status}</td><td><a href="problems/{row.slug}">{row.slug}</a></td>'
        f"<td>{escape(row.title)}</td></tr>"
        for row in sorted(PROBLEMS, key=lambda row: (row.status, row.slug))
    )
    return _page(
        "Problems",
        "docs/assets/pages.css",
        "<p>Every refusal is a problem of RFC 9457. On the screening route each carries "
        '<code>"advice": "normal"</code>: the call goes its normal way.</p>\n'
        f"<table>\n<tr><th>Status</th><th>Type</th><th>Title</th></tr>\n{rows}\n</table>",
    )


def problem_page(row: Problem) -> str:
    """Say what one problem means and what to do about it."""
    body = (
        f"<p>Status <code>{row.status}</code>, type <code>{row.uri}</code>.</p>\n<p>{escape(row.remedy)}</p>"
    )
    return _page(
        row.title, "../docs/assets/pages.css", f'{body}\n<p><a href="../problems">All problems</a></p>'
    )


def _page(title: str, style: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<link rel="icon" href="data:,">\n<link rel="stylesheet" href="{style}">\n</head>\n'
        f"<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )
