"""Client: the service from another program, waited for or awaited.

::

    from bellwether.client import Client

    with Client("http://127.0.0.1:8017") as client:
        prediction = client.predict(bars, symbol="SPY")

It needs httpx, and nothing else of bellwether's: ``pip install "bellwether[client]"``.
"""

from bellwether.client._alerts import Acknowledgement, Alert, AlertStep, AlertStory
from bellwether.client._async_client import AsyncClient
from bellwether.client._client import Client
from bellwether.client._errors import (
    AnswerUnreadable,
    BarsUnusable,
    DownloadDamaged,
    ServiceProblem,
    ServiceUnreachable,
)
from bellwether.client._evidence_values import Outcome, OutcomeVoice
from bellwether.client._jobs import TrainOptions
from bellwether.client._journal import EntryFilter
from bellwether.client._monitor_values import LastCheck, ModelStanding, Monitor, WatchedModel
from bellwether.client._record_values import (
    BarsChange,
    BarsImport,
    LastError,
    LoadedModel,
    Model,
    Quality,
    QualityFinding,
    Readiness,
    RefusedRow,
    Resting,
    RestingForecast,
    RestingModel,
    RevisedBar,
    Rollback,
    Snapshot,
    Status,
    StoredBars,
)
from bellwether.client._values import (
    ChainCheck,
    Contribution,
    Entry,
    Explanation,
    Failure,
    Job,
    JobEvent,
    JournalHead,
    MemberPart,
    PastHits,
    Prediction,
    Progress,
    Regime,
    Replay,
    ReturnInterval,
    RevisedSettlement,
    Settlement,
    Settling,
    Source,
    Standing,
    Step,
)

__all__ = [
    "Acknowledgement",
    "Alert",
    "AlertStep",
    "AlertStory",
    "AnswerUnreadable",
    "AsyncClient",
    "BarsChange",
    "BarsImport",
    "BarsUnusable",
    "ChainCheck",
    "Client",
    "Contribution",
    "DownloadDamaged",
    "Entry",
    "EntryFilter",
    "Explanation",
    "Failure",
    "Job",
    "JobEvent",
    "JournalHead",
    "LastCheck",
    "LastError",
    "LoadedModel",
    "MemberPart",
    "Model",
    "ModelStanding",
    "Monitor",
    "Outcome",
    "OutcomeVoice",
    "PastHits",
    "Prediction",
    "Progress",
    "Quality",
    "QualityFinding",
    "Readiness",
    "RefusedRow",
    "Regime",
    "Replay",
    "Resting",
    "RestingForecast",
    "RestingModel",
    "ReturnInterval",
    "RevisedBar",
    "RevisedSettlement",
    "Rollback",
    "ServiceProblem",
    "ServiceUnreachable",
    "Settlement",
    "Settling",
    "Snapshot",
    "Source",
    "Standing",
    "Status",
    "Step",
    "StoredBars",
    "TrainOptions",
    "WatchedModel",
]
