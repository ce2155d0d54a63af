"""Validation: what a forecast earned, whether that was skill, and the gate that decides."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.validation._balance import Balance, measure_balance
from bellwether.validation._beside import (
    Beside,
    CandidatesReport,
    CoverageReport,
    EquityLine,
    EquityReport,
    FloorReport,
    RegimeReport,
    ReliabilityBin,
    ReliabilityReport,
    StatementReport,
    TrackReport,
)
from bellwether.validation._bootstrap import count_rows, resample_rows
from bellwether.validation._calibration import CalibrationFigure, GateCalibration
from bellwether.validation._calibration_runs import (
    CalibrationSetting,
    CalibrationWorld,
    evidence_of_run,
    is_promoted,
)
from bellwether.validation._collect import Dossier, collect_evidence
from bellwether.validation._combine import Combination, combine_configurations
from bellwether.validation._comparison import DieboldMariano, diebold_mariano
from bellwether.validation._economics import (
    EquityCurves,
    bars_per_year,
    compound,
    contract_returns,
    drawdown_quantile,
    equity_curves,
    mark_positions,
    maximum_drawdown,
    overlap_positions,
    pool_symbols,
    target_volatility,
)
from bellwether.validation._errors import (
    ArraysDiffer,
    MalformedEvidence,
    MalformedPlan,
    UnreadableVerdict,
    UnusableOptions,
)
from bellwether.validation._evidence import Evidence
from bellwether.validation._fits import (
    FINAL_FOLD,
    MODEL_PREFIX,
    Arrays,
    FitProgress,
    FitRunner,
    FitTask,
    InlineFitRunner,
    Outcomes,
    run_fit,
)
from bellwether.validation._gate import Examination, examine, judge
from bellwether.validation._horizon import break_even_ic, ic_of_horizon
from bellwether.validation._idle_forecasts import (
    PRICE_FORECASTS,
    draw_forecasts,
    forecast_from_prices,
)
from bellwether.validation._importance import FeatureImportance, measure_importance
from bellwether.validation._judged_market import JudgedMarket
from bellwether.validation._learning import LearningPlan
from bellwether.validation._market import PlannedMarket, measure_market, panel_breadth
from bellwether.validation._market_copies import flip_signs, permute_bars, plant_skill
from bellwether.validation._market_plan import MarketPlan, plan_market
from bellwether.validation._metrics import (
    CalibrationCurve,
    Estimate,
    brier_score,
    calibration_curve,
    directional_accuracy,
    exact_proportion,
    information_coefficient,
    pesaran_timmermann,
    profit_factor,
    strict_hit_rate,
    trade_results,
)
from bellwether.validation._opinions import Opinions
from bellwether.validation._options import GateOptions
from bellwether.validation._panels import PanelSkill
from bellwether.validation._plan import FamilyPlan, TrainingPlan, freeze_changes
from bellwether.validation._planner import (
    EvidencePlan,
    PlannedPower,
    PlannerOptions,
    bars_for_power,
    best_power,
    critical_t,
    plan_evidence,
)
from bellwether.validation._power_curves import PowerCurves, PowerLine, draw_power, hit_share
from bellwether.validation._recomputed import recompute_verdict
from bellwether.validation._regime_difference import RegimeDifference, differ_by_regime
from bellwether.validation._scoring import (
    ConfidenceBucket,
    ForecastStream,
    ScoredForecasts,
    WeightsAt,
    floor_stream,
    score_forecasts,
)
from bellwether.validation._selection import (
    overfitting_probability,
    superior_predictive_ability,
)
from bellwether.validation._sharpe import (
    SharpeMoments,
    deflated_sharpe,
    expected_maximum_sharpe,
    minimum_track_record,
    probabilistic_sharpe,
    sharpe_moments,
    sharpe_ratio,
)
from bellwether.validation._statistics import (
    SkillStatistic,
    location_score,
    min4,
    past_mean,
    past_volatility,
    return_scores,
    standardise_expanding,
    standardise_exponential,
    t_statistic,
)
from bellwether.validation._tuning import TuningWatcher, tune_walk
from bellwether.validation._verdict import (
    Binding,
    Check,
    ContractNumber,
    ContractReport,
    Decision,
    Leg,
    SkillReport,
    ValueReport,
    Verdict,
    YearReport,
)
from bellwether.validation._walk import (
    MemberForecasts,
    WalkForward,
    final_scaling,
    gather_forecasts,
    plan_fits,
)
from bellwether.validation._wealth import Wealth

if TYPE_CHECKING:
    from bellwether.validation._feature_report import (
        QUANTILES,
        FeatureCluster,
        FeatureFigures,
        FeatureInformation,
        FeatureReport,
        InformationCoefficient,
        Luck,
        ValueShape,
    )
    from bellwether.validation._feature_study import describe_features
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.validation._feature_report": (
                "QUANTILES",
                "FeatureCluster",
                "FeatureFigures",
                "FeatureInformation",
                "FeatureReport",
                "InformationCoefficient",
                "Luck",
                "ValueShape",
            ),
            "bellwether.validation._feature_study": ("describe_features",),
        },
    )

from bellwether.validation._weighing import Weighing

__all__ = [
    "FINAL_FOLD",
    "MODEL_PREFIX",
    "PRICE_FORECASTS",
    "QUANTILES",
    "Arrays",
    "ArraysDiffer",
    "Balance",
    "Beside",
    "Binding",
    "CalibrationCurve",
    "CalibrationFigure",
    "CalibrationSetting",
    "CalibrationWorld",
    "CandidatesReport",
    "Check",
    "Combination",
    "ConfidenceBucket",
    "ContractNumber",
    "ContractReport",
    "CoverageReport",
    "Decision",
    "DieboldMariano",
    "Dossier",
    "EquityCurves",
    "EquityLine",
    "EquityReport",
    "Estimate",
    "Evidence",
    "EvidencePlan",
    "Examination",
    "FamilyPlan",
    "FeatureCluster",
    "FeatureFigures",
    "FeatureImportance",
    "FeatureInformation",
    "FeatureReport",
    "FitProgress",
    "FitRunner",
    "FitTask",
    "FloorReport",
    "ForecastStream",
    "GateCalibration",
    "GateOptions",
    "InformationCoefficient",
    "InlineFitRunner",
    "JudgedMarket",
    "LearningPlan",
    "Leg",
    "Luck",
    "MalformedEvidence",
    "MalformedPlan",
    "MarketPlan",
    "MemberForecasts",
    "Opinions",
    "Outcomes",
    "PanelSkill",
    "PlannedMarket",
    "PlannedPower",
    "PlannerOptions",
    "PowerCurves",
    "PowerLine",
    "RegimeDifference",
    "RegimeReport",
    "ReliabilityBin",
    "ReliabilityReport",
    "ScoredForecasts",
    "SharpeMoments",
    "SkillReport",
    "SkillStatistic",
    "StatementReport",
    "TrackReport",
    "TrainingPlan",
    "TuningWatcher",
    "UnreadableVerdict",
    "UnusableOptions",
    "ValueReport",
    "ValueShape",
    "Verdict",
    "WalkForward",
    "Wealth",
    "Weighing",
    "WeightsAt",
    "YearReport",
    "bars_for_power",
    "bars_per_year",
    "best_power",
    "break_even_ic",
    "brier_score",
    "calibration_curve",
    "collect_evidence",
    "combine_configurations",
    "compound",
    "contract_returns",
    "count_rows",
    "critical_t",
    "deflated_sharpe",
    "describe_features",
    "diebold_mariano",
    "differ_by_regime",
    "directional_accuracy",
    "draw_forecasts",
    "draw_power",
    "drawdown_quantile",
    "equity_curves",
    "evidence_of_run",
    "exact_proportion",
    "examine",
    "expected_maximum_sharpe",
    "final_scaling",
    "flip_signs",
    "floor_stream",
    "forecast_from_prices",
    "freeze_changes",
    "gather_forecasts",
    "hit_share",
    "ic_of_horizon",
    "information_coefficient",
    "is_promoted",
    "judge",
    "location_score",
    "mark_positions",
    "maximum_drawdown",
    "measure_balance",
    "measure_importance",
    "measure_market",
    "min4",
    "minimum_track_record",
    "overfitting_probability",
    "overlap_positions",
    "panel_breadth",
    "past_mean",
    "past_volatility",
    "permute_bars",
    "pesaran_timmermann",
    "plan_evidence",
    "plan_fits",
    "plan_market",
    "plant_skill",
    "pool_symbols",
    "probabilistic_sharpe",
    "profit_factor",
    "recompute_verdict",
    "resample_rows",
    "return_scores",
    "run_fit",
    "score_forecasts",
    "sharpe_moments",
    "sharpe_ratio",
    "standardise_expanding",
    "standardise_exponential",
    "strict_hit_rate",
    "superior_predictive_ability",
    "t_statistic",
    "target_volatility",
    "trade_results",
    "tune_walk",
]
