#!/bin/sh
# Serve the engine by TLS and token. Certificates and token are made on the first start and kept.
set -eu
certs=${SPREADLAB_CERTS:-/certs}
clients=${SPREADLAB_CLIENTS:-/clients}
for name in ${SPREADLAB_NAMES:-grpc-server}; do
    set -- "$@" --name "$name"
done
spreadlab certs "$certs" "$@" --clients-folder "$clients"
exec spreadlab serve --host "${GRPC_HOST:-0.0.0.0}" --port "${GRPC_PORT:-50051}" \
    --tls-cert "$certs/server.pem" --tls-key "$certs/server.key" --token-file "$certs/token"
