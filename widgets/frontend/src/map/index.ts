import type { Render } from '@anywidget/types';

import '../shared/base.css';
import './map.css';
import { MapView, type MapTraits } from './view';

const render: Render<MapTraits> = ({ model, el }) => {
  const view = new MapView(model, el);
  return () => {
    view.dispose();
  };
};

export default { render };
