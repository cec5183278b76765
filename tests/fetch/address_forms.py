"""Spellings of addresses that a stranger may write to send a crawler into a private network, and names that lead there.

`{port}` is the port of a server on 127.0.0.1 that nobody may come to.
"""

from __future__ import annotations

# Hosts of a URL http://HOST:PORT/.
LOOPBACK = (
    *("127.0.0.1", "127.1", "127.0.1", "127.127.127.127", "127.0.0.1.", "127.255.255.254", "2130706433", "0x7f000001"),
    *("0x7F.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "0177.1", "017700000001", "00177.00.00.01", "0x7f.0.1", "127.0x1"),
    *("0000000000177.0.0.1", "0x000000007f000001", "127.000.000.001", "[::1]", "[0:0:0:0:0:0:0:1]"),
    *("[0000:0000:0000:0000:0000:0000:0000:0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:7F00:0001]"),
    *("[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::7f00:1]", "[::1%25lo]", "[::1%lo]", "[fe80::1%25lo]"),
    *(
        "１２７.０.０.１",
        "１２７。０。０。１",
        "127｡0｡0｡1",
        "127．0．0．1",
        "①②⑦.⓪.⓪.①",
        "２１３０７０６４３３",
        "0ｘ7f.1",
    ),
    *("%31%32%37.0.0.1", "127.0.0.%31", "%6c%6fcalhost", "127%2e0%2e0%2e1", "%30%78%37%66.1", "127.0.0.1%00"),
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "ｌocalhost",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "loc\u00adalhost",
        "localhost%2e",
    ),
)
PRIVATE = (
    *("0.0.0.0", "0", "0x0", "00", "0.0.0.0.", "[::]", "[::ffff:0.0.0.0]", "10.0.0.1", "10.1", "0xa.1", "012.1"),
    *("167772161", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.257", "3232235521", "0300.0250.0.1"),
    *(
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "[::ffff:169.254.169.254]",
    ),
    *("[::ffff:a9fe:a9fe]", "[fd00:ec2::254]", "[fe80::a9fe:a9fe]", "[fec0::1]", "[fc00::1]", "100.64.0.1"),
    *("100.100.100.200", "100.127.255.255", "198.18.0.1", "198.19.255.255", "192.0.0.192", "192.0.2.1", "198.51.100.1"),
    *("203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.250", "[ff02::1]", "[ff0e::1]", "240.0.0.1"),
    *("255.255.255.255", "4294967295", "0xffffffff", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::]"),
    *("[2001::1]", "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::7f00:1]", "[2001:db8::1]"),
    *("[100::1]", "[3fff::1]", "[5f00::1]", "[4000::1]", "[::ffff:0:127.0.0.1]", "[2001:10::1]", "[2001:20::1]"),
)
# Whole URLs: what stands before, after and around a host, and what is no web address.
URLS = (
    "http://user@127.0.0.1:{port}/",
    "http://good.example@127.0.0.1:{port}/",
    "http://good.example:80@127.0.0.1:{port}/",
    "http://good.example%40127.0.0.1:{port}/",
    "http://good.example@@127.0.0.1:{port}/",
    "http://good.example\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "http:/\\127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:////127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "\\\\127.0.0.1:{port}\\",
    " \thttp://127.0.0.1:{port}/\r\n",
    "ht\ntp://127.0.\n0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@good.example/",
    "http://127.0.0.1:{port}?@good.example/",
    "http://127.0.0.1\\.good.example:{port}/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1:０{port}/",
    "http://127.0.0.1:+{port}/",
    "http://127.0.0.1 :{port}/",
    "http://[::1:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[v1.127.0.0.1]:{port}/",
    "http://127.0.0.1/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:22/",
    "http://127.0.0.1:25/",
    "http://127.0.0.1:6379/%0d%0aFLUSHALL",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:-1/",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_x",
    "dict://127.0.0.1:{port}/x",
    "ws://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "data:text/html,x",
    "javascript:fetch('http://127.0.0.1:{port}/')",
    "jar:http://127.0.0.1:{port}/!/",
    "view-source:http://127.0.0.1:{port}/",
    "http://",
    "http:///",
    "http://?127.0.0.1:{port}",
)
# Names and what they resolve to. Nothing of them may be connected to.
NAMES: dict[str, list[str]] = {
    "inside.example": ["127.0.0.1"],
    "127.evil.example": ["127.0.0.1"],
    "127.0.0.1.evil.example": ["127.0.0.1"],
    "localhost.evil.example": ["127.0.0.1", "::1"],
    "metadata.example": ["169.254.169.254"],
    "six.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat.example": ["64:ff9b::7f00:1"],
    "zone.example": ["fe80::1%lo"],
    "several.example": ["10.0.0.1", "192.168.0.1", "fd00::1", "0.0.0.0"],
    "everybody.example": ["255.255.255.255", "224.0.0.1"],
    "nobody.example": [],
}


def forms() -> list[str]:
    """All of them as URLs, with `{port}`."""
    hosts = (*LOOPBACK, *PRIVATE, *NAMES)
    return [*(f"http://{host}:{{port}}/news/2026/11/24/harbour-opens-after-storm" for host in hosts), *URLS]
