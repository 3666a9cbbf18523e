import { type Kernel, KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import { UUID } from '@lumino/coreutils';

import { ASK, type IQuestions } from './protocol';

/** JupyterLab before 4.4 knows no subshells, and ipykernel before 7 has none. */
export function hasSubshells(kernel: Kernel.IKernelConnection): boolean {
  return (kernel.supportsSubshells as boolean | undefined) ?? false;
}

/**
 * Ask a kernel something; the answer comes from spreadlab there.
 *
 * @param urgent - whether somebody waits: the kernel is then asked in a subshell, which ends with the
 * answer, whether or not a cell runs. (The kernel's status doesn't tell: it is "idle" as soon as
 * anything has ended, on a subshell or the control channel, while the cell goes on.) Otherwise, and
 * without subshells, it answers when its cell has ended.
 */
export async function ask<K extends keyof IQuestions>(
  kernel: Kernel.IKernelConnection,
  kind: K,
  question: IQuestions[K]['ask'],
  urgent: boolean
): Promise<IQuestions[K]['answer']> {
  const data = { kind, ...question };
  if (!urgent || !hasSubshells(kernel)) {
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
