"""What has to be set up in a tenant before flows can be called, from what the flows need: as data, and as steps.

Ids of the roles: Microsoft Graph permissions reference; they are the same in every tenant and cloud. Commands: Azure
CLI (`az ad`, `az rest`, `az bot`, `az bot msteams`) and the Teams PowerShell module.
"""

import re
from typing import Final, NamedTuple

from flowlang.rules.needs import CALL, GROUP_CALL, GUEST, JOIN, MEDIA, REMOVE_POLICY
from flowlang.tools.permissions import Group

GRAPH: Final = "00000003-0000-0000-c000-000000000000"
ROLE_IDS: Final[dict[str, str]] = {
    CALL: "284383ee-7f6e-4e40-a2a8-e85dcb029101",
    GROUP_CALL: "4c277553-8a09-487b-8023-29ee378d8324",
    JOIN: "f6b49018-60ab-4f81-83bd-22caeabfed2d",
    GUEST: "fd7ccf6b-3d28-418b-9701-cd10f5cd2fd4",
    MEDIA: "a7a681dc-756e-4909-b988-f160edc6655f",
}
ONE_TENANT, MANY_TENANTS = "AzureADMyOrg", "AzureADMultipleOrgs"
TENANT: Final = re.compile(r"of tenant ([0-9a-f-]{36})$")
SHOWN: Final = "so that the number of a caller is shown to the application (any role does)"
BODY: Final = "app.json"


class Chosen(NamedTuple):
    """What the operator gave, or what stands for it in the commands."""

    name: str = "flowlang"
    public_url: str = "https://YOUR-ADDRESS"
    application_id: str = "APP-ID"
    tenant_id: str = ""


class Step(NamedTuple):
    """One thing to do: what and why, a table where there is one, and the commands that do it, each in its shell."""

    title: str
    text: str
    rows: tuple[str, ...]
    commands: tuple[str, ...]


class Role(NamedTuple):
    """A role, its id, and what in the flows needs it."""

    name: str
    id: str
    why: tuple[str, ...]


def roles_of(groups: list[Group]) -> list[Role]:
    """The fewest roles that are enough. Where one of several is enough the first is taken."""
    why: dict[str, list[str]] = {}
    for group in groups:
        if group.kind == "role" and not group.is_covered:
            why.setdefault(group.any_of[0], []).extend(need.why for need in group.needs)
    if not why:
        why[CALL] = [SHOWN]
    return [Role(name, ROLE_IDS[name], tuple(dict.fromkeys(why[name]))) for name in sorted(why)]


def tenants_of(groups: list[Group]) -> list[str]:
    """The tenants that the flows name."""
    found = [TENANT.search(group.any_of[0]) for group in groups if group.kind == "tenant"]
    return sorted({match[1] for match in found if match})


def audience_of(groups: list[Group], chosen: Chosen) -> str:
    """Whether the application serves one tenant or several."""
    tenants = {*tenants_of(groups), *([chosen.tenant_id.lower()] if chosen.tenant_id else [])}
    return ONE_TENANT if len(tenants) <= 1 else MANY_TENANTS


def manifest_of(groups: list[Group], chosen: Chosen) -> dict[str, object]:
    """The body of Graph's "Create application", which is also how the portal shows a manifest."""
    return {
        "displayName": chosen.name,
        "signInAudience": audience_of(groups, chosen),
        "requiredResourceAccess": [
            {
                "resourceAppId": GRAPH,
                "resourceAccess": [{"id": role.id, "type": "Role"} for role in roles_of(groups)],
            }
        ],
    }


def steps_of(groups: list[Group], chosen: Chosen, flows: str) -> list[Step]:
    """Everything to do, in order. `flows`: the paths as the user gave them."""
    kinds = {group.kind for group in groups}
    texts = {group.any_of[0] for group in groups}
    steps = [*_registration(groups, chosen, flows), *_bot(chosen)]
    if "number" in kinds:
        steps.append(_resource_account(chosen))
    if REMOVE_POLICY in texts:
        command = "Set-CsApplicationMeetingConfiguration -AllowRemoveParticipantAppIds"
        what = "In Teams PowerShell, as an administrator of Teams."
        commands = (f'{command} @{{Add="{chosen.application_id}"}}',)
        steps.append(Step("Allow the application to remove participants", what, (), commands))
    if audience_of(groups, chosen) == MANY_TENANTS:
        others = [tenant for tenant in tenants_of(groups) if tenant != chosen.tenant_id.lower()]
        page = f"adminconsent?client_id={chosen.application_id}"
        addresses = tuple(f"https://login.microsoftonline.com/{tenant}/{page}" for tenant in others)
        what = "The administrator of each of them opens the address once and accepts."
        steps.append(Step("Let the other tenants consent", what, (), addresses))
    return [*steps, _here(chosen, flows)]


