"""The engine server: any engine behind gRPC, for `sl.connect("grpc://host:port")`."""
