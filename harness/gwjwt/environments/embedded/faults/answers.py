"""Gateways that decide well and answer something else, or that fail now and then."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from envoy.config.accesslog.v3 import accesslog_pb2
from envoy.config.core.v3 import base_pb2
from envoy.extensions.filters.http.fault.v3 import fault_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm
from envoy.type.v3 import percent_pb2
from google.protobuf import wrappers_pb2

from gwjwt.environments.embedded.faults.wrong import Manager, Snapshot, WrongGateway, insert, lua
from gwjwt.environments.embedded.gateway.ads import pack

_UNAUTHORIZED, _FORBIDDEN = int(HTTPStatus.UNAUTHORIZED), int(HTTPStatus.FORBIDDEN)


def _answering(answers: dict[int, int]) -> Callable[[Manager, Snapshot], None]:
    """Give the client another status than the one that the gateway's own refusal has."""

    def configure(manager: Manager, _snapshot: Snapshot) -> None:
        for status, instead in answers.items():
            manager.local_reply_config.mappers.append(
                hcm.ResponseMapper(
                    filter=_status_is(status), status_code=wrappers_pb2.UInt32Value(value=instead)
                )
            )

    return configure


def _in_the_same_words(manager: Manager, _snapshot: Snapshot) -> None:
    """Give every refusal the same words, whatever its reason."""
    for status in (_UNAUTHORIZED, _FORBIDDEN):
        body = base_pb2.DataSource(inline_string="access denied")
        manager.local_reply_config.mappers.append(hcm.ResponseMapper(filter=_status_is(status), body=body))


_REALM_OF_THE_HOST = """
function envoy_on_response(handle)
  local challenge = handle:headers():get("www-authenticate")
  if challenge ~= nil then
    handle:headers():replace("www-authenticate", (challenge:gsub('(realm="%a+://[^/"]*)[^"]*"', '%1"')))
  end
end
"""


def _realm_of_the_host(manager: Manager, _snapshot: Snapshot) -> None:
    insert(manager, lua("realm-of-the-host", _REALM_OF_THE_HOST))


def _status_is(status: int) -> accesslog_pb2.AccessLogFilter:
    value = base_pb2.RuntimeUInt32(default_value=status, runtime_key="unused")
    comparison = accesslog_pb2.ComparisonFilter(op=accesslog_pb2.ComparisonFilter.EQ, value=value)
    return accesslog_pb2.AccessLogFilter(
        status_code_filter=accesslog_pb2.StatusCodeFilter(comparison=comparison)
    )


def _now_and_then(status: int, percent: int) -> Callable[[Manager, Snapshot], None]:
    def configure(manager: Manager, _snapshot: Snapshot) -> None:
        abort = fault_pb2.FaultAbort(
            http_status=status,
            percentage=percent_pb2.FractionalPercent(numerator=percent),
        )
        config = pack(fault_pb2.HTTPFault(abort=abort))
        insert(manager, hcm.HttpFilter(name="envoy.filters.http.fault", typed_config=config))

    return configure


GATEWAYS = (
    WrongGateway(
        "unavailable-instead-of-refusing",
        configure=_answering(dict.fromkeys((_UNAUTHORIZED, _FORBIDDEN), int(HTTPStatus.SERVICE_UNAVAILABLE))),
    ),
    WrongGateway("unauthorized-without-a-token", configure=_answering({_FORBIDDEN: _UNAUTHORIZED})),
    WrongGateway("forbidden-for-an-invalid-token", configure=_answering({_UNAUTHORIZED: _FORBIDDEN})),
    WrongGateway("any-refusal-in-the-same-words", configure=_in_the_same_words),
    WrongGateway("realm-is-the-host", configure=_realm_of_the_host),
    WrongGateway("one-in-five-refused", configure=_now_and_then(_FORBIDDEN, 20)),
    WrongGateway("one-in-twenty-refused", configure=_now_and_then(_FORBIDDEN, 5)),
)
