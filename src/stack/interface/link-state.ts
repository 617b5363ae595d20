/** Whether an interface is up. Its user, its link and its device must all agree (RFC 2863 §3.1.14). */

/** The states of one interface. */
export class LinkState {
  /** Why the device is gone for good; "" while it is not. */
  failure = "";
  /** Its user has not set it down (ifAdminStatus). */
  enabled = true;
  /** The link has a carrier, as far as it tells. */
  carrier = true;
  /** Frames may pass (ifOperStatus). */
  up = true;

  /** Something of it has changed: whether that has made a difference. */
  settle(): boolean {
    const up = this.enabled && this.carrier && this.failure === "";
    if (up === this.up) return false;
    this.up = up;
    return true;
  }
}
