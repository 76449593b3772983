"""Why something got through, as far as the objects tell. The verdict has been given by then: by the gateway."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gwjwt.checking.entries import Entry
from gwjwt.checking.local_policies import is_dry_run
from gwjwt.checking.manifests import Found
from gwjwt.checking.policies import (
    Rule,
    Target,
    crosses_segments,
    matches,
    rules_of,
)
from gwjwt.checking.surroundings import Surroundings, target, why_it_misses

_DEMAND = 'an AuthorizationPolicy with the action DENY, from a source with notRequestPrincipals: ["*"]'


@dataclass(frozen=True)
class Cause:
    """An explanation and the way out, with the objects that it is about."""

    why: str
    cure: str
    objects: tuple[Found, ...] = ()


class Causes:
    """Explains what was seen at the entries of a folder's gateways."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def no_token(self, entry: Entry) -> Cause:
        """Why a request without a token passes."""
        rules, asked = self._surroundings.rules_at(entry), target(entry)
        demanding = [each for each in rules if each.demands_token and not each.the_wrong_way_round]
        opening = [each for each in rules if each.action == "ALLOW" and each.takes_anonymous(asked)]
        for rule in rules:
            if rule.the_wrong_way_round and rule.concerns(asked):
                return self._wrong_way_round(rule)
        if opening:
            return self._adding_up(opening[0], demanding, asked)
        if demanding:
            return self._passed_over(demanding, asked)
        return self._nothing_demands(entry)

    def _wrong_way_round(self, rule: Rule) -> Cause:
        if rule.action == "DENY":
            why = "denies requestPrincipals, that is those who have a token, and lets everybody else through"
            return Cause(f"{rule} {why}", 'write notRequestPrincipals: ["*"]', (rule.policy,))
        why = "allows notRequestPrincipals, that is those who have no token"
        return Cause(f"{rule} {why}", 'write requestPrincipals: ["ISSUER/*"]', (rule.policy,))

    def _adding_up(self, opening: Rule, demanding: Sequence[Rule], asked: Target) -> Cause:
        why = f"{opening} allows it and asks for no principal"
        others = [each for each in demanding if each.action == "ALLOW" and each.concerns(asked)]
        objects = [opening.policy]
        if others:
            why += f"; ALLOW policies add up, so it opens what {others[0]} asks a principal for"
            objects.append(others[0].policy)
        crossing = _crossing(
            (each for op in opening.operations for each in op.get("paths") or ()), asked.path
        )
        if crossing:
            return _too_wide(opening, crossing, asked.path)
        return Cause(
            why,
            f"add requestPrincipals to it, or narrow its paths; or demand a token by {_DEMAND}",
            (*objects,),
        )

    def _passed_over(self, demanding: Sequence[Rule], asked: Target) -> Cause:
        for rule in demanding:
            for operation in rule.operations:
                crossing = _crossing(operation.get("notPaths") or (), asked.path)
                if crossing:
                    return _too_wide(rule, crossing, asked.path)
        for rule in sorted(demanding, key=lambda each: not _is_just_below(each, asked)):
            if not rule.concerns(asked):
                return Cause(
                    f"{rule} demands a token only {_only_for(rule, asked)}",
                    "leave the restriction out, and exempt with notPaths what has to be open",
                    (rule.policy,),
                )
        shown = ", ".join(dict.fromkeys(str(each.policy) for each in demanding))
        return Cause(
            f"{shown} demands a token, but not of this request", "compare its conditions with the request"
        )

    def _nothing_demands(self, entry: Entry) -> Cause:
        around = self._surroundings
        missing = [each for each in around.authorization_policies if _meant_to_demand(each)]
        for policy in missing:
            if is_dry_run(policy) and entry.reached_by(policy):
                return Cause(
                    f"{policy} is a dry run, so nothing enforces it", "remove the annotation", (policy,)
                )
        behind = entry.stand_in
        unenforced = [each for each in missing if behind.no_sidecar and behind.selected_by(each)]
        if unenforced:
            pods = f"is for the pods of {behind.backend}, and {behind.no_sidecar}"
            return Cause(
                f"{unenforced[0]} {pods}: no sidecar enforces it",
                "have a sidecar injected, or put it at the gateway",
                (unenforced[0],),
            )
        astray = [
            each for each in missing if around.reaches_nothing(each) and around.is_for_gateways(each)
        ] or [each for each in missing if not entry.reached_by(each) and around.is_for_gateways(each)]
        if astray:
            return _astray(astray, entry)
        reaching = [each.found for each in around.trust_at(entry)]
        if reaching:
            why = f"{reaching[0]} only refuses bad tokens, and nothing requires one"
            return Cause(why, f"add {_DEMAND}", (reaching[0],))
        lost = [each for each in around.request_authentications if around.reaches_nothing(each)]
        if lost:
            return _astray([each for each in lost if around.is_for_gateways(each)] or lost, entry)
        return Cause(
            f"no RequestAuthentication and no AuthorizationPolicy reaches {entry.proxy}",
            f"add a RequestAuthentication for it, and {_DEMAND}",
        )

    def behind(self, entry: Entry) -> str:
        """What may still refuse the request, and is not checked; empty if nothing is known of."""
        asked = self._surroundings.asks_somebody_else(entry)
        if asked:
            return f"unless the external authorizer of {asked[0]} refuses it, which is not checked"
        behind = self._surroundings.for_pods_behind(entry)
        if behind and not entry.stand_in.no_sidecar:
            return f"unless a sidecar of {entry.backend} refuses it by {behind[0]}, which is not checked"
        return ""

    def other_issuers(self, entry: Entry, unnamed: Sequence[str]) -> Cause:
        """Why tokens of issuers pass that no rule names for this path."""
        rules, asked = self._surroundings.rules_at(entry), target(entry)
        concerned = [each for each in rules if each.demands_token and each.concerns(asked)]
        any_principal = [each for each in concerned if "*" in each.principals]
        naming = [each for each in concerned if each not in any_principal]
        issuers = list(dict.fromkeys(each.iss for each in self._surroundings.trust_at(entry)))
        where = f"{len(issuers)} issuers are trusted at this gateway"
        if not any_principal:
            return Cause(f"no rule names whose, and {where}", "name the issuers in requestPrincipals")
        first = any_principal[0]
        why, objects = f'{first} asks for any principal ("*"), and {where}', [first.policy]
        if naming and first.action == "ALLOW":
            why += f"; ALLOW policies add up, so {naming[0]} does not narrow it"
            objects.append(naming[0].policy)
        key = "notRequestPrincipals" if first.action == "DENY" else "requestPrincipals"
        wanted = next((each for each in issuers if each not in unnamed), issuers[0])
        return Cause(why, f'name who may come in here, such as {key}: ["{wanted}/*"]', tuple(objects))

    def audience(self, entry: Entry, iss: str) -> Cause:
        """Why a token for another service passes."""
        trusted = [each for each in self._surroundings.trust_at(entry) if each.iss == iss]
        unlimited = next((each for each in trusted if not each.audiences), trusted[0])
        why = f"{unlimited} names no audiences, so whatever {iss} has signed for another service is good here"
        return Cause(why, "add audiences with the name of this service", (unlimited.found,))

    def spoofed(self, entry: Entry, header: str) -> Cause:
        """Why a header that tells a backend who calls arrives as the client has sent it."""
        around = self._surroundings
        writers = around.writers(header)
        here = [each for each in writers if entry.reached_by(each)]
        if here:
            return Cause(
                f"{here[0]} writes it, and yet the client's stays", "remove it in the route", (here[0],)
            )
        elsewhere = writers[0]
        where = next((str(each) for each in around.proxies if each.reached_by(elsewhere)), "")
        tells = (
            f"writes it at {where}"
            if where
            else f"should write it, but {why_it_misses(elsewhere, entry.proxy)}"
        )
        why = f"{elsewhere} {tells}; no rule at {entry.proxy} does, so the gateway passes on what the client sends"
        cure = "write it by outputClaimToHeaders of a rule for this gateway too, or remove it in the route"
        return Cause(why, cure, (elsewhere, entry.route))

    def claimed(self, entry: Entry) -> Cause:
        """Why a header alone opens the entry."""
        going_by = [each for each in self._surroundings.rules_at(entry) if any(each.headers)]
        if not going_by:
            return Cause(
                "the headers of the client make the difference", "compare the policies with the request"
            )
        name = next(going_by[0].headers)[0]
        why = f"{going_by[0]} goes by the request header {name}, which any client can send"
        return Cause(why, "go by request.auth.claims[...] of the token", (going_by[0].policy,))

    def around(self, entry: Entry, key: str) -> Cause:
        """Why another spelling of the host or of the path gets past the policies."""
        rules = [each for each in self._surroundings.rules_at(entry) if each.demands_token]
        about = [
            each
            for each in rules
            if any(op.get(key) or op.get(f"not{key.capitalize()}") for op in each.operations)
        ]
        if not about:
            return Cause(
                "no policy is known to tell the spellings apart", "compare the policies with the request"
            )
        named = [each for op in about[0].operations for each in op.get(key) or ()]
        if key == "hosts":
            cure = f'add "{named[0]}:*" to its hosts' if named else "leave its hosts out"
            return Cause(
                f"{about[0]} goes by hosts, and a host with a port is another one for it",
                cure,
                (about[0].policy,),
            )
        why = f"{about[0]} goes by paths, and Istio does not merge slashes by itself"
        return Cause(
            why,
            "set pathNormalization to MERGE_SLASHES in the mesh, or demand a token for every path",
            (about[0].policy,),
        )

    def closed(self, entry: Entry) -> str:
        """Why not even a valid token passes; empty if the objects do not tell."""
        issuers = {each.iss for each in self._surroundings.trust_at(entry)}
        if not issuers:
            return f"no RequestAuthentication reaches {entry.proxy}, so no token counts"
        for rule in self._surroundings.rules_at(entry):
            strange = [
                each for each in rule.principals if not any(names_issuer(each, iss) for iss in issuers)
            ]
            if strange and rule.concerns(target(entry)):
                trusted = ", ".join(sorted(issuers))
                return f'{rule} names the principal "{strange[0]}", and the trusted issuers are {trusted}'
        return ""


