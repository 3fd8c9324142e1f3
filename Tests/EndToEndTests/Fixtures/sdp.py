"""Teaches schemathesis to send bodies that are text of a kind that it does not know."""

import schemathesis


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def text(ctx, value):
    return str(value).encode("utf-8")
