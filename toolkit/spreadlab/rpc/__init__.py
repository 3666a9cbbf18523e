"""The wire: generated stubs, and what turns our objects, errors and addresses into gRPC's."""
