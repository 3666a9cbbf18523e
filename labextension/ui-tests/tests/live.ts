/** Code that makes a session on real prices of the past, with a book that has limits. */
export const SESSION = [
  'import spreadlab as sl',
  'from spreadlab_widgets import LiveMonitor, PortfolioView',
  'prices = sl.data.load_sp500(start="2014-01-01", end="2019-12-31")',
  'formation, later = prices.loc[:"2016-12-31"], prices.loc["2017-01-01":]',
  'models = []',
  'for dependent, hedge in [("KO", "PEP"), ("CVX", "XOM"), ("JPM", "BAC"), ("HD", "WMT"), ("JNJ", "MRK")]:',
  '    pair = sl.test_pair(formation[dependent], formation[hedge])',
  '    models.append(sl.live.freeze_pair(pair, sl.ZScoreRule(60, stop_z=4.0), cost_bps=5.0, slippage_bps=2.0, borrow_bps=50.0))'
] as const;
