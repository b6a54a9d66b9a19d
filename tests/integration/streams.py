# SPDX-License-Identifier: Apache-2.0
"""Bare clients of the streaming server, which send what no real client would.

    client = Spdy(url)                      # connected and upgraded
    client.open_command("error", "stdout")
    client.send(ping(1) * 1000)
    client.frames()                         # (stream or type, flags, payload) until the end
"""

import base64, os, socket, struct, urllib.parse, zlib

CONNECT_S = 30
CONTROL = 0x8003 << 16
SYN_STREAM, SYN_REPLY, RESET, SETTINGS, PING, GO_AWAY, HEADERS, WINDOW_UPDATE = 1, 2, 3, 4, 6, 7, 8, 9
FIN = 1


def connect(url, receive_buffer=None):
    parsed = urllib.parse.urlsplit(url)
    connection = socket.socket()
    if receive_buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(CONNECT_S)
    connection.connect((parsed.hostname, parsed.port))
    return connection


def upgrade(connection, url, method="POST", **headers):
    """Asks for a stream; the status of the answer and what came behind its head."""
    parsed = urllib.parse.urlsplit(url)
    lines = [f"{method} {parsed.path} HTTP/1.1", f"Host: {parsed.netloc}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        got = connection.recv(4096)
        if not got:
            raise ConnectionError(f"the connection ended after {head!r}")
        head += got
    head, rest = head.split(b"\r\n\r\n", 1)
    return int(head.split()[1]), rest


def control(kind, payload, flags=0):
    return struct.pack(">II", CONTROL | kind, flags << 24 | len(payload)) + payload


def ping(number):
    return control(PING, struct.pack(">I", number))


def data(stream, payload, flags=0):
    return struct.pack(">II", stream, flags << 24 | len(payload)) + payload


class Spdy:
    def __init__(self, url, protocol="v4.channel.k8s.io", receive_buffer=None):
        self.packer = zlib.compressobj()  # without the dictionary, which nobody has to use
        self.connection = connect(url, receive_buffer)
        self.status, self.rest = upgrade(
            self.connection, url, Connection="Upgrade", Upgrade="SPDY/3.1",
            X_Stream_Protocol_Version=protocol,
        )  # fmt: skip
        self.next = 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.connection.close()

    def send(self, frames):
        self.connection.sendall(frames)

    def pack(self, headers):
        plain = struct.pack(">I", len(headers))
        for text in (text for pair in headers.items() for text in pair):
            plain += struct.pack(">I", len(text)) + text.encode()
        return self.packer.compress(plain) + self.packer.flush(zlib.Z_SYNC_FLUSH)

    def open(self, **headers):
        """Opens a stream; its number."""
        stream, self.next = self.next, self.next + 2
        payload = struct.pack(">IIBB", stream, 0, 0, 0) + self.pack(headers)
        self.send(control(SYN_STREAM, payload))
        return stream

    def open_command(self, *types):
        """Opens a command's streams; their numbers."""
        return [self.open(streamtype=kind) for kind in types]

    def frames(self):
        """(type, flags, payload) of a control frame, ("data", flags, stream and bytes) of another."""
        buffer = self.rest
        while True:
            while len(buffer) < 8 or len(buffer) < 8 + (
                size := struct.unpack_from(">I", buffer, 4)[0] & 0xFFFFFF
            ):
                got = self.connection.recv(1 << 16)
                if not got:
                    return
                buffer += got
            head, flags, payload = struct.unpack_from(">I", buffer)[0], buffer[4], buffer[8 : 8 + size]
            buffer = buffer[8 + size :]
            if head & 0x80000000:
                yield head & 0xFFFF, flags, payload
            else:
                yield "data", flags, (head, payload)

    def read_all(self):
        """stream -> its bytes, until the server ends the connection."""
        said = {}
        for kind, _, payload in self.frames():
            if kind == "data":
                said[payload[0]] = said.get(payload[0], b"") + payload[1]
        return said

    def is_dropped(self, seconds):
        """Whether the server ends the connection within that time; nothing is kept of what it says."""
        self.connection.settimeout(seconds)
        try:
            while self.connection.recv(1 << 20):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True


class WebSocket:
    def __init__(self, url, protocol="v5.channel.k8s.io", receive_buffer=None):
        self.connection = connect(url, receive_buffer)
        self.status, self.rest = upgrade(
            self.connection, url, "GET", Connection="Upgrade", Upgrade="websocket",
            Sec_WebSocket_Key=base64.b64encode(os.urandom(16)).decode(),
            Sec_WebSocket_Version="13", Sec_WebSocket_Protocol=protocol,
        )  # fmt: skip

    __enter__, __exit__, close, send, is_dropped = (
        Spdy.__enter__, Spdy.__exit__, Spdy.close, Spdy.send, Spdy.is_dropped,
    )  # fmt: skip


def message(opcode, payload, final=True, size=None):
    """A client's frame, masked with zeros; `size`: what it says of its length."""
    size = len(payload) if size is None else size
    head = bytes([opcode | (0x80 if final else 0)])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 1 << 16:
        head += struct.pack(">BH", 0x80 | 126, size)
    else:
        head += struct.pack(">BQ", 0x80 | 127, size)
    return head + bytes(4) + payload