def names_issuer(pattern: str, iss: str) -> bool:
    """Whether a pattern of principals can mean a subject of this issuer."""
    if pattern == "*":
        return True
    issuer, slash, _ = pattern.rpartition("/")
    if slash and not pattern.startswith("*"):
        return issuer == iss
    return matches(pattern, f"{iss}/") or pattern.startswith("*")


def _crossing(patterns: Iterable[str], path: str) -> str:
    return next((each for each in patterns if crosses_segments(each, path)), "")


def _too_wide(rule: Rule, pattern: str, path: str) -> Cause:
    stem = pattern.removesuffix("*")
    why = f"{rule} exempts {pattern}, which takes {path} too: the asterisk does not stop at a slash"
    return Cause(why, f'write "{stem}" and "{stem}/*"', (rule.policy,))


def _meant_to_demand(policy: Found) -> bool:
    return any(each.demands_token for each in rules_of(policy, policy.manifest))


def _astray(policies: Sequence[Found], entry: Entry) -> Cause:
    proxy = entry.proxy
    told = "; ".join(f"{each} {why_it_misses(each, proxy)}" for each in policies[:2])
    if proxy.target.gateway is None:
        labels = ", ".join(f"{key}: {value}" for key, value in sorted(proxy.target.labels.items()))
        cure = f"move it to the namespace {proxy.target.namespace}, with a selector that fits ({labels})"
    else:
        name = f"{proxy.target.gateway} in {proxy.target.namespace}"
        cure = f"put it beside the Gateway {name}, with targetRefs that name it"
    return Cause(told, cure, tuple(policies[:2]))


def _is_just_below(rule: Rule, asked: Target) -> bool:
    return any(f"{asked.path.rstrip('/')}/*" in (each.get("paths") or ()) for each in rule.operations)


def _only_for(rule: Rule, asked: Target) -> str:
    """What a demanding rule is restricted to, in words that end a sentence."""
    values = {"paths": asked.path, "hosts": asked.host, "methods": asked.method, "ports": str(asked.port)}
    for operation in rule.operations:
        for key, value in values.items():
            wanted, unwanted = operation.get(key) or [], operation.get(f"not{key.capitalize()}") or []
            if wanted and not any(matches(each, value) for each in wanted):
                return f"for the {key} {', '.join(wanted)}, and not for {value}"
            if any(matches(each, value) for each in unwanted):
                return f"for other {key} than {', '.join(unwanted)}"
    return "under conditions that do not hold here"
