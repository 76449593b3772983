"""A Deployment and a Service for each Gateway, as Istio makes them."""

from __future__ import annotations

from gwjwt.environments.gateway_infrastructure import deployment, service

GATEWAY = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "ing", "namespace": "m", "uid": "1-2-3"},
    "spec": {
        "gatewayClassName": "istio",
        "listeners": [
            {"name": "secure", "port": 443, "protocol": "HTTPS"},
            {"name": "plain.first", "port": 80, "protocol": "HTTP"},
            {"name": "plain-second", "port": 80, "protocol": "HTTP", "hostname": "a.example"},
        ],
    },
}


def test_both_belong_to_the_gateway_and_have_its_name():
    for made in (deployment(GATEWAY, "any"), service(GATEWAY)):
        metadata = made["metadata"]
        assert (metadata["namespace"], metadata["name"]) == ("m", "ing-istio")
        assert [owner["uid"] for owner in metadata["ownerReferences"]] == ["1-2-3"]
        assert metadata["labels"]["gateway.networking.k8s.io/gateway-name"] == "ing"


def test_the_service_selects_the_pods_of_the_deployment():
    template = deployment(GATEWAY, "any")["spec"]["template"]
    assert service(GATEWAY)["spec"]["selector"].items() <= template["metadata"]["labels"].items()


def test_a_port_of_several_listeners_is_served_once_by_the_name_of_the_first():
    assert [
        (each["name"], each["port"], each["targetPort"]) for each in service(GATEWAY)["spec"]["ports"]
    ] == [
        ("plain-first", 80, 80),
        ("secure", 443, 443),
    ]


def test_ports_lead_to_where_the_proxy_binds_them():
    ports = service(GATEWAY, {80: 20_001, 443: 20_002})["spec"]["ports"]
    assert [each["targetPort"] for each in ports] == [20_001, 20_002]
