"""What a feature says about a JWT policy beyond the guide's example."""

from __future__ import annotations

from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from gwjwt.drivers.gloo_jwt import Phase
from gwjwt.validation import first_problem
from gwjwt.yaml_documents import document, yaml_problem

ISSUER = "https://dev.example.com"
"""The issuer of the guide's sample token (decision D20)."""


class Terms(BaseModel):
    """The settings of a policy; what is not said is as in the guide's example."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str = "dev-example"
    issuer: str | None = ISSUER
    """None: not checked."""
    signer: str = ISSUER
    """Whose keys verify a token."""
    keys: Literal["local", "remote"] = "local"
    headers: dict[str, str] = {"X-Auth": "Bearer "}
    query: tuple[str, ...] = ("auth_token",)
    claims: dict[str, str] = {"org": "x-org", "email": "x-email"}
    append: bool = True
    phase: Phase = "preAuthz"
    priority: int | None = None
    also: tuple[str, ...] = ()
    """Further issuers, each with a provider of its own."""


def read_terms(text: str) -> Terms:
    """Read the YAML of a step.

    Raises:
        ValueError: it is no YAML, or not settings of a policy.
    """
    try:
        return Terms.model_validate(document(text) or {})
    except yaml.YAMLError as error:
        raise ValueError(yaml_problem(error)[1]) from error
    except ValidationError as error:
        problem = first_problem(error)
        raise ValueError(f"{problem.dotted}: {problem.words}") from error
