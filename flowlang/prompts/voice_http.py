"""The voice for `say` as a service: `POST {"text", "language"}`, answered with a WAV."""

from collections.abc import Mapping
from typing import Final

import anyio
import httpx

from flowlang.prompts.voice import MOST_BYTES, VoiceError

OK: Final = 200


class HttpVoice:
    """`headers` may hold a key for the service; it is never told. `language` empty: it is not sent."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        timeout_seconds: float = 10.0,
        language: str = "",
        headers: Mapping[str, str] = {},
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._client, self._url, self._seconds = client, url, timeout_seconds
        self._headers, self._most = {"Accept": "audio/wav", **headers}, most_bytes
        self._also = {"language": language} if language else {}
        self.mark = f"http\0{url}\0{language}"

    async def speak(self, text: str) -> bytes:
        """See `voice.Voice`."""
        made = b""
        try:
            with anyio.fail_after(self._seconds):
                made = await self._asked({"text": text, **self._also})
        except TimeoutError:
            raise VoiceError(f"the voice took more than {self._seconds:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise VoiceError(f"the voice cannot be reached: {type(error).__name__}") from None
        if not made:
            raise VoiceError("the voice gave nothing")
        return made

    async def _asked(self, document: dict[str, str]) -> bytes:
        made = bytearray()
        async with self._client.stream(
            "POST", self._url, json=document, headers=self._headers, timeout=self._seconds, follow_redirects=False
        ) as answer:
            if answer.status_code != OK:
                raise VoiceError(f"the voice answered {answer.status_code}")
            async for part in answer.aiter_bytes():
                made += part
                if len(made) > self._most:
                    raise VoiceError(f"the voice gave more than {self._most} bytes")
        return bytes(made)
