"""HTTP: the door for programs. The ladder of `service` behind a few routes, and nothing below."""

from bellwether.http._access_errors import (
    KeyMissing,
    KeyNotAccepted,
    ScopeMissing,
    TooManyFailedKeys,
    TooManyRequests,
)
from bellwether.http._access_options import EVERYTHING, READING, AccessOptions
from bellwether.http._app import make_app
from bellwether.http._board import Board, join_board
from bellwether.http._calendars import FixedCalendars
from bellwether.http._errors import (
    BodyMisshapen,
    BodyTooDeep,
    BodyTooLarge,
    BodyTooSlow,
    BodyUnreadable,
    HostUnknown,
    KeyReused,
    KeyUnreadable,
    MediaTypeUnknown,
    NotReady,
    QueryUnreadable,
    RangeUnsatisfiable,
    RequestRefused,
    TooBusy,
    TooManyQuestions,
)
from bellwether.http._frames import pack_frame, read_frames
from bellwether.http._listening import (
    inherit_sockets,
    is_private,
    name_place,
    open_sockets,
)
from bellwether.http._logging import LogForm, ServiceLog, start_logging
from bellwether.http._notify import take_sockets
from bellwether.http._options import HttpOptions, ServeOptions
from bellwether.http._ports import BundleFiles, Calendars, HttpPorts
from bellwether.http._presence import Presence
from bellwether.http._serve import serve
from bellwether.http._serve_errors import (
    AddressElsewhere,
    AddressTaken,
    CannotListen,
    ConnectionRefused,
    HeadTooLarge,
    HeadTooSlow,
    HeadUnreadable,
    HostUnresolvable,
    PortForbidden,
    WorkersUnsupported,
)
from bellwether.http._supervisor import supervise
from bellwether.http._types import FrameHead

__all__ = [
    "EVERYTHING",
    "READING",
    "AccessOptions",
    "AddressElsewhere",
    "AddressTaken",
    "Board",
    "BodyMisshapen",
    "BodyTooDeep",
    "BodyTooLarge",
    "BodyTooSlow",
    "BodyUnreadable",
    "BundleFiles",
    "Calendars",
    "CannotListen",
    "ConnectionRefused",
    "FixedCalendars",
    "FrameHead",
    "HeadTooLarge",
    "HeadTooSlow",
    "HeadUnreadable",
    "HostUnknown",
    "HostUnresolvable",
    "HttpOptions",
    "HttpPorts",
    "KeyMissing",
    "KeyNotAccepted",
    "KeyReused",
    "KeyUnreadable",
    "LogForm",
    "MediaTypeUnknown",
    "NotReady",
    "PortForbidden",
    "Presence",
    "QueryUnreadable",
    "RangeUnsatisfiable",
    "RequestRefused",
    "ScopeMissing",
    "ServeOptions",
    "ServiceLog",
    "TooBusy",
    "TooManyFailedKeys",
    "TooManyQuestions",
    "TooManyRequests",
    "WorkersUnsupported",
    "inherit_sockets",
    "is_private",
    "join_board",
    "make_app",
    "name_place",
    "open_sockets",
    "pack_frame",
    "read_frames",
    "serve",
    "start_logging",
    "supervise",
    "take_sockets",
]
