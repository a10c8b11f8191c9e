"""What each result means, what usually causes it, and what a flow can do about it: the table behind `flowlang codes`.

Sources are named by row: pages of Microsoft Graph, and the code lists of Azure Communication Services, whose calling
back end is the same. `SEEN`: printed in no page, but in answers and notifications that were made public.
"""

from typing import Final, NamedTuple

DELETE: Final = "Graph, call: delete, end reasons"
TRANSFER: Final = "Graph, call: transfer"
MEDIA: Final = "Graph, recordOperation and playPromptOperation; ACS, Call Automation codes"
ENDS: Final = "Azure Communication Services, call-end codes"
CARRIER: Final = "Azure Communication Services, codes of phone calls (PSTN)"
AUTOMATION: Final = "Azure Communication Services, Call Automation codes"
HTTP: Final = "Graph, errors of the calls API"
LIMITS: Final = "Graph, throttling limits"
SEEN: Final = "not documented; seen in answers of the service"


class Advice(NamedTuple):
    """What usually causes a named result, and what to do."""

    cause: str
    cure: str


class Code(NamedTuple):
    """One code pair. `code` or `subcode` None: any. `cause`, `cure`: where they differ from those of the name."""

    code: int | None
    subcode: int | None
    meaning: str
    source: str
    cause: str = ""
    cure: str = ""

    @property
    def text(self) -> str:
        """The pattern that matches it: `500/7700`, `486/*`, `*/8539`."""
        code = "*" if self.code is None else str(self.code)
        return f"{code}/{'*' if self.subcode is None else self.subcode}"


ADVICE: Final[dict[str, Advice]] = {
    "busy": Advice("the person is on another call, or has set themselves to busy", "ring somebody else, or try again after a while"),
    "no answer": Advice("nobody is at the phone; the platform itself gives up after about two minutes", "ring the next person, or offer a voicemail"),
    "declined": Advice("the person pressed the red button, or did not accept with the key", "ring somebody else; trying again annoys"),
    "unreachable": Advice("no device is signed in, the user does not exist any more, or a resource account was written as a user", "ring a number of that person, or somebody else; look at the identifier if it is always so"),
    "not found": Advice("a wrong number or identifier, or the call was over already", "correct the contact; trying again is no use"),
    "forbidden": Advice("a missing role, another tenant, a barred number, or a carrier that refuses", "look at the second number; `flowlang permissions` lists what a flow needs"),
    "throttled": Advice("too many calls or requests at one time", "try again later; the runtime waits for as long as the platform asks by itself"),
    "cancelled": Advice("somebody hung up while it rang, it was answered on another device, or the flow took it back", "mostly nothing"),
    "caller hung up": Advice("the caller or the other side ended the call in the ordinary way", "nothing; `on ended` may write it down"),
    "transfer completed": Advice("the transfer went well", "nothing; `on transfer completed` may write it down"),
    "blind transfer failed": Advice("the target is busy, does not answer, or cannot be reached; the caller is back with the flow", "try once or twice more, then another target or a voicemail"),
    "consultative transfer failed": Advice("the consulted person hung up, or the two calls could not be joined at that moment", "try again two times, after some seconds; then ask somebody else"),
    "leg gone": Advice("the consulted person hung up before the transfer", "consult again; trying the same transfer again is no use"),
    "meeting mode": Advice("somebody was invited before, or the call is a group call", "`invite` the other person, or consult before anybody is invited"),
    "not in the call": Advice("the participant has left or never came", "wait for `on joined`"),
    "tenant mismatch": Advice("the person belongs to another tenant, or a resource account was written as a user", "use a phone number for people of other tenants; write `resource account` for queues"),
    "no permission": Advice("a role is missing, or its consent in that tenant; a token from before the consent is still in use", "`flowlang permissions` lists the roles; give the consent again"),
    "not registered": Advice("calling is not switched on in the bot's channel, or for another application", "switch calling on, with the address of the webhook"),
    "media failed": Advice("a prompt of a wrong format or address, or a network that lets no sound through", "`flowlang check` looks at the files; try again once, then hang up politely"),
    "keep-alive lost": Advice("the application was away for 45 minutes", "look at the service; the flow can do nothing"),
    "server error": Advice("a fault in a service of the platform or a carrier", "try again once after some seconds, then another way"),
    "no outcome": Advice("a notification got lost, or the platform is late", "hang up politely; only instant steps are safe now"),
    "no input": Advice("the caller did not know what to press, or cannot", "ask once more in other words, then hand over to a person"),
    "menu failed": Advice("silence or wrong keys until the tries were used up", "`on timeout:` and `otherwise:` in the menu"),
    "service failed": Advice("the service is down, slow, or answered something else than JSON", "`otherwise:` with a way that needs no answer"),
    "no voice": Advice("`say` is used and the operator has set no voice", "set a voice, or `play` a recorded file"),
    "no such flow": Advice("the flow that `start` names is not live", "correct the name, or deploy that flow"),
    "too many steps": Advice("a flow that goes round without waiting", "`flowlang check --strict` finds it"),
}  # fmt: skip
"""By name of the catalogue in `flowlang.call.results`; a test holds the two together."""

