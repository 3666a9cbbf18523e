import { element, type Cleanup } from '../shared/dom';

export type Where = 'local' | 'remote' | 'cluster';

/** What the form says; the token is in no trait and leaves with the message it belongs to. */
export interface Form {
  where: Where;
  host: string;
  threads: string;
  tls: boolean;
  token: string;
}

const PLACES: readonly [Where, string, string][] = [
  ['local', 'Local', 'Threads of this kernel'],
  ['remote', 'Remote', 'A spreadlab server, over gRPC'],
  ['cluster', 'Cluster', 'A Dask scheduler']
];
const DEFAULT_HOST: Readonly<Record<Where, string>> = {
  local: '',
  remote: '127.0.0.1:50051',
  cluster: '127.0.0.1:8786'
};

let forms = 0;

/** Where to run: fields that do not belong to the chosen place are not there. */
export class EngineForm {
  readonly node = element('form', 'jp-SpreadlabEngine-form', {
    'aria-label': 'Engine to connect to',
    'data-lm-suppress-shortcuts': 'true'
  });
  private readonly id = `spreadlab-engine-${++forms}`;
  private readonly radios = new Map<Where, HTMLInputElement>();
  private readonly host = input('text', {
    autocomplete: 'off',
    spellcheck: 'false'
  });
  private readonly threads = input('number', {
    min: '1',
    max: '1024',
    placeholder: 'all'
  });
  private readonly tls = input('checkbox', {});
  // "new-password" keeps browsers from filling in, and from asking to store, a token.
  private readonly token = input('password', {
    autocomplete: 'new-password',
    placeholder: 'none'
  });
  private readonly fields: readonly [HTMLElement, readonly Where[]][];
  readonly buttons: readonly HTMLButtonElement[];

  constructor(cleanup: Cleanup, send: (kind: 'connect' | 'test') => void) {
    const places = element('div', 'jp-SpreadlabEngine-places', {
      role: 'radiogroup',
      'aria-label': 'Where requests run'
    });
    for (const [where, label, title] of PLACES) {
      const radio = input('radio', {
        name: this.id,
        value: where
      });
      radio.checked = where === 'local';
      this.radios.set(where, radio);
      const choice = element('label', 'jp-Spreadlab-radio', { title });
      choice.append(radio, label);
      places.append(choice);
      cleanup.listen(radio, 'change', () => {
        this.host.value = DEFAULT_HOST[where];
        this.arrange();
      });
    }
    this.fields = [
      [field('threads', this.threads), ['local']],
      [field('address', this.host), ['remote', 'cluster']],
      [field('TLS', this.tls), ['remote']],
      [field('token', this.token), ['remote']]
    ];
    const test = button('Test connection', 'button');
    const connect = button('Connect', 'submit');
    this.buttons = [test, connect];
    cleanup.listen(test, 'click', () => {
      send('test');
    });
    cleanup.listen(this.node, 'submit', event => {
      event.preventDefault();
      send('connect');
    });
    this.node.append(
      places,
      ...this.fields.map(([node]) => node),
      test,
      connect
    );
    this.arrange();
  }

  read(): Form {
    return {
      where: this.where(),
      host: this.host.value,
      threads: this.threads.value,
      tls: this.tls.checked,
      token: this.where() === 'remote' ? this.token.value : ''
    };
  }

  /** A token that was used is not kept. */
  forgetToken(): void {
    this.token.value = '';
  }

  /** Fill the form with the engine in use. */
  show(address: string): void {
    const [scheme, rest] = address.includes('://')
      ? (address.split('://', 2) as [string, string])
      : ['local', ''];
    const where: Where =
      scheme === 'local' ? 'local' : scheme === 'dask' ? 'cluster' : 'remote';
    this.radios.get(where)!.checked = true;
    this.host.value = rest;
    this.tls.checked = scheme === 'grpcs';
    this.threads.value = /[?&]threads=(\d+)/.exec(address)?.[1] ?? '';
    this.arrange();
  }

  private where(): Where {
    return [...this.radios].find(([, radio]) => radio.checked)?.[0] ?? 'local';
  }

  private arrange(): void {
    const where = this.where();
    for (const [node, places] of this.fields) {
      node.hidden = !places.includes(where);
    }
  }
}

function input(
  type: string,
  attributes: Readonly<Record<string, string>>
): HTMLInputElement {
  return element('input', 'jp-Spreadlab-input', { type, ...attributes });
}

function field(label: string, control: HTMLElement): HTMLElement {
  const node = element('label', 'jp-Spreadlab-field', {}, label);
  node.append(control);
  return node;
}

function button(text: string, type: 'button' | 'submit'): HTMLButtonElement {
  return element('button', 'jp-Spreadlab-button', { type }, text);
}
