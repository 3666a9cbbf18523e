import type { Render } from '@anywidget/types';

import '../shared/base.css';
import '../shared/controls.css';
import './heatmap.css';
import { HeatmapView, type HeatmapTraits } from './view';

const render: Render<HeatmapTraits> = ({ model, el }) => {
  const view = new HeatmapView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
