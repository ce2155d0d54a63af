"""HTTP: the door for programs. The ladder of `service` behind a few routes, and nothing below."""

from bellwether.http._app import make_app
from bellwether.http._calendars import FixedCalendars
from bellwether.http._errors import (
    BodyMisshapen,
    BodyTooDeep,
    BodyTooLarge,
    BodyTooSlow,
    BodyUnreadable,
    ChangesNotAllowed,
    HostUnknown,
    KeyReused,
    KeyUnreadable,
    MediaTypeUnknown,
    ModelNotJudged,
    NoChampion,
    NotReady,
    QueryUnreadable,
    RangeUnsatisfiable,
    RequestRefused,
    TooBusy,
    TooManyQuestions,
)
from bellwether.http._frames import pack_frame, read_frames
from bellwether.http._options import HttpOptions
from bellwether.http._ports import BundleFiles, Calendars, HttpPorts
from bellwether.http._serve import serve
from bellwether.http._types import FrameHead

__all__ = [
    "BodyMisshapen",
    "BodyTooDeep",
    "BodyTooLarge",
    "BodyTooSlow",
    "BodyUnreadable",
    "BundleFiles",
    "Calendars",
    "ChangesNotAllowed",
    "FixedCalendars",
    "FrameHead",
    "HostUnknown",
    "HttpOptions",
    "HttpPorts",
    "KeyReused",
    "KeyUnreadable",
    "MediaTypeUnknown",
    "ModelNotJudged",
    "NoChampion",
    "NotReady",
    "QueryUnreadable",
    "RangeUnsatisfiable",
    "RequestRefused",
    "TooBusy",
    "TooManyQuestions",
    "make_app",
    "pack_frame",
    "read_frames",
    "serve",
]
