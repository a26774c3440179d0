"""Canonical CBOR (CTAP2) of what the tests send, and of what they get back."""
import typing


class Tag(typing.NamedTuple):
    """A tagged item, to be sent."""
    number: int
    item: object


def head(major, value):
    for size, code in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if value < 24:
            return bytes([major << 5 | value])
        if value < 1 << 8 * size:
            return bytes([major << 5 | code]) + value.to_bytes(size, "big")
    raise ValueError(value)


def dumps(value):
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, Tag):
        return head(6, value.number) + dumps(value.item)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(dumps, value))
    entries = sorted((dumps(key), dumps(item)) for key, item in value.items())
    return head(5, len(entries)) + b"".join(key + item for key, item in entries)


def loads(data):
    value, rest = take(data)
    if rest:
        raise ValueError(f"{len(rest)} bytes behind the item")
    return value


def take(data):
    major, info, rest = data[0] >> 5, data[0] & 31, data[1:]
    if major == 7:
        if info in (20, 21, 22):
            return {20: False, 21: True, 22: None}[info], rest
        raise ValueError(f"simple value {info}")
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
    value = int.from_bytes(rest[:size], "big") if size else info
    rest = rest[size:]
    if major < 2:
        return (value if major == 0 else -1 - value), rest
    if major < 4:
        part, rest = rest[:value], rest[value:]
        return (part if major == 2 else part.decode(errors="replace")), rest
    items = []
    for _ in range(value if major == 4 else 2 * value):
        item, rest = take(rest)
        items.append(item)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), rest
