import type { Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/controls.css';
import './strategy.css';
import { StrategyView, type StrategyTraits } from './view';

const render: Render<StrategyTraits> = ({ model, el }) => {
  const view = new StrategyView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