def _registration(groups: list[Group], chosen: Chosen, flows: str) -> list[Step]:
    roles = roles_of(groups)
    wide = max(len(role.name) for role in roles)
    rows = tuple(f"{role.name:<{wide}}  {role.id}  {', '.join(role.why)}" for role in roles)
    application = chosen.application_id
    options = [("tenant", chosen.tenant_id, ""), ("name", chosen.name, Chosen().name)]
    more = "".join(f" --{name} {value}" for name, value, usual in options if value != usual)
    url = "https://graph.microsoft.com/v1.0/applications"
    asks = "It asks for these roles of Microsoft Graph, as application permissions."
    made: tuple[str, ...]
    if application == Chosen().application_id:
        title, text = "Register the application", f"{asks} Note the appId that is printed: it is APP-ID below."
        made = (
            f"az rest --method POST --url {url} --body @{BODY} --query appId",
            f"az ad sp create --id {application}",
        )
    else:
        title, text = "Bring the application up to date", asks
        made = (f"az rest --method PATCH --url \"{url}(appId='{application}')\" --body @{BODY}",)
    return [
        Step(title, text, rows, (f"flowlang azure manifest {flows}{more} --format json > {BODY}", *made)),
        Step(
            "Consent to the roles",
            "As an administrator of the tenant. It may take some minutes until tokens have them.",
            (),
            (f"az ad app permission admin-consent --id {application}",),
        ),
        Step(
            "Make a secret for the service",
            "Keep the password that is printed where only the service can read it, never in a flow or in git.",
            (),
            (f"az ad app credential reset --id {application} --append --display-name {chosen.name} --years 1",),
        ),
    ]


def _bot(chosen: Chosen) -> list[Step]:
    tenant = chosen.tenant_id or "TENANT-ID"
    bot = f"--resource-group RESOURCE-GROUP --name {chosen.name}"
    return [
        Step(
            "Make the bot",
            "RESOURCE-GROUP is one of yours. New bots are of one tenant.",
            (),
            (f"az bot create {bot} --appid {chosen.application_id} --app-type SingleTenant --tenant-id {tenant}",),
        ),
        Step(
            "Switch calling on, with the address of the webhook",
            "In the portal: the bot, Channels, Microsoft Teams, Calling. Graph posts every call there, so it has to be "
            "reachable from the internet over HTTPS, with a certificate that is publicly trusted.",
            (),
            (f"az bot msteams create {bot} --enable-calling --calling-web-hook {webhook_of(chosen)}",),
        ),
    ]


def webhook_of(chosen: Chosen) -> str:
    """Where Graph posts to."""
    return chosen.public_url.rstrip("/") + "/callback"


def _resource_account(chosen: Chosen) -> Step:
    application = f"-ApplicationId {chosen.application_id}"
    return Step(
        "Make a resource account with a phone number",
        "In Teams PowerShell, as an administrator of Teams. The account needs a licence for resource accounts; to call "
        "out it needs a calling plan, Operator Connect, or a voice routing policy as well. KIND is CallingPlan, "
        "OperatorConnect or DirectRouting.",
        (),
        (
            f"New-CsOnlineApplicationInstance -UserPrincipalName desk@YOUR-DOMAIN -DisplayName desk {application}",
            f"Sync-CsOnlineApplicationInstance -ObjectId OBJECT-ID-OF-THE-ACCOUNT {application}",
            "Set-CsPhoneNumberAssignment -Identity desk@YOUR-DOMAIN -PhoneNumber +NUMBER -PhoneNumberType KIND",
        ),
    )


def _here(chosen: Chosen, flows: str) -> Step:
    """The settings as they are pasted. Of several bots each has its path, which stands at the end of its address."""
    tenant = chosen.tenant_id or "TENANT-ID"
    url, _, bot = chosen.public_url.rstrip("/").partition("/bots/")
    who = f"application_id: {chosen.application_id}, tenant_id: {tenant}, secret: {{env: FLOWLANG_SECRET}}"
    return Step(
        "Write it into flowlang.yaml, and look whether all is well",
        "Answers says which flow takes calls to which number, account or application; FLOW is the name of one. The "
        "password is in the variable FLOWLANG_SECRET where the service is started.",
        (
            f"serve: {{public_url: {url}}}",
            "bots:",
            f"  {bot or chosen.name}: {{{who}}}",
            "answers: {default: FLOW}",
        ),
        (f"flowlang doctor {flows}", f"flowlang serve {flows}"),
    )
