"""What the charm driver has to know of a live model: the ingress, and the charm that stands for all others."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from gwjwt.drivers.options import Options, path_option

ConfigValue = bool | int | float | str


class CharmToDeploy(Options):
    """A charm as ``juju deploy`` takes it."""

    charm: str
    """A name on Charmhub, or the path of a packed charm that begins with ``.`` or ``/``."""
    channel: str | None = None
    revision: int | None = None
    trust: bool = True
    """Whether it may use the cloud's credentials (``juju trust``), as an ingress on Kubernetes has to."""
    units: int = Field(default=1, ge=1)
    resources: dict[str, str] = Field(default_factory=dict)
    """Of a packed charm: images by the names in its metadata."""

    def beside(self, target_file: Path | None) -> CharmToDeploy:
        """With a relative path resolved against the target file."""
        if not self.charm.startswith("."):
            return self
        return self.model_copy(update={"charm": str(path_option(target_file, Path(self.charm)).absolute())})


class Ingress(Options):
    """Either an application that is deployed already, or the charm to deploy for each gateway."""

    application: str | None = None
    deploy: CharmToDeploy | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Ingress:
        if (self.application is None) == (self.deploy is None):
            raise ValueError("needs one of application and deploy")
        return self


INGRESS = Ingress(deploy=CharmToDeploy(charm="istio-ingress-k8s"))
REQUIRER = CharmToDeploy(charm="any-charm", trust=False)
