"""Payloads that do not become facts, by file name pattern, each with the reason."""

NONE_OF_OURS: tuple[tuple[str, str], ...] = (
    ("*contentSharingSession.json", "content sharing is no part of a flow; never asked for (callOptions)"),
    ("beta_call-answer_ex2_06_notification_created.json", "content sharing, shown without a type of its own"),
    ("beta_call-answer_ex2_07_notification_deleted.json", "content sharing, shown without a type of its own"),
    ("*resource-*_schema.json", "a table of members, not something that is sent"),
    ("real_issue8310_legacy-incoming.json", "the legacy format, which the channel's settings switch off"),
    ("*_request*.json", "a request: what flowlang sends is compared in test_encode.py"),
    ("*.request.json", "a request: what flowlang sends is compared in test_examples.py"),
    ("*call-logteleconferencedevicequality*", "device quality, for makers of devices only"),
    ("*updaterecordingstatus*response*", "recording bots only: no act of ours is answered by it"),
    ("*addlargegalleryview*response*", "large gallery view: no act of ours is answered by it"),
    ("*muteall*response*", "mutes everybody: no act of ours is answered by it"),
)
