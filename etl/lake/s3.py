"""A lake in S3 or a compatible store."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

import boto3.session
import botocore.exceptions
from botocore.client import Config

from etl.errors import NewsEtlError, Permanent, Transient
from etl.faults import objects
from etl.lake.store import ObjectMissing, checked

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

MULTIPART_ABOVE = 8 << 20
PART_BYTES = 8 << 20  # of at most 10,000 parts, so an object may have 80 GB
READ_BYTES = 4 << 20  # one GET of a stream
TRIES = 4  # for what botocore does not repeat by itself: a body that breaks off, a lost race between conditional writes

# Stores other than Amazon's refuse or mangle the checksums that boto3 1.36 sends unasked, hence "when_required";
# Content-MD5 with every upload is what all of them check.
CONFIG = Config(
    connect_timeout=10,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 5},
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    max_pool_connections=16,
)

_TAKEN = "PreconditionFailed"
_CONFLICT = "ConditionalRequestConflict"
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


class S3Store:
    """Objects in a bucket below a prefix; see `ObjectStore` for the promises.

    Creating is a conditional write (`If-None-Match: *`); a store that ignores the condition is not fit for a lake.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        endpoint_url: str | None = None,
        session: boto3.session.Session | None = None,
    ) -> None:
        self.bucket = bucket
        self.prefix = f"{checked(prefix)}/" if prefix else ""
        with _errors(f"s3://{bucket}/{prefix}"):
            self._client: S3Client = (session or boto3.session.Session()).client(
                "s3", endpoint_url=endpoint_url, config=CONFIG
            )
        _Guard(self._client.meta.endpoint_url).watch(self._client)

    def put_new(self, name: str, data: Path | bytes) -> bool:
        for attempt in range(1, TRIES + 1):
            try:
                with _errors(self.url(name)):
                    # Checked first only to save the upload; the conditional write decides.
                    if not self.exists(name):
                        self._upload(name, data, only_new=True)
                        return True
                return False
            except _PreconditionFailed:
                return False
            except Transient as error:
                # 409: another conditional write was under way and neither is known to have won. Ask again.
                if attempt == TRIES or not _is_conflict(error):
                    raise
        raise AssertionError("the last try returns or raises")

    def put(self, name: str, data: Path | bytes) -> None:
        with _errors(self.url(name)):
            self._upload(name, data, only_new=False)

    def read(self, name: str) -> bytes:
        return self._get(name, None, None)[0]

    def read_range(self, name: str, offset: int, length: int) -> bytes:
        return self._get(name, (offset, length), None)[0] if length > 0 else b""

    def open(self, name: str) -> BinaryIO:
        with _errors(self.url(name)):
            head = self._client.head_object(Bucket=self.bucket, Key=self._key(name))
        raw = _RangeReader(self, name, head["ContentLength"], head["ETag"])
        return io.BufferedReader(raw, READ_BYTES)

    def exists(self, name: str) -> bool:
        try:
            self.size(name)
        except ObjectMissing:
            return False
        return True

    def size(self, name: str) -> int:
        with _errors(self.url(name)):
            return self._client.head_object(Bucket=self.bucket, Key=self._key(name))["ContentLength"]

    def list(self, prefix: str = "") -> Iterator[str]:
        with _errors(f"s3://{self.bucket}/{self.prefix}{prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix + prefix
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"][len(self.prefix) :]

    def delete(self, name: str) -> None:
        with _errors(self.url(name)), suppress(ObjectMissing):
            self._client.delete_object(Bucket=self.bucket, Key=self._key(name))

    def sweep(self, *, before: float) -> int:
        removed = 0
        with _errors(f"s3://{self.bucket}/{self.prefix}"):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            for upload in [u for page in pages for u in page.get("Uploads", ())]:
                if upload["Initiated"].timestamp() < before:
                    with suppress(self._client.exceptions.NoSuchUpload):
                        self._client.abort_multipart_upload(
                            Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
                    removed += 1
        return removed

    def url(self, name: str) -> str:
        return f"s3://{self.bucket}/{self._key(name)}"

    def _key(self, name: str) -> str:
        return self.prefix + checked(name)

    def _get(self, name: str, span: tuple[int, int] | None, etag: str | None) -> tuple[bytes, str]:
        """The bytes and their ETag; `etag` makes sure that parts read one after another are of one object."""
        key = self._key(name)
        for attempt in range(1, TRIES + 1):
            try:
                with _errors(self.url(name)):
                    answer = self._client.get_object(
                        Bucket=self.bucket,
                        Key=key,
                        Range=f"bytes={span[0]}-{span[0] + span[1] - 1}" if span else "bytes=0-",
                        **({"IfMatch": etag} if etag else {}),  # type: ignore[arg-type]
                    )
                    body = answer["Body"].read()
                    _check_whole(body, answer.get("ContentRange"), self.url(name))
                    return (body if span is None else body[: span[1]]), answer["ETag"]
            except _PastTheEnd:
                return b"", etag or ""
            except _PreconditionFailed as error:
                raise Transient(f"{self.url(name)} was replaced while it was read") from error
            except Transient:
                if attempt == TRIES:
                    raise
        raise AssertionError("the last try returns or raises")

    def _upload(self, name: str, data: Path | bytes, *, only_new: bool) -> None:
        key = self._key(name)
        condition = {"IfNoneMatch": "*"} if only_new else {}
        size = len(data) if isinstance(data, bytes) else data.stat().st_size
        if size <= MULTIPART_ABOVE:
            body = data if isinstance(data, bytes) else data.read_bytes()
            self._client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentMD5=_md5(body), **condition)  # type: ignore[arg-type]
            return
        upload_id = self._client.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]
        try:
            parts = list(self._parts(key, upload_id, data))
            self._client.complete_multipart_upload(
                Bucket=self.bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": parts},
                **condition,  # type: ignore[arg-type]
            )
        except BaseException:
            # An unfinished upload costs storage and is in no listing.
            with suppress(botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
                self._client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
            raise

    def _parts(self, key: str, upload_id: str, data: Path | bytes) -> Iterator[CompletedPartTypeDef]:
        with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb") as file:
            number = 0
            while body := file.read(PART_BYTES):
                number += 1
                answer = self._client.upload_part(
                    Bucket=self.bucket,
                    Key=key,
                    UploadId=upload_id,
                    PartNumber=number,
                    Body=body,
                    ContentMD5=_md5(body),
                )
                yield {"ETag": answer["ETag"], "PartNumber": number}


class _RangeReader(io.RawIOBase):
    """A seekable stream of ranged GETs, so that a connection that breaks costs one range and not the file."""

    def __init__(self, store: S3Store, name: str, size: int, etag: str) -> None:
        self._store, self._name, self._size, self._etag = store, name, size, etag
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        length = min(len(buffer), self._size - self._position)
        if length <= 0:
            return 0
        data, _ = self._store._get(self._name, (self._position, length), self._etag)
        if len(data) != length:
            raise Transient(f"{self._store.url(self._name)}: {len(data)} bytes came where {length} were asked for")
        buffer[:length] = data
        self._position += length
        return length


class _Guard:
    """Checks before every request that it goes to the configured endpoint, and nowhere else.

    The endpoint may have any address, since the operator configured it; its answers (redirects, the region of a bucket) may
    not lead elsewhere. Amazon's own endpoints may lead to each other, by name: in a private network of theirs these have
    private addresses.
    """

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint = _place(endpoint_url)

    def watch(self, client: S3Client) -> None:
        client.meta.events.register_last("before-send.s3", self.check)
        client.meta.events.register_last("before-parameter-build.s3", _ask_once)

    def check(self, request: AWSPreparedRequest, **_: object) -> None:
        """Raises `Permanent` for a request to another place."""
        place = _place(request.url)
        if place != self._endpoint and not (_is_amazons(place) and _is_amazons(self._endpoint)):
            raise Permanent(f"a request to {place[1]}, another place than its endpoint, was not sent")


def _ask_once(model: Any, context: dict[str, Any], **_: object) -> None:
    """As if the question for a bucket's region had been redirected already.

    A redirected request makes botocore ask for the region; redirected there too, it asks again until the stack is full.
    """
    if model.name == "HeadBucket":
        context.setdefault("s3_redirect", {})["redirected"] = True


Place = tuple[str, str, int | None]


def _place(url: str) -> Place:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def _is_amazons(place: Place) -> bool:
    scheme, host, port = place
    return (scheme, port) == ("https", 443) and host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


class _PreconditionFailed(Permanent):
    """A condition on a request was not met."""


class _PastTheEnd(Permanent):
    """The range starts where the object has ended."""


def _check_whole(body: bytes, content_range: str | None, url: str) -> None:
    """Raise `Transient` for fewer bytes than the store has sent: a proxy may truncate a body and adjust its length.

    Therefore all reading requests ranges (RFC 9110, 14.4): a plain answer has no size but the length of its own body.
    """
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(?:\d+|\*)", content_range or "")
    if found and len(body) != int(found[2]) - int(found[1]) + 1:
        raise Transient(f"{url}: {len(body)} bytes came of the range {content_range}; run the same again")


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _is_conflict(error: Transient) -> bool:
    cause = error.__cause__
    return isinstance(cause, botocore.exceptions.ClientError) and cause.response["Error"].get("Code") == _CONFLICT


@contextmanager
def _errors(url: str) -> Iterator[None]:
    try:
        yield
    except NewsEtlError:
        raise
    except Exception as error:
        if isinstance(error, botocore.exceptions.ClientError) and (answer := _usual(error, url)):
            raise answer from error
        if found := objects.of_call(error, url):
            raise found from error
        raise


def _usual(error: botocore.exceptions.ClientError, url: str) -> Permanent | None:
    """The answers that are no faults: the object is there already, or is not, or ends before."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code == _TAKEN or status == 412:
        return _PreconditionFailed(f"{url}: {error}")
    if status == 416:
        return _PastTheEnd(f"{url}: {error}")
    if code in _MISSING or (status == 404 and code not in ("NoSuchUpload", "NoSuchBucket")):
        return ObjectMissing(f"there is no object {url}")
    return None
