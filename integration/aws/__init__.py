"""The AWS services beneath us: `table`, `bus`, `secrets`, `settings`, `telemetry`; failures in `errors`."""
