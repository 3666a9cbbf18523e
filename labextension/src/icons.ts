import { LabIcon } from '@jupyterlab/ui-components';

import pairsSvg from '../style/icons/pairs.svg';

export const pairsIcon = new LabIcon({
  name: 'spreadlab:pairs',
  svgstr: pairsSvg
});
