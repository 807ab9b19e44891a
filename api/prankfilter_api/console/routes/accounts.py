"""Accounts: made, given another password, ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from prankfilter.errors import BadInput, Taken
from prankfilter.privacy.accounts import Account, Role
from prankfilter.privacy.api_keys import Action
from prankfilter_api.console.page_route import page_router
from prankfilter_api.console.refused import NotYours
from prankfilter_api.console.visit import Allowed, Signed

router = page_router()

AdministratorDep = Annotated[Signed, Depends(Allowed(Action.MANAGE_ACCOUNTS))]

ADDRESS = "/console/accounts"


@dataclass(frozen=True, slots=True)
class People:
    """The page's two lists."""

    active: tuple[Account, ...]
    ended: tuple[Account, ...]


def people_of(accounts: list[Account]) -> People:
    """Sort accounts into those in use and those that ended."""
    return People(
        tuple(account for account in accounts if account.ended_at is None),
        tuple(account for account in accounts if account.ended_at is not None),
    )


@router.get("/accounts")
async def show(visit: AdministratorDep) -> Response:
    """List all accounts."""
    return await _page(visit)


@router.post("/accounts")
async def make(visit: AdministratorDep) -> Response:
    """Make an account."""
    form, people = visit.form, visit.site.people
    try:
        role = Role(form.get("role"))
        await visit.site.lane.run(
            lambda: people.make(
                form.get("name"),
                named=form.get("full_name"),
                role=role,
                password=form.raw("password"),
                by=visit.by,
                at=visit.now,
            )
        )
    except Taken:
        return await _page(visit, status=409, fault="taken")
    except (BadInput, ValueError):
        return await _page(visit, status=422, fault="unusable")
    return visit.go(ADDRESS, done="account_made")


@router.post("/accounts/{name}/password")
async def set_password(visit: AdministratorDep, name: str) -> Response:
    """Give somebody another password; it is told them, and signs them out."""
    people, password = visit.site.people, visit.form.raw("password")
    try:
        await visit.site.lane.run(lambda: people.set_password(name, password, by=visit.by, at=visit.now))
    except BadInput:
        return await _page(visit, status=422, fault="password")
    return visit.go(ADDRESS, done="password_set")


@router.post("/accounts/{name}/end")
async def end(visit: AdministratorDep, name: str) -> Response:
    """End an account; nobody ends their own, so that one administrator is always left."""
    if name == visit.by:
        raise NotYours
    await visit.site.lane.run(lambda: visit.site.people.end(name, by=visit.by, at=visit.now))
    return visit.go(ADDRESS, done="account_ended")


async def _page(visit: Signed, *, status: int = 200, fault: str | None = None) -> Response:
    accounts = await visit.site.lane.run(visit.site.people.every)
    return await visit.page(
        "accounts.html", status=status, people=people_of(accounts), roles=tuple(Role), fault=fault
    )
