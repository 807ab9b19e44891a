"""Pictures of the console's main pages for README and guide: ``python -m tests.screenshots``.

They show the demonstration's made-up shift, in headless Chromium; nothing in them is of anybody.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from tqdm import tqdm

from tests.browser import Visit, chromium, demonstration

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"

PAGES = (
    ("tonight", "supervisor", "/console/", 1280),
    ("queue", "supervisor", "/console/flags", 1280),
    ("call", "supervisor", None, 1280),
    ("report", "supervisor", "/console/reports", 1280),
    ("desk", "call_taker", "/console/desk", 768),
)
"""File, whose, where and how wide in CSS pixels; the call is the last of the queue, the likeliest prank."""


ZONES = ("Asia/Makassar", "Asia/Jakarta", "Asia/Jayapura")
SHIFT_H = 6
"""The replayed shift never begins before midnight: so long after it none is squeezed."""


def zone_of_a_whole_shift() -> str:
    """One of Indonesia's zones, where a whole shift fits into the day; the first, where none has one."""
    return next((zone for zone in ZONES if dt.datetime.now(ZoneInfo(zone)).hour >= SHIFT_H), ZONES[0])


def main() -> None:
    """Take all pictures anew."""
    FOLDER.mkdir(exist_ok=True)
    zone = zone_of_a_whole_shift()
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        demonstration(Path(folder), PRANKFILTER_ZONE=zone) as demo,
    ):
        for name, role, address, width in tqdm(PAGES, unit="picture"):
            visit = Visit.of(browser, demo, width=width)
            page = visit.sign_in(role)
            if address is not None:
                visit.open(address)
            else:
                visit.open("/console/flags")
                page.locator("table.rows tbody tr").last.locator("a").click()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{name}.png", full_page=name in {"call", "desk"})
            visit.close()


if __name__ == "__main__":
    main()
