import {
  ABCWidgetFactory,
  type DocumentRegistry,
  DocumentWidget
} from '@jupyterlab/docregistry';
import {
  type ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { deviation, type IPolicy, LEVELS, readPolicy, short } from './policy';
import { policyPicture, word } from './policyPicture';

/** A policy that was saved: its levels, what was asked, a picture. It follows the file. */
export class PolicyView extends Widget {
  constructor(
    private readonly _context: DocumentRegistry.Context,
    translator: ITranslator
  ) {
    super();
    this._trans = translator.load('spreadlab');
    this.addClass('jp-SpreadlabPolicy');
    this.node.tabIndex = 0;
    void _context.ready.then(() => {
      if (!this.isDisposed) {
        this._show();
        _context.model.contentChanged.connect(this._show, this);
      }
    });
  }

  private _show(): void {
    this.node.replaceChildren(...this._content());
  }

  private _content(): (HTMLElement | SVGElement)[] {
    const trans = this._trans;
    let policy: IPolicy;
    try {
      policy = readPolicy(this._context.model.toString());
    } catch (error) {
      const words = element('p', (error as Error).message);
      words.setAttribute('role', 'alert');
      return [words];
    }
    const sd = deviation(policy);
    const theta = Number(policy.spec['theta']);
    const levels = table(
      [
        trans.__('threshold'),
        trans.__('spread'),
        trans.__('s.d. from the mean')
      ],
      LEVELS.map(name => {
        const level = policy.thresholds[name] ?? NaN;
        return [word(name, trans), short(level), short((level - theta) / sd)];
      })
    );
    const facts = table(
      [trans.__('asked'), ''],
      Object.entries(policy.spec)
        .filter(
          ([name, value]) =>
            value !== null && value !== 0 && !name.startsWith('n_')
        )
        .map(([name, value]) => [
          name.replaceAll('_', ' '),
          typeof value === 'number' ? short(value) : String(value)
        ])
    );
    const tables = element('div');
    tables.className = 'jp-SpreadlabPolicy-tables';
    tables.append(levels, facts);
    return [
      element('h2', trans.__('Optimal switching policy')),
      policyPicture(policy, trans),
      tables,
      element(
        'p',
        trans.__(
          'Solved by the method "%1", with an estimated error of %2 in the levels.',
          policy.method,
          policy.error.toExponential(0)
        )
      )
    ];
  }

  private readonly _trans: TranslationBundle;
}

export class PolicyFactory extends ABCWidgetFactory<
  DocumentWidget<PolicyView>
> {
  protected createNewWidget(
    context: DocumentRegistry.Context
  ): DocumentWidget<PolicyView> {
    const content = new PolicyView(context, this.translator ?? nullTranslator);
    return new DocumentWidget({ content, context });
  }
}

function element(tag: string, text = ''): HTMLElement {
  const node = document.createElement(tag);
  node.textContent = text;
  return node;
}

function table(
  heads: readonly string[],
  rows: readonly string[][]
): HTMLElement {
  const node = element('table');
  const cells = (tag: string, row: readonly string[]) => {
    const line = element('tr');
    line.append(...row.map(text => element(tag, text)));
    return line;
  };
  const head = element('thead');
  head.append(cells('th', heads));
  const body = element('tbody');
  body.append(...rows.map(row => cells('td', row)));
  node.append(head, body);
  return node;
}
