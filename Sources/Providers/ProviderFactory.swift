/// Providers.