NOBODY: Final = "everybody else has gone; also seen where an outgoing call was never answered"

CODES: Final[tuple[Code, ...]] = (
    # transfers
    Code(200, 7015, "the transfer is complete and the call is over for the application", DELETE),
    Code(0, 7015, "the transfer is complete, as the page about transfers writes it", TRANSFER, cure="nothing; the code is 0 or 200, and `on transfer completed` takes both"),
    Code(500, 7000, "a blind, group or phone transfer failed", TRANSFER),
    Code(500, 7700, "a consultative transfer failed", TRANSFER),
    Code(404, 10202, "the call to be replaced is not there", ENDS),
    Code(409, 8607, "another transfer of this call is under way", AUTOMATION, "two transfers at one time", "one transfer, with arms for its failure"),
    # how calls end
    Code(200, 0, "the call or the action is done", MEDIA),
    Code(0, 0, "the local side ended the call", ENDS),
    Code(200, 4097, "the other participant ended the call", DELETE),
    Code(200, 4521, "the other side of a call between two ended it", DELETE),
    Code(200, 5000, "another participant removed the application", DELETE, "an organizer took it out of the meeting", "nothing; `on ended` may write it down"),
    Code(200, 5001, "the conversation has ended", DELETE),
    Code(200, 5002, "everybody else has left", DELETE, NOBODY, "ask whether the call was ever answered, not only for the code"),
    Code(200, 5003, "the conversation has ended; for a phone call: all devices declined", DELETE),
    Code(200, 5007, "the one who began the group call has left", DELETE, "the organizer hung up", "nothing"),
    Code(200, 5010, "only one participant was left", DELETE),
    Code(200, 5012, "nobody was in the roster of the incoming call", DELETE, "the callers gave up before anybody came", "nothing"),
    Code(200, 5013, "nobody joined the group call", DELETE, "nobody took the invitation", "ring people one by one"),
    Code(200, 5014, "nobody could be the host", DELETE, "no participant may open the meeting", "let somebody of the tenant join first"),
    Code(200, 5020, "only hidden participants were left", DELETE, "everybody else has gone", "nothing"),
    Code(200, 5030, "the time of the breakout room was over", DELETE, "the organizer's plan", "nothing"),
    Code(200, 5300, "a participant was removed by another", DELETE, "an organizer took it out of the meeting", "nothing"),
    Code(200, 5855, "nobody let the application in from the lobby", DELETE, "the lobby of the meeting", "let the organizer admit applications"),
    Code(200, 7000, "the application ended the call", DELETE, "`hang up`", "nothing; 500/7000 is something else, so never match */7000"),
    Code(200, 10550, "the application ended the call", DELETE, "`hang up`", "nothing"),
    Code(200, 18503, "the other side of a call between two has left", DELETE),
    Code(200, 540000, "the caller, who came by phone, hung up", DELETE),
    Code(200, 560000, "the person called by phone hung up", DELETE),
    Code(408, 8537, "no keep-alive came for 45 minutes", DELETE),
    Code(408, 1106, "the call was taken, and that was never confirmed", DELETE, "a device lost its network at that moment", "ring again"),
    Code(408, 10057, "the device that was called did not finish setting up", DELETE),
    Code(408, 4506, "it took too long", ENDS),
    Code(410, None, "sound could not be set up", DELETE, "a network that lets no sound through", "try again once"),
    Code(410, 301005, "the two sides could not send each other sound", DELETE, "a network that lets no sound through", "try again once"),
    Code(500, 1005, "the platform could not reach the application's own media", DELETE, "sound of its own instead of the platform's", "use the platform's media, as flowlang does"),
    # callees
    Code(486, None, "busy", ENDS),
    Code(600, None, "busy everywhere", ENDS),
    Code(486, 560486, "the line of the person called is busy, says the carrier", CARRIER),
    Code(486, 540486, "the line of the caller's side is busy, says the carrier", CARRIER),
    Code(None, 8539, "the person called is busy", AUTOMATION),
    Code(None, 8540, "the person called is busy everywhere", AUTOMATION),
    Code(487, 0, "the caller gave up before it was answered", ENDS),
    Code(487, 540487, "the caller gave up before it was answered, by phone", ENDS),
    Code(487, 10003, "it was answered on another device", ENDS),
    Code(487, 10004, "nobody answered in time, usually two minutes", ENDS),
    Code(487, 10024, "all devices of the person declined", ENDS),
    Code(497, 560487, "the caller gave up; the list really says 497", CARRIER),
    Code(603, None, "the person declined", ENDS),
    Code(603, 560603, "the phone declined, or a carrier took the call for fraud", CARRIER),
    Code(None, 8538, "the person called declined", AUTOMATION),
    Code(480, 10037, "the person called has no device", DELETE, "nobody is signed in; also a queue or attendant written as a user", "write `resource account` for a queue"),
    Code(480, 10076, "no device of the person called could be reached", DELETE, "signed in, but offline", "ring a number of that person"),
    Code(480, 10077, "only a push message could be sent to the person called", ENDS),
    Code(480, 10078, "the person called is not reachable", ENDS),
    Code(480, 10134, "the call cannot be routed", DELETE, "a number plan or a missing licence", "let the administrator look at the routing of that number"),
    Code(480, 10199, "private calls are switched off for the person called", DELETE, "a policy of the tenant", "let the administrator allow calls for that user"),
    Code(480, 560480, "no answer, or unavailable, says the carrier", CARRIER),
    Code(408, 560408, "the phone that was called stayed silent", CARRIER),
    Code(408, 500001, "the user's gateway did not answer", CARRIER),
    Code(400, 8541, "the person called is unavailable", AUTOMATION, "as 480/10076, which often stands in the message beside it", "match `unreachable`, which takes both"),
    Code(None, 8541, "the person called is unavailable", AUTOMATION),
    Code(None, 8544, "the person called cannot be reached", AUTOMATION),
    Code(None, 8542, "the call was cancelled", AUTOMATION),
    Code(None, 8543, "there is no such call", AUTOMATION),
    Code(404, 560404, "the carrier does not know the number", CARRIER),
    Code(404, 511404, "the service does not know the number", CARRIER),
    Code(484, 560484, "the number is incomplete", CARRIER),
    Code(403, 510403, "blocked, or taken for spam because of the number shown", CARRIER, "the number of the resource account is on a list", "let the carrier look at it"),
    Code(403, 560403, "forbidden, cancelled or rejected by the session border controller", CARRIER, "the carrier does not allow calls to that number", "let the carrier look at it"),
    Code(403, 511532, "the trunk is not set up", CARRIER, "no route for that number", "let the administrator look at the trunk"),
    Code(403, 10151, "the call has no data for dialling out", SEEN, "a phone was invited into a call that no resource account began", "begin the call from the resource account with a number"),
    Code(412, 10073, "nobody pays for the phone call", SEEN, "the call was not placed by a resource account with a number and a licence", "`flowlang permissions` lists what has to be there"),
    Code(412, 9999, "nobody pays for the phone call; 412#10073 stands in the message", SEEN, "as 412/10073", "as 412/10073"),
    Code(401, 10009, "the identity could not be proved", ENDS),
    Code(500, 560500, "a fault on the way to the phone", CARRIER),
    Code(503, 560503, "a service on the way to the phone is away", CARRIER),
    # requests
    Code(400, 8500, "the media of the call are of another kind", AUTOMATION, "the call was set up with media of its own", "use the platform's media, as flowlang does"),
    Code(400, 8501, "the call is not established yet", AUTOMATION, "a transfer or prompt before `answered`", "`answer` first; `flowlang check` finds it"),
    Code(400, 8503, "there is no sound yet", AUTOMATION, "a prompt right after the call was answered", "nothing: the runtime tries again by itself"),
    Code(400, 8505, "several participants with one call to replace", AUTOMATION, "an invitation of several people with `replacing`", "one person for each invitation"),
    Code(429, None, "too many requests", LIMITS),
    Code(None, 8516, "calls are throttled", AUTOMATION),
    Code(None, 8529, "the limit of the month is reached", AUTOMATION),
    Code(None, 8530, "the limit of calls at one time is reached", AUTOMATION),
    Code(None, 8517, "the call belongs to another tenant", AUTOMATION),
    Code(409, 8519, "two operations on one call at one time", AUTOMATION, "a second request before the answer to the first", "nothing: the runtime sends one after the other"),
    Code(404, 8522, "there is no such call", HTTP, "it is over, or it was answered later than 15 seconds after it came", "answer first, then ask services"),
    Code(400, 8523, "not possible in a meeting, or a wrong argument", HTTP),
    Code(400, 8528, "the call is over", AUTOMATION, "the caller hung up at that moment", "nothing; `on ended` runs"),
    Code(400, 8548, "the call is no group call", AUTOMATION, "`mute`, `hold` or `remove` in a call between two", "`flowlang check` finds it"),
    Code(404, 8558, "the participant is not in the call", AUTOMATION),
    Code(400, 8585, "not possible in the present state of the call", AUTOMATION, "a step that came too early or too late", "`flowlang check` finds what a flow can do about it"),
    Code(None, 8586, "the application did not confirm the incoming call", AUTOMATION, "the webhook was slow or away", "look at the service"),
    Code(None, 8587, "the incoming call was not answered in time", AUTOMATION, "more than 15 seconds until `answer`", "answer first, then ask services"),
    Code(403, 7503, "the application is not registered", HTTP),
    Code(403, 7504, "the application lacks a permission in that tenant", HTTP),
    Code(403, 7505, "the tenant of the token is not that of the call", HTTP),
    Code(403, 7507, "the identity that calls is not valid", HTTP, "another identifier than the object id of the resource account", "use the object id of the resource account that belongs to the application"),
    Code(400, 2203, "the request is malformed", SEEN, "a meeting link that is cut off", "copy the whole link of the meeting"),
    Code(500, 9999, "an unknown fault inside the service", HTTP),
    # sound and keys
    Code(200, 8514, "recorded until the key that ends it", MEDIA, "the caller pressed it", "nothing: the step succeeds"),
    Code(200, 8515, "recorded until the longest time", MEDIA, "the caller talked for longer", "nothing: the step succeeds"),
    Code(200, 8531, "all digits were typed", MEDIA, "the caller typed them", "nothing: the step succeeds"),
    Code(400, 8508, "the operation was cancelled", MEDIA, "the flow took it back, as a key does with a prompt", "nothing"),
    Code(400, 8509, "nothing more was said", MEDIA),
    Code(400, 8510, "nothing was said at all", MEDIA),
    Code(400, 8532, "too long between two digits", MEDIA),
    Code(500, 8511, "the prompt could not be played", MEDIA),
    Code(500, 8512, "the beep could not be played", MEDIA),
    Code(500, 8513, "no sound came from the caller", MEDIA),
    Code(400, 8504, "there are no media streams", MEDIA),
    Code(400, 8535, "the file has a wrong format", MEDIA, "not 16-bit PCM WAV with 16 kHz and one channel", "`flowlang check` looks at the files"),
    Code(400, 8536, "the file could not be fetched", MEDIA, "the platform cannot reach the prompt's address", "look at the service's public address"),
)  # fmt: skip
