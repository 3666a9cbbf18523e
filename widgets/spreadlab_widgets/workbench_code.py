"""The cells that compute what the workbench shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab_widgets.policy_stages import LIVE_GRID, LIVE_STEPS
from spreadlab_widgets.workbench_stages import ENTRY_Z, EXIT_Z, deadline, lookback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spreadlab.data.panel import PricePanel


def cells(
    panel: PricePanel, settings: Mapping[str, Any], answers: Mapping[str, Any], source: str
) -> list[str]:
    """Return the code, a cell at a time, as far as there is something to show.

    Parameters
    ----------
    panel : PricePanel
        The prices.
    settings, answers : mapping
        Of the workbench's pipeline.
    source : str
        Code that makes `prices`; empty where only the reader knows it.
    """
    start, stop = settings["window"]
    origin = (
        source or f"# prices: the table of {panel.n_obs} x {panel.n_symbols} given to Workbench"
    )
    made = [
        "\n".join(
            [
                "import spreadlab as sl",
                "from spreadlab.data.panel import ensure_panel",
                "",
                origin,
                'panel = ensure_panel(prices, transform="none", align="inner", constant="allow")',
                f"in_sample = panel.rows({start}, {stop})",
            ]
        ),
        f"scan = sl.discover_pairs(in_sample, {_words(settings, 'transform', 'alpha')})\nscan",
    ]
    if settings["selected"] is None:
        return made
    dependent, hedge = settings["selected"]
    made.append(
        f"legs = in_sample.select(({dependent!r}, {hedge!r})).to_frame()\n"
        f"pair = sl.test_pair(legs[{dependent!r}], legs[{hedge!r}], "
        f"{_words(settings, 'transform', 'alpha')})\npair"
    )
    fit = answers.get("fit")
    if fit is None:
        return made
    made.append("ou = sl.estimate_ou(pair.spread, dt=1 / panel.periods_per_year)\nou")
    grid = "" if settings["horizon"] is None else f", n_grid={LIVE_GRID}, n_time={LIVE_STEPS}"
    made.append(
        f"cost = sl.spread_cost(pair, {_words(settings, 'cost_bps', 'slippage_bps')})\n"
        "policy = sl.solve_hjb(\n    ou, cost=cost, "
        f"{_words(settings, 'discount', 'risk_penalty', 'horizon')}{grid}\n)\npolicy"
    )
    made.extend(_trading(panel, settings, answers))
    return made


def _trading(
    panel: PricePanel, settings: Mapping[str, Any], answers: Mapping[str, Any]
) -> list[str]:
    rule = answers.get("rule")
    if rule is None:
        return []
    costs = _words(settings, "cost_bps", "slippage_bps", "borrow_bps")
    start, stop = settings["window"]
    made = []
    if settings["point"] is not None:
        bars = lookback(answers["fit"], stop - start)
        made.append(
            f"sweep = sl.sweep(\n    in_sample,\n    pair=pair,\n"
            f"    rule=sl.ZScoreRule(lookback={bars}),\n"
            f"    grid={{'entry_z': {ENTRY_Z}, 'exit_z': {EXIT_Z}}},\n"
            f"    {costs},\n    periods_per_year=panel.periods_per_year,\n    progress=False,\n)\n"
            "sweep"
        )
    chosen = "policy" if settings["point"] is None else f"sweep.spec.rule_at({settings['point']})"
    options = f"{costs}, periods_per_year=panel.periods_per_year"
    bars_left = deadline(rule, panel.periods_per_year)
    if bars_left is not None:
        options += f", deadline={bars_left}"
    lines = [f"rule = {chosen}", _trade("inside", "in_sample", options)]
    if answers.get("after") is not None:
        lines += [f"after = panel.rows({stop}, {panel.n_obs})", _trade("outside", "after", options)]
    made.append("\n".join([*lines, "inside"]))
    return made


def _trade(name: str, prices: str, options: str) -> str:
    return f"{name} = sl.backtest(\n    {prices}, pair=pair, policy=rule, {options}\n)"


def _words(settings: Mapping[str, Any], *names: str) -> str:
    return ", ".join(f"{name}={settings[name]!r}" for name in names)
