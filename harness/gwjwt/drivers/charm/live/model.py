"""One live Juju model. Whatever ``juju`` says when it fails is said in one line."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gwjwt.drivers.charm.interpreter import EXTRA
from gwjwt.drivers.charm.live.agent import REMEMBERED, Noted
from gwjwt.drivers.charm.live.options import CharmToDeploy, ConfigValue
from gwjwt.errors import EnvironmentFailed

if TYPE_CHECKING:
    import jubilant
    from jubilant.statustypes import AppStatus, Status

_LINES = 200
_RESOLVED_ALREADY = "not in an error state"


class JujuFailed(EnvironmentFailed):
    """``juju`` cannot be run, or a command of it failed; ``cause`` has its words."""


class LiveModel:
    """Commands on one model.

    Databags are written and read by ``juju exec`` with the hook commands ``relation-set`` and ``relation-get``, not by
    ``any-charm``'s action ``rpc``: a hook command stores the value as it is given, malformed or not, works on every
    charm, and needs neither a method in the charm nor an encoding as JSON on the way. The command is one string for the
    unit's shell, quoted here, since ``juju exec`` passes a single argument on unchanged.
    """

    def __init__(self, name: str) -> None:
        try:
            import jubilant  # only for whoever has a live model
        except ModuleNotFoundError as missing:
            raise EnvironmentFailed("driver.jujuModel", f"jubilant cannot be imported: {EXTRA}") from missing
        self.name = name
        self._juju: jubilant.Juju = jubilant.Juju(model=name)

    @property
    def namespace(self) -> str:
        """On Kubernetes a model is the namespace of its name, without controller and owner."""
        return self.name.rpartition(":")[2].rpartition("/")[2]

    def status(self) -> Status:
        with self._telling("status"):
            return self._juju.status()

    def app(self, app: str) -> AppStatus | None:
        return self.status().apps.get(app)

    def deploy(self, app: str, what: CharmToDeploy, config: Mapping[str, ConfigValue]) -> None:
        with self._telling(f"deploy {what.charm} {app}"):
            self._juju.deploy(
                what.charm,
                app,
                channel=what.channel,
                revision=what.revision,
                trust=what.trust,
                num_units=what.units,
                config=config or None,
                resources=what.resources or None,
            )

    def remove(self, *apps: str, force: bool = False) -> None:
        with self._telling(f"remove-application {' '.join(apps)}"):
            self._juju.remove_application(*apps, force=force)

    def integrate(self, app: str, endpoint: str) -> None:
        """Integrate the app, by whichever endpoint of it fits, with this ``application:endpoint``."""
        with self._telling(f"integrate {app} {endpoint}"):
            self._juju.integrate(app, endpoint)

    def end_relation(self, app: str, endpoint: str) -> None:
        with self._telling(f"remove-relation {app} {endpoint}"):
            self._juju.remove_relation(app, endpoint)

    def relation(self, unit: str, app: str, endpoint: str) -> int | None:
        """The id of the unit's relation with this endpoint of another application, or None."""
        with self._telling(f"show-unit {unit}"):
            related = self._juju.show_unit(unit).relation_info
        return next(
            (
                each.relation_id
                for each in related
                if each.related_endpoint == endpoint
                and any(other.rpartition("/")[0] == app for other in each.related_units)
            ),
            None,
        )

    def write(self, unit: str, relation: int, databag: Mapping[str, str], *, app: bool) -> None:
        """Set these keys in the databag of the unit or, as its leader, of its application; an empty text unsets one."""
        settings = [f"{key}={value}" for key, value in databag.items()]
        whose = ["--app"] if app else []
        self._execute(unit, ["relation-set", "-r", str(relation), *whose, *settings])

    def read(self, unit: str, relation: int, app: str) -> Mapping[str, str]:
        """What the other application has published to the unit."""
        command = ["relation-get", "-r", str(relation), "--format", "json", "--app", "-", app]
        with self._telling(f"exec --unit {unit} {command[0]}"):
            said = self._execute(unit, command)
            return {str(key): str(value) for key, value in (json.loads(said or "null") or {}).items()}

    def history(self, unit: str) -> list[Noted]:
        """What Juju has noted of the unit's agent, oldest first."""
        with self._telling(f"show-status-log {unit}"):
            said = self._juju.cli(
                "show-status-log",
                unit,
                "--type",
                "juju-unit",
                "--utc",
                "--format",
                "json",
                "-n",
                f"{REMEMBERED}",
            )
            entries: Sequence[Mapping[str, Any]] = json.loads(said or "[]") or []
        return [
            Noted(each.get("status", ""), each.get("message", ""), each.get("since", "")) for each in entries
        ]

    def retry(self, unit: str) -> None:
        """Have the hook that failed run again, unless Juju has done so by itself."""
        try:
            with self._telling(f"resolved {unit}"):
                self._juju.cli("resolved", unit)
        except JujuFailed as failed:
            if _RESOLVED_ALREADY not in failed.cause:
                raise

    def log(self, unit: str) -> str:
        """The last lines that the unit has written to the model's log."""
        with self._telling("debug-log"):
            lines = self._juju.debug_log(limit=_LINES).splitlines()
        return "\n".join(line for line in lines if f"unit-{unit.replace('/', '-')}:" in line)

    def _execute(self, unit: str, command: Sequence[str]) -> str:
        with self._telling(f"exec --unit {unit} {command[0]}"):
            return self._juju.exec(shlex.join(command), unit=unit).stdout

    @contextmanager
    def _telling(self, command: str) -> Iterator[None]:
        from jubilant import CLIError, TaskError  # known to be there

        what = f"juju {command} (model {self.name})"
        try:
            yield
        except FileNotFoundError as missing:
            way_out = "there is no juju on PATH; install its client, and log in to the controller"
            raise JujuFailed(what, way_out) from missing
        except OSError as error:
            raise JujuFailed(what, f"cannot be run: {error.strerror}") from error
        except CLIError as failed:
            words = failed.stderr.strip() or failed.stdout.strip()
            raise JujuFailed(what, _last_error(words) or f"exit code {failed.returncode}", words) from failed
        except TaskError as failed:
            words = failed.task.stderr.strip() or failed.task.message
            raise JujuFailed(
                what, _last_error(words) or f"return code {failed.task.return_code}", words
            ) from failed
        except (KeyError, TypeError, ValueError) as odd:
            raise JujuFailed(what, f"answers what cannot be read: {type(odd).__name__}: {odd}") from odd


def _last_error(words: str) -> str:
    """The last line that says what is wrong, else the last one at all."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return next(iter([*errors[::-1], *lines[::-1]]), "").removeprefix("ERROR").strip()
