/** The methods by which lib/internal/stream_base_commons.js writes: each kind of chunk becomes octets. */
import { JSStream, type Request } from "./binding.ts";
import type { WriteAnswer } from "./write-queue.ts";

/** Node's calls to write, as one call of octets. */
export abstract class StreamWrites extends JSStream {
  /** @param request - null where the handle is to make one if it needs one (Node 26) */
  protected abstract write(request: Request | null, octets: Uint8Array): WriteAnswer;

  writeBuffer(request: Request | null, octets: Uint8Array): WriteAnswer {
    return this.write(request, octets);
  }

  writeUtf8String(request: Request | null, text: string): WriteAnswer {
    return this.write(request, Buffer.from(text, "utf8"));
  }

  writeAsciiString(request: Request | null, text: string): WriteAnswer {
    return this.write(request, Buffer.from(text, "latin1"));
  }

  writeLatin1String(request: Request | null, text: string): WriteAnswer {
    return this.write(request, Buffer.from(text, "latin1"));
  }

  writeUcs2String(request: Request | null, text: string): WriteAnswer {
    return this.write(request, Buffer.from(text, "utf16le"));
  }

  /** @param chunks - buffers; or, unless `allBuffers`, pairs of a buffer or string and its encoding */
  writev(request: Request | null, chunks: readonly unknown[], allBuffers: boolean): WriteAnswer {
    const parts: Uint8Array[] = [];
    for (let index = 0; index < chunks.length; index += allBuffers ? 1 : 2) {
      const chunk = chunks[index];
      const encoding = chunks[index + 1] as BufferEncoding;
      parts.push(typeof chunk === "string" ? Buffer.from(chunk, encoding) : (chunk as Uint8Array));
    }
    return this.write(request, Buffer.concat(parts));
  }
}
