from collections.abc import Callable
from typing import Any

class JsonWriter:
    def __init__(
        self,
        encode: Callable[[Any], bytes],
        encode_into: Callable[[Any, bytearray], None],
        careful: Callable[[Any], bytes],
        shapes: tuple[tuple[int, Any, Any, tuple[int, ...], int], ...],
    ) -> None: ...
    def __call__(self, value: Any, /) -> bytes: ...
    def encode_into(self, value: Any, buffer: bytearray, /) -> None: ...
