"""Stands in for ``juju``: the commands that a live model is driven with, on a model that is one JSON file.

Every command line is checked as a whole; another one ends with exit code 2. What an ingress unit does about a change
comes to light one history entry for each reading of its history, after ``lag`` readings that show the old state.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path

STATE = Path(os.environ["JUJU_STANDIN"])


class Refused(Exception):
    """In the words of juju."""


class Model:
    def __init__(self, state: dict) -> None:
        self.state = state
        self.apps: dict = state["apps"]
        self.relations: list = state["relations"]

    def command(self, argv: list[str]) -> str:
        name, *rest = argv
        if rest[:1] == ["--model"]:
            if rest[1] != self.state["name"]:
                raise Refused(f"model {rest[1]} not found")
            rest = rest[2:]
        elif name != "help":
            raise Refused("no model is named")
        if words := self.state["fail"].get(name):
            raise Refused(words)
        return getattr(self, "do_" + name.replace("-", "_"))(rest)

    def do_status(self, rest: list[str]) -> str:
        exactly(rest, "--format", "json")
        for app in [name for name, app in self.apps.items() if app["leaving"] is not None]:
            self.apps[app]["leaving"] -= 1
            if self.apps[app]["leaving"] < 0:
                del self.apps[app]
        model = {"name": self.state["name"], "type": self.state["type"], "controller": "ctrl", "cloud": "k8s"}
        applications = {name: self._application(name) for name in self.apps}
        return json.dumps(
            {"model": {**model, "version": "3.6.1"}, "machines": {}, "applications": applications}
        )

    def _application(self, name: str) -> dict:
        app = self.apps[name]
        app["age"] += 1
        young = app["age"] <= self.state["lag"]
        units = {}
        for number in range(app["scale"]):
            last = app["history"][-1]
            workload = {"current": "waiting", "message": "installing agent"} if young else app["workload"]
            agent = {"current": "allocating" if young else last["status"], "since": "25 Nov 2026 03:55:07Z"}
            units[f"{name}/{number}"] = {
                "workload-status": workload,
                "juju-status": agent,
                "leader": number == 0,
            }
        related = {}
        for relation in self.relations:
            for mine, other in (relation["ends"], relation["ends"][::-1]):
                if mine[0] == name:
                    of = {"related-application": other[0], "interface": "any", "scope": "global"}
                    related.setdefault(mine[1], []).append(of)
        return {
            "charm": app["charm"],
            "charm-origin": "charmhub",
            "charm-name": app["charm"],
            "charm-rev": 1,
            "exposed": False,
            "scale": app["scale"],
            "life": "dying" if app["leaving"] is not None else "",
            "application-status": {"current": "active"},
            "relations": related,
            "units": units,
        }

    def do_deploy(self, rest: list[str]) -> str:
        charm, app, *options = rest
        units, config, trust = 1, [], False
        while options:
            option = options.pop(0)
            if option == "--trust":
                trust = True
            elif option == "--num-units":
                units = int(options.pop(0))
            elif option == "--config":
                config.append(options.pop(0))
            elif option in {"--channel", "--revision", "--resource"}:
                options.pop(0)
            else:
                raise Misused(rest)
        if app in self.apps:
            raise Refused(f'cannot add application "{app}": application already exists')
        self.apps[app] = new_app(charm, units) | {"config": config, "trust": trust}
        return ""

    def do_remove_application(self, rest: list[str]) -> str:
        exactly(rest[:1], "--no-prompt")
        for app in rest[1:]:
            if app != "--force":
                self.apps[app]["leaving"] = self.state["lag"]
                self.relations[:] = [each for each in self.relations if app not in dict(each["ends"])]
        return ""

    def do_integrate(self, rest: list[str]) -> str:
        app, (ingress, endpoint) = rest[0], rest[1].split(":")
        if endpoint not in self.state["endpoints"]:
            raise Refused(f'application "{ingress}" has no "{endpoint}" relation')
        if self._between(app, ingress, endpoint):
            raise Refused(f'cannot add relation "{app} {ingress}:{endpoint}": relation already exists')
        self.state["relation"] += 1
        made = {
            "id": self.state["relation"],
            "ends": [[app, f"to-{endpoint}"], [ingress, endpoint]],
            "bags": {},
        }
        self.relations.append(made)
        self._happens(ingress, endpoint, "created", "joined", "changed")
        return ""

    def do_remove_relation(self, rest: list[str]) -> str:
        app, (ingress, endpoint) = rest[0], rest[1].split(":")
        found = self._between(app, ingress, endpoint)
        if not found:
            raise Refused(f'relation "{app} {ingress}:{endpoint}" not found')
        self.relations.remove(found)
        self._happens(ingress, endpoint, "departed", "broken")
        return ""

    def do_show_unit(self, rest: list[str]) -> str:
        unit, *options = rest
        exactly(options, "--format", "json")
        app = unit.split("/")[0]
        info = [
            {
                "relation-id": each["id"],
                "endpoint": each["ends"][0][1],
                "related-endpoint": each["ends"][1][1],
                "application-data": {},
                "related-units": {f"{each['ends'][1][0]}/0": {"in-scope": True, "data": {}}},
            }
            for each in self.relations
            if each["ends"][0][0] == app
        ]
        found = {"opened-ports": [], "charm": self.apps[app]["charm"], "leader": True, "relation-info": info}
        return json.dumps({unit: found})

    def do_exec(self, rest: list[str]) -> str:
        exactly([*rest[:3], *rest[4:5]], "--format", "json", "--unit", "--")
        unit, (command,) = rest[3], rest[5:]
        tool, *arguments = shlex.split(command)  # as the unit's shell does
        exactly(arguments[:1], "-r")
        relation = next(each for each in self.relations if str(each["id"]) == arguments[1])
        said = {"relation-set": self._set, "relation-get": self._get}[tool](unit, relation, arguments[2:])
        results = {"return-code": 0, "stdout": said}
        return json.dumps({unit: {"id": "1", "status": "completed", "unit": unit, "results": results}})

    def _set(self, unit: str, relation: dict, arguments: list[str]) -> str:
        owner = unit.partition("/")[0] if arguments[0] == "--app" else unit
        bag = relation["bags"].setdefault(owner, {})
        before = dict(bag)
        for setting in arguments[arguments[0] == "--app" :]:
            key, _, value = setting.partition("=")
            bag[key] = value
            if not value:
                del bag[key]
        if bag != before:
            self._happens(*relation["ends"][1], "changed")
        return ""

    def _get(self, unit: str, relation: dict, arguments: list[str]) -> str:
        exactly(arguments[:4], "--format", "json", "--app", "-")
        return json.dumps(relation["bags"].get(arguments[4], {}))

    def do_show_status_log(self, rest: list[str]) -> str:
        unit, *options = rest
        exactly(options, "--type", "juju-unit", "--utc", "--format", "json", "-n", "200")
        app = self.apps[unit.split("/")[0]]
        shown = list(app["history"])
        if app["pending"] and app["workload"]["current"] != "error":
            if app["lag"] > 0:
                app["lag"] -= 1
            else:
                self._runs(unit.split("/")[0], app["pending"].pop(0))
                shown = list(app["history"])
        if self.state["forgetful"] and len(shown) > self.state["forgetful"] and self.state["calls"] % 3 == 0:
            shown = shown[: -self.state["forgetful"]]  # a controller that lags behind what it has told before
        return json.dumps(shown)

    def do_resolved(self, rest: list[str]) -> str:
        app = self.apps[rest[0].split("/")[0]]
        if app["workload"]["current"] != "error":
            raise Refused(f'unit "{rest[0]}" is not in an error state')
        app["workload"], app["lag"] = {"current": "active"}, self.state["lag"]
        return ""

    def do_debug_log(self, rest: list[str]) -> str:
        exactly(rest, "--limit", "200")
        return "unit-ingress-0: 03:55:07 ERROR unit.ingress/0.juju-log boom\nunit-other-0: 03:55:07 INFO x\n"

    def _between(self, app: str, ingress: str, endpoint: str) -> dict | None:
        return next(
            (
                each
                for each in self.relations
                if each["ends"][0][0] == app and each["ends"][1] == [ingress, endpoint]
            ),
            None,
        )

    def _happens(self, app: str, endpoint: str, *events: str) -> None:
        known = self.apps[app]
        known["lag"] = self.state["lag"]
        if known["workload"]["current"] == "error":  # it will be idle when all has run that waits
            known["pending"] = [hook for hook in known["pending"] if hook != "idle"]
        known["pending"] += self.state["meanwhile"]
        known["pending"] += [f"{endpoint}-relation-{event}" for event in events] + ["idle"]

    def _runs(self, app: str, hook: str) -> None:
        known = self.apps[app]
        if hook == "idle":
            kubeconfig = os.environ.get("JUJU_STANDIN_KUBECONFIG")
            if kubeconfig and not self.state["lazy"]:
                from charm_standin import reconcile

                reconcile(self.state, app, kubeconfig)
            known["history"].append(self._noted("idle", ""))
            return
        known["history"].append(self._noted("executing", f"running {hook} hook"))
        if re.fullmatch(self.state["raises"] or "$", hook):
            words = f'hook failed: "{hook}"'
            known["history"].append(self._noted("error", words))
            known["workload"] = {"current": "error", "message": words}
            known["pending"].insert(0, hook)
            return
        for relation in self.relations:
            if relation["ends"][1][0] == app and hook.startswith(relation["ends"][1][1]):
                self._answers(relation, app)

    def _answers(self, relation: dict, app: str) -> None:
        """What the charm in the model publishes, once its hook has seen what it needs."""
        endpoint, asked = relation["ends"][1][1], relation["bags"].get(relation["ends"][0][0], {})
        bag = relation["bags"].setdefault(app, {})
        if endpoint == "ingress" and "name" in asked:
            path = f"/by-{app}/{json.loads(asked['name'])}"
            bag["ingress"] = json.dumps({"url": f"http://192.0.2.1{path}"})
        if endpoint == "istio-ingress-config":
            bag.update({"ext_authz_service_name": "authz", "ext_authz_port": "4180"})

    def _noted(self, status: str, message: str) -> dict:
        self.state["clock"] += 1
        since = f"2026-11-25T03:{self.state['clock'] // 60:02}:{self.state['clock'] % 60:02}Z"
        return {"status": status, "message": message, "since": since, "type": "juju-unit"}


class Misused(Exception):
    """A command line that juju does not know."""


def exactly(given: list[str], *wanted: str) -> None:
    if given != list(wanted):
        raise Misused(f"{given} instead of {list(wanted)}")


def new_app(charm: str, units: int = 1) -> dict:
    began = {"status": "idle", "message": "", "since": "2026-11-25T02:00:00Z", "type": "juju-unit"}
    return {
        "charm": charm,
        "scale": units,
        "age": 0,
        "leaving": None,
        "workload": {"current": "active"},
        "history": [began],
        "pending": [],
        "lag": 0,
    }


def main() -> None:
    state = json.loads(STATE.read_text())
    state["calls"] += 1
    state["lines"].append(sys.argv[1:])
    model = Model(state)
    try:
        sys.stdout.write(model.command(sys.argv[1:]))
    except Refused as refused:
        sys.exit(f"ERROR {refused}")
    except Misused as misused:
        sys.stderr.write(f"ERROR the stand-in does not know {sys.argv[1:]}: {misused}\n")
        sys.exit(2)
    finally:
        STATE.write_text(json.dumps(state))


if __name__ == "__main__":
    main()
