/**
 * Who of virtual time's members is next. Members that announce their deadlines are kept in a binary heap, so
 * that one that is idle costs nothing, however many there are; others are asked before every step.
 */
import { type Instant, NEVER, type Turns } from "../../stack/index.ts";

/** What has deadlines: a stack, for one. */
export interface TimeMember {
  /** When `advance` next has something to do; `NEVER` if nothing will happen by itself. */
  nextDeadline(): Instant;
  /** It is `now`: do what is due. */
  advance(now: Instant): void;
  /** Set by whoever drives the stack: who gives the application its turn. */
  turns?: Turns | undefined;
}

/** One that says by `Seat.wakeAt` when its next deadline has become an earlier one, and after each `advance`. */
export interface AnnouncingMember extends TimeMember {
  /** Announces its next deadline again, even if that has become a later one. */
  announce(): void;
}

/** The place of a member in virtual time. `VirtualTime.seat` makes it. */
export class Seat {
  /** Of its member, for messages. */
  readonly name: string;
  /** Of two with equal deadlines, the one that was there first is served first. */
  readonly order: number;
  /** For the agenda only: the deadline that was announced, and where it is in the heap (-1: not). */
  filed: Instant = NEVER;
  /** Its place in the heap; -1: none. For the agenda only. */
  slot = -1;
  /** Who sits here; undefined as long as nobody does. */
  member: TimeMember | undefined = undefined;
  readonly #agenda: Agenda;

  constructor(agenda: Agenda, name: string, order: number) {
    this.#agenda = agenda;
    this.name = name;
    this.order = order;
  }

  /** The deadline of whoever sits here. */
  get deadline(): Instant {
    return this.member?.nextDeadline() ?? NEVER;
  }

  /** The earliest deadline has become this: what a stack is given as its `wakeAt`. */
  readonly wakeAt = (deadline: Instant): void => this.#agenda.file(this, deadline);
}

/** Who is next: the members of a simulation by their deadlines. */
export class Agenda {
  readonly #heap: Seat[] = [];
  /** Members that are asked, in the order in which they joined. */
  readonly #asked: Seat[] = [];
  readonly #seats: Map<TimeMember, Seat> = new Map();
  readonly #due: Seat[] = [];
  #orders = 0;

  seat(name: string): Seat {
    return new Seat(this, name, this.#orders++);
  }

  /** From now on `member`, which announces its deadlines by `seat.wakeAt`, is served. */
  take(seat: Seat, member: AnnouncingMember): void {
    seat.member = member;
    this.#seats.set(member, seat);
    member.announce();
  }

  /** From now on `member` is asked for its deadline before every step. */
  ask(name: string, member: TimeMember): void {
    const seat = this.seat(name);
    seat.member = member;
    this.#seats.set(member, seat);
    this.#asked.push(seat);
  }

  remove(member: TimeMember): void {
    const seat = this.#seats.get(member);
    if (seat === undefined) return;
    seat.member = undefined;
    this.#seats.delete(member);
    const at = this.#asked.indexOf(seat);
    if (at >= 0) this.#asked.splice(at, 1);
    else if (seat.slot >= 0) this.#unfile(seat);
  }

  /** All who have joined, in that order. */
  members(): Seat[] {
    return [...this.#seats.values()];
  }

  /** The earliest deadline of all. */
  nextDeadline(): Instant {
    const first = this.#first();
    let earliest = first === undefined ? NEVER : first.filed;
    for (let i = 0; i < this.#asked.length; i++) {
      const deadline = (this.#asked[i] as Seat).deadline;
      if (deadline < earliest) earliest = deadline;
    }
    return earliest;
  }

  /** Advances every member that is due, in the order in which they joined. */
  advance(now: Instant): void {
    const due = this.#due;
    due.length = 0;
    for (let first = this.#first(); first !== undefined && first.filed <= now; first = this.#first()) {
      this.#unfile(first);
      due.push(first);
    }
    for (const seat of this.#asked) if (seat.deadline <= now) due.push(seat);
    if (due.length > 1) due.sort((one, other) => one.order - other.order);
    for (let i = 0; i < due.length; i++) advanceOne(due[i] as Seat, now);
    due.length = 0;
  }

  /** For `Seat.wakeAt` only. */
  file(seat: Seat, deadline: Instant): void {
    if (seat.slot < 0) {
      if (deadline === NEVER || seat.member === undefined) return;
      seat.slot = this.#heap.length;
      this.#heap.push(seat);
    } else if (deadline >= seat.filed) return;
    seat.filed = deadline;
    this.#rise(seat);
  }

  /** Whose deadline is the earliest of those that are announced, with `filed` true. */
  #first(): Seat | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const { deadline } = top;
      if (deadline <= top.filed) {
        top.filed = deadline;
        return top;
      }
      this.#unfile(top);
      (top.member as AnnouncingMember).announce();
    }
    return undefined;
  }

  #unfile(seat: Seat): void {
    const heap = this.#heap;
    const last = heap.pop() as Seat;
    const { slot } = seat;
    seat.slot = -1;
    seat.filed = NEVER;
    if (last === seat) return;
    last.slot = slot;
    heap[slot] = last;
    this.#sink(last);
    this.#rise(last);
  }

  #rise(seat: Seat): void {
    const heap = this.#heap;
    let hole = seat.slot;
    while (hole > 0) {
      const above = heap[(hole - 1) >> 1] as Seat;
      if (!isBefore(seat, above)) break;
      heap[hole] = above;
      above.slot = hole;
      hole = (hole - 1) >> 1;
    }
    heap[hole] = seat;
    seat.slot = hole;
  }

  #sink(seat: Seat): void {
    const heap = this.#heap;
    let hole = seat.slot;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && isBefore(heap[right] as Seat, heap[child] as Seat)) child = right;
      const below = heap[child] as Seat;
      if (!isBefore(below, seat)) break;
      heap[hole] = below;
      below.slot = hole;
      hole = child;
    }
    heap[hole] = seat;
    seat.slot = hole;
  }
}

/** Unless one that was served before has made it leave, or has put its deadline off. */
function advanceOne(seat: Seat, now: Instant): void {
  const { member } = seat;
  if (member === undefined) return;
  if (member.nextDeadline() <= now) member.advance(now);
  else (member as Partial<AnnouncingMember>).announce?.();
}

function isBefore(a: Seat, b: Seat): boolean {
  return a.filed < b.filed || (a.filed === b.filed && a.order < b.order);
}
