"""A home folder for a browser: an ensemble of four families, promoted on real, stored bars."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from _serving_home import VERDICT
from bellwether.adapters import BundleFolder, FolderBarStore, SqlRegistry
from bellwether.bars import BarsImport
from bellwether.clock import SystemClock
from bellwether.registry import MarketKey, ModelRecord, open_bundle
from bellwether.service import import_bars
from bellwether.sources import sample_market
from study_parity import FAMILIES, HORIZON_BARS, fit_families, pack, state_of

SYMBOL = "sp500"


def fill_browser_home(home: Path, seed: int) -> BarsImport:
    """Train, promote and store.

    Parameters
    ----------
    home : pathlib.Path
        A folder that is not there yet.
    seed : int
        Of the training; the nets have few epochs.

    Returns
    -------
    imported : BarsImport
        The bars that are stored.
    """
    clock, imported = SystemClock(), sample_market(SYMBOL)
    trained, names = fit_families(imported.bars, seed, FAMILIES), tuple(FAMILIES)
    content = pack(trained, names, state_of(trained, names))
    loaded = open_bundle(content, "ensemble")
    home.mkdir(parents=True)
    import_bars(imported, store=FolderBarStore(home / "bars"), clock=clock, source="the benchmark")
    (home / "bundles").mkdir()
    BundleFolder(home / "bundles").put_packed(loaded.manifest.model_id, content)
    registry = SqlRegistry(home / "registry.sqlite", clock)
    manifest, now = loaded.manifest, clock.now()
    verdict = replace(VERDICT, pipeline=manifest.pipeline_digest, snapshot=manifest.snapshot_digest)
    registry.register(
        ModelRecord(
            model_id=manifest.model_id,
            market=MarketKey(universe=SYMBOL, interval="1d", horizon_bars=HORIZON_BARS),
            symbols=manifest.symbols,
            bundle_digest=loaded.digest,
            pipeline_digest=manifest.pipeline_digest,
            snapshot_digest=manifest.snapshot_digest,
            bellwether_version=manifest.bellwether_version,
            trained_at=now - np.timedelta64(1, "D"),
            registered_at=now,
            changed_at=now,
            verdict=verdict.to_json(),
            metrics={},
        )
    )
    registry.promote(manifest.model_id, verdict, reason="for the benchmark")
    registry.close()
    return imported
