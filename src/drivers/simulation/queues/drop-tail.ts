/** The plain queue: what does not fit is dropped. */
import { Drop, type Packet } from "../../../stack/index.ts";
import { FrameQueue, type QueueDiscipline, type QueueHost } from "./discipline.ts";

/** First in, first out; what does not fit is dropped. */
export class DropTail implements QueueDiscipline {
  readonly #host: QueueHost;
  readonly #limit: number;
  readonly #queue: FrameQueue = new FrameQueue();

  /** @param limit - octets */
  constructor(host: QueueHost, limit: number) {
    this.#host = host;
    this.#limit = limit;
  }

  get octets(): number {
    return this.#queue.octets;
  }

  enqueue(frame: Packet): void {
    if (this.#queue.octets + frame.length > this.#limit) this.#host.drop(frame, Drop.linkQueueFull);
    else this.#queue.push(frame, this.#host.now());
  }

  dequeue(): Packet | undefined {
    return this.#queue.shift();
  }
}
