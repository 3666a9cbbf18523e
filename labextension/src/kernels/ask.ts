import { type Kernel, KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import { UUID } from '@lumino/coreutils';

import { ASK, type IQuestions } from './protocol';

/**
 * Whether the kernel hears a question now: when no cell runs, and in a subshell while one does.
 * JupyterLab before 4.4 knows no subshells, and ipykernel before 7 has none.
 */
export function hears(kernel: Kernel.IKernelConnection): boolean {
  return kernel.status === 'idle' || hasSubshells(kernel);
}

/**
 * Ask a kernel something; the answer comes from spreadlab there.
 *
 * @param urgent - whether somebody waits: a kernel whose cell runs is then asked in a subshell, which
 * ends with the answer. Otherwise, and without subshells, it answers when its cell has ended.
 */
export async function ask<K extends keyof IQuestions>(
  kernel: Kernel.IKernelConnection,
  kind: K,
  question: IQuestions[K]['ask'],
  urgent: boolean
): Promise<IQuestions[K]['answer']> {
  const data = { kind, ...question };
  if (!urgent || kernel.status === 'idle' || !hasSubshells(kernel)) {
    return exchange(kernel, data, null);
  }
  const { content } = await kernel.requestCreateSubshell({}).done;
  const subshell = content.subshell_id;
  try {
    return await exchange(kernel, data, subshell);
  } finally {
    if (!kernel.isDisposed) {
      void kernel.requestDeleteSubshell({ subshell_id: subshell }).done;
    }
  }
}

function hasSubshells(kernel: Kernel.IKernelConnection): boolean {
  return (kernel.supportsSubshells as boolean | undefined) ?? false;
}

async function exchange<T>(
  kernel: Kernel.IKernelConnection,
  data: JSONObject,
  subshellId: string | null
): Promise<T> {
  const id = UUID.uuid4();
  const envelope = {
    channel: 'shell' as const,
    username: kernel.username,
    session: kernel.clientId,
    subshellId
  };
  const future = kernel.sendShellMessage(
    KernelMessage.createMessage<KernelMessage.ICommOpenMsg<'shell'>>({
      ...envelope,
      msgType: 'comm_open',
      content: { comm_id: id, target_name: ASK, data }
    }),
    false,
    true
  );
  let answer: JSONObject | null = null;
  future.onIOPub = message => {
    if (KernelMessage.isCommMsgMsg(message) && message.content.comm_id === id) {
      answer = message.content.data as JSONObject;
    }
  };
  await future.done;
  kernel.sendShellMessage(
    KernelMessage.createMessage<KernelMessage.ICommCloseMsg<'shell'>>({
      ...envelope,
      msgType: 'comm_close',
      content: { comm_id: id, data: {} }
    }),
    false,
    true
  );
  return read<T>(answer);
}

function read<T>(answer: JSONObject | null): T {
  if (answer === null) {
    throw new Error('The kernel gave no answer.');
  }
  const problem = answer['error'];
  if (typeof problem === 'string') {
    throw new Error(problem);
  }
  return answer as T;
}
