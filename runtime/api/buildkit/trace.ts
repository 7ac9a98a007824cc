import { sha256 } from '../../../core/disk/sha256.ts';
import type { BuildCheck, BuildEvent } from '../../../protocol/build-event.ts';
import { BuildError, lineOf } from '../../build/build-error.ts';
import { encode, type Field } from './protobuf.ts';

/** What of a step is told again with everything that happens to it (BuildKit's `Vertex`). */
interface Vertex {
  readonly digest: string;
  readonly name: string;
  /** In the Dockerfile, from 1. */
  readonly line: number;
  readonly started: Buffer;
  cached: boolean;
}

/**
 * A build's events as `POST /build?version=2` tells them: BuildKit's `StatusResponse` messages (moby/buildkit,
 * api/services/control/control.proto) in records `moby.buildkit.trace`, and the image at last.
 */
export class BuildTrace {
  readonly #open = new Map<number, Vertex>();

  /** `id` tells this build's steps from those of others; `now` gives milliseconds since the epoch. */
  constructor(
    private readonly id: string,
    private readonly now: () => number,
  ) {}

  records(event: BuildEvent): object[] {
    if (event.kind === 'built') return [{ id: 'moby.image.id', aux: { ID: event.id } }];
    const status = this.#status(event);
    return status === undefined ? [] : [trace(status)];
  }

  /** The step that failed, with why; none where no step did. */
  failed(error: unknown): object[] {
    if (!(error instanceof BuildError) || error.range === undefined) return [];
    const line = lineOf(error.range);
    const steps = [...this.#open.values()].filter((vertex) => vertex.line === line);
    return steps.map((vertex) =>
      trace([[1, encode([...vertexFields(vertex), [6, this.#time()], [7, error.message]])]]),
    );
  }

  #status(event: BuildEvent): Field[] | undefined {
    if (event.kind === 'step') {
      const name = `[${event.stage} ${event.number}/${event.total}] ${event.text}`;
      const digest = sha256(Buffer.from(`${this.id} ${event.number}`));
      const vertex = { digest, name, line: lineOf(event.range), started: this.#time(), cached: false };
      this.#open.set(event.number, vertex);
      return [[1, encode(vertexFields(vertex))]];
    }
    const vertex = event.step === undefined ? undefined : this.#open.get(event.step);
    switch (event.kind) {
      case 'cached':
        if (vertex !== undefined) vertex.cached = true;
        return undefined;
      case 'output':
        return vertex && [[3, encode(this.#log(vertex, event.stream === 'stderr' ? 2 : 1, event.text))]];
      case 'warning':
        return [
          [
            4,
            encode([
              [1, vertex?.digest],
              [2, 1],
              [3, event.message],
            ]),
          ],
        ];
      case 'checked':
        return event.findings.map((finding) => [4, encode(checkFields(finding))]);
      case 'done':
        this.#open.delete(event.step);
        return vertex && [[1, encode([...vertexFields(vertex), [6, this.#time()]])]];
      default:
        return undefined;
    }
  }

  #log({ digest }: Vertex, stream: 1 | 2, text: string): Field[] {
    return [
      [1, digest],
      [2, this.#time()],
      [3, stream],
      [4, text],
    ];
  }

  /** A `google.protobuf.Timestamp`. */
  #time(): Buffer {
    const now = this.now();
    return encode([
      [1, Math.floor(now / 1000)],
      [2, (now % 1000) * 1_000_000],
    ]);
  }
}

function vertexFields({ digest, name, cached, started }: Vertex): Field[] {
  return [
    [1, digest],
    [3, name],
    [4, cached],
    [5, started],
  ];
}

/** A `VertexWarning`. */
function checkFields({ rule, message, description, url, lines: { start, end } }: BuildCheck): Field[] {
  const position = (line: number): Buffer => encode([[1, line + 1]]);
  return [
    [2, 1],
    [3, `${rule}: ${message} (line ${start + 1})`],
    [4, description],
    [5, url],
    [
      7,
      encode([
        [1, position(start)],
        [2, position(end)],
      ]),
    ],
  ];
}

function trace(status: readonly Field[]): object {
  return { id: 'moby.buildkit.trace', aux: encode(status).toString('base64') };
}
