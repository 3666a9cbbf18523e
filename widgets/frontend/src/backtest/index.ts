import type { Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/chart.css';
import './backtest.css';
import { BacktestChartView, type BacktestTraits } from './view';

const render: Render<BacktestTraits> = ({ model, el }) => {
  const view = new BacktestChartView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
