"""Faults of S3 and compatible stores, by error code, status, and boto3's own exceptions."""

from __future__ import annotations

import errno

from etl.errors import NewsEtlError, SettingError, Transient
from etl.faults import disk
from etl.faults.words import said

SETTING = "NEWS_ETL_LAKE_URL, NEWS_ETL_S3_ENDPOINT_URL or the credentials (in Airflow the connection news_lake)"

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and MinIO's and Ceph's own.
TRANSIENT = frozenset(
    {"BadDigest", "ConditionalRequestConflict", "ExpiredToken", "InternalError", "NoSuchUpload", "OperationAborted"}
    | {"RequestTimeout", "RequestTimeoutException", "ServiceUnavailable", "SlowDown", "Throttling", "IncompleteBody"}
    | {"ThrottlingException", "TokenRefreshRequired", "TooManyRequestsException", "RequestLimitExceeded"}
)
FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "InsufficientCapacity"})
_CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"


def fault(error: BaseException, where: str) -> NewsEtlError | None:
    """The fault of an object store behind an exception; None for others, and for answers that a caller expects.

    `where` is the URL of the request.
    """
    import botocore.exceptions as boto
    import urllib3.exceptions

    if isinstance(error, boto.ClientError):
        return _of_answer(error, where)
    if isinstance(
        error,
        boto.NoCredentialsError
        | boto.PartialCredentialsError
        | boto.NoRegionError
        | boto.ParamValidationError
        | boto.ProfileNotFound
        | boto.ConfigNotFound
        | boto.ConfigParseError
        | boto.InvalidRegionError
        | boto.SSOError,
    ):
        return SettingError(f"{where} cannot be asked as set: {said(error)}. Correct {SETTING}")
    if isinstance(error, boto.SSLError) and _CERTIFICATE in str(error):
        return SettingError(f"{where} shows a certificate that is not trusted: {said(error)}. Correct {SETTING}")
    # urllib3's own come through where a body breaks off (https://github.com/boto/boto3/issues/2902).
    if isinstance(error, boto.BotoCoreError | boto.HTTPClientError | urllib3.exceptions.HTTPError):
        return Transient(
            f"{where} cannot be reached, or broke off: {said(error)}. Run the same again when it is back; if it is "
            f"elsewhere, correct {SETTING}"
        )
    return None


def of_call(error: Exception, where: str) -> NewsEtlError | None:
    """As `fault`, for any exception of a boto3 call: also of sockets, and of local files that could not be read or written."""
    if found := fault(error, where):
        return found
    if isinstance(error, ValueError):  # an endpoint URL that is none
        return SettingError(f"{where} cannot be asked as set: {said(error)}. Correct {SETTING}")
    if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):  # that is the caller's own file
        is_ours = error.filename is not None or error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)
        return (disk.fault(error) if is_ours else None) or Transient(f"{where} broke off: {said(error)}; run again")
    return None


def _of_answer(error: BaseException, where: str) -> NewsEtlError:
    response = getattr(error, "response", {})
    code = str(response.get("Error", {}).get("Code", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in FULL or status == 507:
        return Transient(f"{where}: the store is full: {said(error)}. Make room there, then run the same again")
    if code == "NotImplemented" or status == 501:
        return SettingError(
            f"{where}: the store cannot do what a lake needs (conditional writes, ranges): {said(error)}. Correct {SETTING}"
        )
    if code in TRANSIENT or status >= 500 or status in (408, 409, 429):
        return Transient(f"{where}: the store has trouble: {said(error)}. Run the same again in a minute")
    if code == "NoSuchBucket":
        return SettingError(f"{where}: there is no such bucket. Create it, or correct {SETTING}")
    if code == "RequestTimeTooSkewed":
        return SettingError(f"{where} is refused: {said(error)}. Set the clock of this machine right")
    if code in ("PermanentRedirect", "AuthorizationHeaderMalformed") or status in (301, 307):
        return SettingError(
            f"{where} lies elsewhere: {said(error)}. Correct its region (AWS_DEFAULT_REGION) or {SETTING}"
        )
    if status in (401, 403):
        return SettingError(f"{where} is forbidden: {said(error)}. Allow it to these credentials, or correct {SETTING}")
    return SettingError(f"{where} is refused: {said(error)}. Correct {SETTING}")
