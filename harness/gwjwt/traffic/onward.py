"""A call that an app of a chain makes to the next one, in the course of a request that it has received itself.

Nothing is sent here that no request of the probe has led to: it carries that request's nonce.
"""

from __future__ import annotations

import json
from http import HTTPStatus

import aiohttp

from gwjwt.traffic.evidence import SAYING, Received
from gwjwt.words import Endpoint

_SECONDS = 2.0
_OF_ONE_HOP = frozenset(
    ("connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)
"""Headers of one hop alone (RFC 9110, section 7.6.1), and those of a message that is made anew."""


async def call_onward(endpoint: Endpoint, received: Received) -> tuple[int, str]:
    """Call the next app with the headers that came in, as the apps of the Istio tutorial pass on what traces a request.

    Returns:
        The status to answer with and what is said: 200 and what the next one says; if it, or its proxy, refuses, its
        status and ``Error: 403 - ...``; 503 if there is no answer.
    """
    headers = [(name, value) for name, value in received.headers if name.lower() not in _OF_ONE_HOP]
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=_SECONDS),
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
                trust_env=False,
            ) as session,
            session.get(endpoint.url(), headers=headers, allow_redirects=False) as answer,
        ):
            text = await answer.text(errors="replace")
    except (aiohttp.ClientError, TimeoutError) as error:
        return (
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"Error: {HTTPStatus.SERVICE_UNAVAILABLE:d} - {error or 'no answer'}",
        )
    said = _said(text)
    if answer.status == HTTPStatus.OK and said is not None:
        return answer.status, said
    return answer.status, said or f"Error: {answer.status} - {text}"


def _said(text: str) -> str | None:
    """What an app of a chain says in its answer; None if this is none of an app of a chain."""
    try:
        body = json.loads(text)
    except ValueError:
        return None
    said = body.get(SAYING) if isinstance(body, dict) else None
    return said if isinstance(said, str) else None
