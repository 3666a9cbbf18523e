import type { TranslationBundle } from '@jupyterlab/translation';

/** A piece of code that a researcher writes in every notebook. */
export interface ISnippet {
  id: string;
  label: string;
  code: string;
}

/**
 * The way from prices to a backtest. Each goes on with the names that the one before leaves, and
 * the parameters are a start to be thought about, not an answer.
 */
export function snippets(trans: TranslationBundle): readonly ISnippet[] {
  return [
    {
      id: 'prices',
      label: trans.__('Load Prices'),
      code: [
        'import spreadlab as sl',
        '',
        '# Your own: sl.data.read_prices("prices.parquet"), or .csv with the date first.',
        'prices = sl.data.load_sp500(start="2014-01-01", end="2022-12-28")',
        'inside, outside = prices.loc[:"2019-12-31"], prices.loc["2020-01-01":]',
        'inside.shape, outside.shape'
      ].join('\n')
    },
    {
      id: 'scan',
      label: trans.__('Scan for Pairs'),
      code: [
        'scan = sl.discover_pairs(inside, transform="log", lags="aic")',
        'scan'
      ].join('\n')
    },
    {
      id: 'fit',
      label: trans.__('Fit a Spread'),
      code: [
        'best = scan.to_frame().iloc[0]',
        'legs = [best["dependent"], best["hedge"]]',
        'pair = sl.test_pair(inside[legs[0]], inside[legs[1]], name="-".join(legs))',
        'ou = sl.estimate_ou(pair.spread)',
        'ou'
      ].join('\n')
    },
    {
      id: 'policy',
      label: trans.__('Solve for the Policy'),
      code: [
        'costs = {"cost_bps": 2.0, "slippage_bps": 1.0}',
        'policy = sl.solve_hjb(ou, cost=sl.spread_cost(pair, **costs), discount=0.05)',
        'policy'
      ].join('\n')
    },
    {
      id: 'backtest',
      label: trans.__('Backtest'),
      code: [
        'with sl.study("first look"):  # counts what you try',
        '    bt = sl.backtest(outside[legs], pair=pair, policy=policy, **costs)',
        'bt'
      ].join('\n')
    }
  ];
}
