"""The implementation that a first run tests: a controller with the behaviour that the charm's guide documents.

An operator states the relations of applications to a gateway (``JWTRelation``) and its external authorizer
(``ForwardAuth``) as custom resources; the controller keeps Istio's policies as they must be. With a fault switched on
it does one thing wrong, which proves that the suite notices.
"""
