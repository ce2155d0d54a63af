"""The forms of what is told about evidence: plans, the gate's own error, the trial ledger."""

from typing import Literal

from msgspec import Struct

PlanKind = Literal["single", "clustered", "market_neutral"]


class PlannedMarketAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The market that a plan is made for."""

    n_bars: int
    n_symbols: float
    correlation: float
    annual_volatility: float
    n_bars_per_year: float
    last_closed_at: str | None


class PlanOptionsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a plan assumes."""

    level: float
    ic_worth_finding: float
    out_of_sample_frac: float
    cost_bps: float
    horizon_bars: int
    persistence: float


class PlanTrialsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the verdict will be charged for; counted in the ledger, or a first look assumed."""

    n_pipelines: int
    n_looks: int
    is_counted: bool


class PlannedPowerAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What even a perfect judge can see of one size of skill."""

    ic: float
    accuracy: float
    power: float
    n_bars_for_80_percent: int
    ic_of_horizon: float
    earns: bool


class EvidencePlanAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the gate will be able to say, and when."""

    plan: PlanKind
    n_bars: int
    n_out_of_sample_bars: int
    n_needed_bars: int
    n_missing_bars: int
    is_enough: bool
    earliest_verdict_at: str | None
    alpha: float
    critical_t: float
    ic_worth_finding: float
    break_even_ic: float
    breadth: float
    powers: list[PlannedPowerAnswer]


class PowerLineAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The chance to see one size of skill, at each length of history."""

    plan: PlanKind
    ic: float
    accuracy: float
    power: list[float]


class PowerCurvesAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Power against years of history, as columns of one length."""

    years: list[float]
    n_bars: list[int]
    lines: list[PowerLineAnswer]


class PlanAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be known of a verdict before anything is trained."""

    market: PlannedMarketAnswer
    options: PlanOptionsAnswer
    trials: PlanTrialsAnswer
    decisive: PlanKind
    plans: list[EvidencePlanAnswer]
    sentence: str
    curves: PowerCurvesAnswer


class RateAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A measured share with its exact 95 % interval; null where nothing was measured."""

    value: float | None
    low: float
    high: float
    n: float


class CalibrationFigureAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often the gate promoted in one kind of world: without skill, or with a planted one."""

    world: str
    kind: Literal["null", "power"]
    information_coefficient: float
    n_runs: int
    n_promoted: int
    rate: RateAnswer
    limit: float | None
    seed: int


class CalibrationAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gate's measured rates of error; without a snapshot, in simulated worlds alone."""

    snapshot: str | None
    options_digest: str
    is_present_gate: bool
    n_configurations: int
    n_bars: int
    measured_at: str
    seconds: float
    n_runs_left_out: int
    false_promotion: RateAnswer
    conclusion: Literal["holds", "open", "fails"]
    sentence: str
    figures: list[CalibrationFigureAnswer]


class CalibrationsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every calibration, the latest first, and the level that the present gate allows."""

    level: float
    calibrations: list[CalibrationAnswer]


class ChainAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether every entry is what was written, by the digests."""

    is_sound: bool
    fault: str | None
    remedy: str | None


class PipelineAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pipeline whose out-of-sample result was looked at."""

    pipeline: str
    note: str
    n_looks: int
    first_look_at: str
    last_look_at: str
    alpha_for_its_next_look: float


class TrialFamilyAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that was tried on one market; the latest 100 pipelines."""

    family: int
    markets: list[str]
    symbols: list[str]
    snapshots: list[str]
    n_by_kind: dict[str, int]
    n_feature_sets: int
    n_pipelines: int
    n_looks: int
    first_at: str
    last_at: str
    alpha_for_a_new_pipeline: float
    critical_t_for_a_new_pipeline: float
    pipelines: list[PipelineAnswer]


class TrialAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the ledger."""

    number: int
    family: int
    kind: str
    pipeline: str
    snapshot: str
    recorded_at: str
    note: str
    features: str
    recipe: str
    fit: str


class LedgerAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who tried what on which bars, the latest first; nothing where the chain is broken."""

    head: str | None
    n_entries: int | None
    level: float
    chain: ChainAnswer
    families: list[TrialFamilyAnswer]
    trials: list[TrialAnswer]
    next_cursor: int | None


class LedgerFindingAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is wrong with the ledger, and what can be done about it."""

    fault: str
    what: str
    remedy: str


class LedgerCheckAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was compared with the ledger, and what did not fit."""

    is_sound: bool
    head: str | None
    n_models: int
    n_evidence: int
    n_fits: int
    n_foreign: int
    n_fits_unknown: int
    findings: list[LedgerFindingAnswer]
