"""Bars: what a market did, one row an interval, and what is known about its quality."""

from bellwether.bars._bars import COLUMNS, Bars
from bellwether.bars._errors import BarsContractBroken
from bellwether.bars._panel import Panel

__all__ = ["COLUMNS", "Bars", "BarsContractBroken", "Panel"]
