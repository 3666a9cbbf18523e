#!/bin/sh
# Whether the server of this container serves, by the gRPC health protocol and what leads to it.
set -eu
certs=${SPREADLAB_CERTS:-/certs}
exec spreadlab doctor "localhost:${GRPC_PORT:-50051}" --quiet \
    --ca "$certs/ca.pem" --token-file "$certs/token"
