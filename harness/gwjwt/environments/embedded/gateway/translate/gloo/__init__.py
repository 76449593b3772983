"""From the kinds of Gloo Mesh to Envoy configuration; pure functions only.

Source: Gloo Mesh API reference, RouteTable, JWTPolicy, ExtAuthPolicy; where the guide "JWT for mesh routes" says
otherwise, the guide (decisions D18 to D24).
"""
