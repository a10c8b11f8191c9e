"""Where Graph, its logins and its keys are, in each of Microsoft's clouds (Graph, national cloud deployments)."""

from typing import Final, Literal, NamedTuple

CloudName = Literal["public", "gcc-high", "dod", "china"]
ISSUERS: Final = ("https://graph.microsoft.com", "https://api.botframework.com")


class Cloud(NamedTuple):
    """`configuration_url`: the page that names the keys by which notifications are signed."""

    graph_url: str
    login_url: str
    configuration_url: str
    issuers: tuple[str, ...] = ISSUERS


PUBLIC_KEYS: Final = "https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration"
US_KEYS: Final = "https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration"

CLOUDS: Final[dict[str, Cloud]] = {
    "public": Cloud("https://graph.microsoft.com", "https://login.microsoftonline.com", PUBLIC_KEYS),
    "gcc-high": Cloud(
        "https://graph.microsoft.us", "https://login.microsoftonline.us", US_KEYS,
        (*ISSUERS, "https://graph.microsoft.us", "https://api.botframework.us"),
    ),
    "dod": Cloud(
        "https://dod-graph.microsoft.us", "https://login.microsoftonline.us", US_KEYS,
        (*ISSUERS, "https://dod-graph.microsoft.us", "https://api.botframework.us"),
    ),
    "china": Cloud(
        "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn", PUBLIC_KEYS,
        (*ISSUERS, "https://microsoftgraph.chinacloudapi.cn", "https://api.botframework.azure.cn"),
    ),
}  # fmt: skip
