"""The service: what comes in is made durable, stepped by the engine, and what goes out is sent once.

`worker` and `sender` are plain functions over a store; they have no clock, no thread and no socket of their own.
"""
