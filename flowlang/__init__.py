"""flowlang: phone-call flows that read like sentences, and the engine that runs them on Microsoft Graph."""

__version__ = "0.1.0"
